"""Spectra of single sites: the physics of the calculation."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import iread
from scipy.spatial.transform import Rotation

from schnetpack_isd.data.sources import StickSpectrum, open_spectra
from schnetpack_isd.datasets.ck_sample import SAMPLE_STICKS, SAMPLE_STRUCTURES, sample_settings
from schnetpack_isd.dft import Recipe, calculate_site, unique_sites

HCN = Atoms("HCN", [[0.1, 0, -1.07], [0.1, 0, 0], [0.1, 0, 1.16]])


def tensor(site: StickSpectrum) -> np.ndarray:
    """Absorption tensor (3, 3, n_energies), broadened as the bundled spectra."""
    settings = sample_settings()
    xx, yy, zz, yz, xz, xy = site.components(np.asarray(settings.energies), settings.broadening)
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


@pytest.mark.parametrize("smiles", ["C", "C#N"])
def test_bundled_spectra_come_out_again(smiles: str) -> None:
    atoms = next(a for a in iread(SAMPLE_STRUCTURES) if a.info["smiles"] == smiles)
    with open_spectra(SAMPLE_STICKS) as file:
        stored = file.sites(int(atoms.info["id"]))
    [(atom, multiplicity)] = unique_sites(atoms)
    site = calculate_site(atoms, atom, multiplicity)
    [known] = stored
    assert (site.atom, site.multiplicity) == (known.atom, known.multiplicity)
    n_lines = int(np.searchsorted(known.energies, 315))
    np.testing.assert_allclose(site.energies[:n_lines], known.energies[:n_lines], atol=0.005)
    assert site.ionization_energy == pytest.approx(known.ionization_energy, abs=0.005)
    np.testing.assert_allclose(tensor(site), tensor(known), atol=0.01 * tensor(known).max())


def test_a_linear_molecule_has_degenerate_pairs_and_turns_with_its_tensor() -> None:
    site = calculate_site(HCN, 1)
    spectrum = tensor(site)
    largest = spectrum.max()
    np.testing.assert_allclose(spectrum[0, 0], spectrum[1, 1], atol=2e-3 * largest)  # the sum over each pair
    np.testing.assert_allclose(spectrum[[0, 0, 1], [1, 2, 2]], 0, atol=2e-3 * largest)
    rotation = Rotation.random(rng=0).as_matrix()
    turned = HCN.copy()
    turned.positions = HCN.positions @ rotation.T + [1, 2, 3]
    expected = np.einsum("ij,jke,lk->ile", rotation, spectrum, rotation)
    np.testing.assert_allclose(tensor(calculate_site(turned, 1)), expected, atol=2e-3 * largest)


def test_equivalent_sites_have_the_same_spectrum_but_for_a_reflection() -> None:
    atoms = molecule("C2H2")
    assert unique_sites(atoms) == [(0, 2)]
    one, other = (calculate_site(atoms, atom) for atom in (0, 1))
    assert one.ionization_energy == pytest.approx(other.ionization_energy, abs=1e-3)
    np.testing.assert_allclose(tensor(one), tensor(other), atol=1e-3 * tensor(one).max())


@pytest.mark.parametrize(
    ("atoms", "atom", "measured"),
    [(HCN, 2, 399.7), (molecule("CO"), 0, 534.2), (molecule("HF"), 0, 687.4)],
)
def test_other_edges_are_near_the_measured_ones(atoms: Atoms, atom: int, measured: float) -> None:
    site = calculate_site(atoms, atom)
    assert site.energies[0] == pytest.approx(measured, abs=15)  # the axis is shifted by a constant for each element
    assert site.energies[0] < site.ionization_energy


def test_the_threshold_of_a_cation_is_higher() -> None:
    protonated = Atoms("HCNH", [[0, 0, -1.08], [0, 0, 0], [0, 0, 1.13], [0, 0, 2.14]])
    neutral, cation = calculate_site(HCN, 1), calculate_site(protonated, 1, charge=1)
    assert cation.ionization_energy > neutral.ionization_energy + 4


@pytest.mark.parametrize(
    ("atoms", "atom", "charge", "message"),
    [
        (HCN, 0, 0, "atom 0 is H; only C, N, O, F atoms can be excited"),
        (HCN, 7, 0, "there is no atom 7; the structure has the atoms 0 to 2"),
        (HCN, 1, 1, r"the number of electrons is odd \(13, with a charge of \+1\)"),
        (Atoms("CXeO", [[0, 0, 0], [0, 0, 2], [0, 0, 4]]), 0, 0, "there is no basis for Xe"),
        (Atoms("CO", [[0, 0, 0], [0, 0, 0.2]]), 0, 0, r"atoms 0 \(C\) and 1 \(O\) are 0.2 Å apart"),
        (Atoms("CO", [[0, 0, 0], [0, 0, 1.1]], cell=[9, 9, 9], pbc=True), 0, 0, "the structure is periodic"),
    ],
)
def test_structures_that_cannot_be_calculated_are_refused(atoms: Atoms, atom: int, charge: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calculate_site(atoms, atom, charge=charge)


def test_functionals_with_exact_exchange_are_refused() -> None:
    with pytest.raises(ValueError, match="PBE0 is not a generalised-gradient functional without exact exchange"):
        calculate_site(HCN, 1, recipe=Recipe(functional="PBE0"))
