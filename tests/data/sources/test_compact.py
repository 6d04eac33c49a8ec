"""Stick spectra in the compact layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from schnetpack_isd.data.sources import StickSpectrum, open_spectra, write_compact
from schnetpack_isd.spectra import Broadening

ENERGIES = np.linspace(288.0, 310.0, 64)
SITES = {7: (0, 3), 2: (1,), 11: (0, 2, 4)}


def make_site(atom: int, seed: int) -> StickSpectrum:
    rng = np.random.default_rng(seed)
    energies, dipoles = np.sort(rng.uniform(290.0, 320.0, 40)), rng.normal(0.0, 0.01, (40, 3))
    return StickSpectrum(atom, 1 + atom % 3, energies[0], 296.0 + atom, energies, dipoles**2, dipoles)


MOLECULES = {
    molecule_id: [make_site(atom, 20 * molecule_id + atom) for atom in atoms] for molecule_id, atoms in SITES.items()
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_compact(tmp_path / "sticks.hdf5", MOLECULES.items(), {"level_of_theory": "random numbers"})
    return tmp_path / "sticks.hdf5"


def test_sites_come_back_within_the_stored_decimals(path: Path) -> None:
    broadening = Broadening.ramp(width=0.3, start=-4.5, slope=0.12, largest=2.0, relative_to_threshold=True)
    with open_spectra(path) as file:
        assert (file.ids, file.count_sites(), file.level_of_theory) == ([2, 7, 11], 6, "random numbers")
        assert file.has_dipoles
        assert file.has_thresholds
        for molecule_id, sites in MOLECULES.items():
            for found, site in zip(file.sites(molecule_id), sites, strict=True):
                assert isinstance(found, StickSpectrum)
                assert (found.atom, found.multiplicity) == (site.atom, site.multiplicity)
                assert found.ionization_energy == site.ionization_energy
                assert found.excitation_energy == found.energies[0]
                np.testing.assert_allclose(found.energies, site.energies, rtol=0, atol=1e-4)
                np.testing.assert_allclose(found.dipoles, site.dipoles, rtol=0, atol=1e-6)
                expected = site.components(ENERGIES, broadening)
                np.testing.assert_allclose(
                    found.components(ENERGIES, broadening), expected, rtol=0, atol=1e-3 * expected.max()
                )


def replace(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[h5py.File], None]:
    def damage(file: h5py.File) -> None:
        values = change(file[name][()])
        del file[name]
        file[name] = values

    return damage


def put(index: object, value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values = values.astype(float)
        values[index] = value
        return values

    return change


FAULTS = {
    "no thresholds": (lambda file: file.pop("ionization_energy"), "has no dataset `ionization_energy`"),
    "a column of another length": (replace("atom", lambda v: v[:-1]), r"/atom must have the shape \(6,\), not \(5,\)"),
    "lines missing": (replace("energy", lambda v: v[:-1]), r"/energy must have the shape \(240,\), by `n_lines`"),
    "a multiplicity of 0": (replace("multiplicity", put(2, 0)), "/multiplicity must hold whole numbers of at least 1"),
    "half an atom": (replace("atom", put(2, 0.5)), "/atom must hold whole numbers of at least 0"),
    "sites in another order": (replace("molecule", lambda v: v[::-1]), "must be sorted by molecule and atom"),
    "a site twice": (replace("atom", put(1, 3)), "each of them once"),
    "NaN": (replace("energy", put(50, np.nan)), "site 0 of molecule 7 has a value that is not finite"),
    "energies that descend": (replace("energy", put(50, 0.0)), "site 0 of molecule 7: its energies must ascend"),
}


def read_all(path: Path) -> None:
    with open_spectra(path) as file:
        for molecule_id in file.ids:
            file.sites(molecule_id)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(path: Path, fault: str) -> None:
    damage, message = FAULTS[fault]
    with h5py.File(path, "a") as file:
        damage(file)
    with pytest.raises(ValueError, match=rf"sticks\.hdf5.*{message}"):
        read_all(path)


def test_a_site_without_threshold_cannot_be_written(tmp_path: Path) -> None:
    site = make_site(0, 1)
    without = StickSpectrum(0, 1, site.excitation_energy, None, site.energies, site.dsf, site.dipoles)
    with pytest.raises(ValueError, match="Site 0 of molecule 5 has no dipoles or no ionisation threshold"):
        write_compact(tmp_path / "sticks.hdf5", [(5, [without])], {})
