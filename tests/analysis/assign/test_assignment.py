"""Assignment of peaks to atoms."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation

from schnetpack_isd.analysis.assign.assignment import Assignment, assign_peaks
from schnetpack_isd.analysis.assign.groups import group_sites
from schnetpack_isd.analysis.assign.peaks import Peak, match_peaks, spectrum_peaks
from schnetpack_isd.analysis.assign.polarisation import Polarisation, angle_between
from schnetpack_isd.analysis.assign.table import format_assignment, write_assignment
from schnetpack_isd.analysis.molecular_axis import flat_normal
from schnetpack_isd.prediction.structure_spectra import Deviations, StructureSpectra

ENERGIES = np.linspace(280.0, 300.0, 401)
COMPONENTS = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]


def gaussian(center: float, width: float = 0.4) -> np.ndarray:
    return np.exp(-0.5 * ((ENERGIES - center) / width) ** 2)


def spectra_of(tensors: np.ndarray, deviations: np.ndarray | None = None) -> StructureSpectra:
    """Spectra of sites (n_sites, 3, 3, n_energies), with deviations (n_members, n_sites, 3, 3, n_energies)."""
    isotropic = np.einsum("siik->sk", tensors) / 3
    no_directions = np.zeros((len(tensors), 0, len(ENERGIES)))
    of_members = None
    if deviations is not None:
        components = np.stack([deviations[:, :, row, column] for row, column in COMPONENTS], axis=2)
        none = np.zeros((len(deviations), *no_directions.shape))
        of_members = Deviations(none, np.einsum("msiik->msk", deviations) / 3, components, None)
    return StructureSpectra(
        energies=ENERGIES,
        site_atom=np.array([0, 1, 3])[: len(tensors)],
        direction=np.zeros((0, 3)),
        spectrum=no_directions,
        molecular_spectrum=no_directions.sum(axis=0),
        isotropic_spectrum=isotropic,
        isotropic_molecular_spectrum=isotropic.sum(axis=0),
        tensor=tensors,
        molecular_tensor=tensors.sum(axis=0),
        deviations=of_members,
    )


def two_kinds() -> np.ndarray:
    """Two sites alike whose peak at 285 eV is along z, and one whose peak at 290 eV is in the plane of x and y."""
    along, across = np.diag([0.0, 0.0, 3.0]), np.diag([1.5, 1.5, 0.0])
    alike = along[..., None] * gaussian(285.0)
    return np.stack([alike, across[..., None] * gaussian(290.0), alike])


def test_sites_with_equal_spectra_are_a_group() -> None:
    spectra = np.stack([gaussian(285.0), gaussian(287.0), gaussian(285.002)])
    assert [group.tolist() for group in group_sites(spectra)] == [[0, 2], [1]]
    assert [group.tolist() for group in group_sites(spectra, tolerance=0.0)] == [[0], [1], [2]]


@pytest.mark.parametrize(
    ("diagonal", "order"), [((0.0, 0.0, 2.0), 1.0), ((1.0, 1.0, 0.0), -0.5), ((1.0, 1.0, 2.0), 0.25)]
)
def test_the_axis_is_the_unique_one_and_turns_with_the_tensor(diagonal: tuple[float, ...], order: float) -> None:
    turn = Rotation.from_euler("xyz", [0.3, 0.5, 0.7]).as_matrix()
    found = Polarisation.of(turn @ np.diag(diagonal) @ turn.T)
    assert found.order == pytest.approx(order, abs=1e-12)
    assert angle_between(found.axis, turn[:, 2]) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize(("name", "is_flat"), [("C6H6", True), ("C2H4", True), ("CH4", False), ("C2H2", False)])
def test_flat_molecules_have_a_normal(name: str, is_flat: bool) -> None:
    atoms = molecule(name)
    normal = flat_normal(atoms)
    assert (normal is not None) == is_flat
    if normal is not None:
        np.testing.assert_allclose(atoms.positions @ normal, (atoms.positions @ normal)[0], atol=1e-6)


def test_a_peak_between_two_energies_is_found() -> None:
    [peak] = spectrum_peaks(ENERGIES, gaussian(285.02), prominence=0.1)
    assert peak.energy == pytest.approx(285.02, abs=1e-3)
    assert peak.height == pytest.approx(1.0, abs=1e-4)
    fwhm = 0.4 * 2.3548
    assert np.ptp(ENERGIES[peak.part]) == pytest.approx(fwhm, abs=0.1)


def test_peaks_are_matched_in_pairs_within_reach() -> None:
    def peaks(*energies: float) -> list[Peak]:
        return [Peak(energy, 1.0, slice(0, 1)) for energy in energies]

    found = match_peaks(peaks(285.0, 285.5, 290.0), peaks(285.2, 285.9, 295.0))
    assert [peak and peak.energy for peak in found] == [285.2, 285.9, None]


def assign(spectra: StructureSpectra) -> Assignment:
    return assign_peaks(Atoms("C2HC", [(0, 0, 0), (1.4, 0, 0), (0, 1, 0), (1.4, 1.4, 0)]), spectra)


def test_each_peak_belongs_to_its_atoms_and_has_their_direction() -> None:
    assignment = assign(spectra_of(two_kinds()))
    assert assignment.groups == ((0, 3), (1,))
    first, second = assignment.peaks
    assert [group.share for group in first.groups] == pytest.approx([1.0, 0.0], abs=1e-6)
    assert [site.share for site in first.sites] == pytest.approx([0.5, 0.0, 0.5], abs=1e-6)
    assert [group.share for group in second.groups] == pytest.approx([0.0, 1.0], abs=1e-6)
    assert (first.molecule.polarisation.order, second.molecule.polarisation.order) == pytest.approx((1.0, -0.5))
    for peak in (first, second):
        np.testing.assert_allclose(peak.molecule.polarisation.axis, [0.0, 0.0, 1.0], atol=1e-9)
    assert first.energy_std is None
    np.testing.assert_allclose(assignment.spectra.sum(axis=0), assignment.spectrum)


def test_standard_deviations_are_those_of_the_peaks_of_the_members() -> None:
    tensors = two_kinds()
    moved = np.diag([0.0, 0.0, 3.0])[..., None] * gaussian(285.2)
    deviation = np.zeros_like(tensors)
    deviation[[0, 2]] = moved - tensors[0]  # this member has the first peak 0.2 eV higher
    assignment = assign(spectra_of(tensors, np.stack([deviation, np.zeros_like(deviation)])))
    first, second = assignment.peaks
    assert first.energy_std == pytest.approx(0.2 / np.sqrt(2), abs=1e-3)
    assert first.intensity_std == pytest.approx(0.0, abs=1e-3)
    assert second.energy_std == pytest.approx(0.0, abs=1e-9)
    assert (first.n_members, assignment.n_members) == (2, 2)


def test_a_part_with_a_tiny_share_has_no_direction_in_tables() -> None:
    assignment = assign(spectra_of(two_kinds()))
    write_assignment(assignment, "peaks.csv", {})
    rows = list(csv.DictReader(Path("peaks.csv").read_text().splitlines()))
    groups = [[row[key] for key in ("share", "order", "axis_z")] for row in rows if row["part"] == "group"]
    assert [values[1:] for values in groups[:2]] == [["1", "1"], ["", ""]]
    write_assignment(assignment, "peaks.json", {})
    [first, _] = json.loads(Path("peaks.json").read_text())["peaks"]
    assert [group["axis"] for group in first["groups"]] == [[0.0, 0.0, 1.0], None]


def test_smaller_maxima_are_counted() -> None:
    tensors = two_kinds()
    tensors[1] += np.diag([0.0, 0.0, 0.2])[..., None] * gaussian(296.0)
    assignment = assign(spectra_of(tensors))
    assert (len(assignment.peaks), assignment.n_smaller) == (2, 1)
    assert format_assignment(assignment, "C").endswith("\n1 smaller maximum is not listed; see --prominence.")
    assert assign(spectra_of(two_kinds())).n_smaller == 0


def test_a_prominence_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1, not 5"):
        assign_peaks(molecule("CH4"), spectra_of(two_kinds()), prominence=5)
