"""Published spectra are converted as by the authors."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.interpolate import interp1d
from support.published import AXIS, SCALE, SITES, UNCHARACTERIZED, convert, rows

from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.testing import published_layout as layout


def test_published_spectra_are_interpolated_as_the_authors_do(folder: Path) -> None:
    dataset = convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2")
    found = rows(dataset)
    assert list(found) == [number for number in SITES if number not in UNCHARACTERIZED]
    assert DatabaseMetadata.read(dataset).n_sites == 10
    with h5py.File(folder / "site_spectra_0.5eV.hdf5") as file:
        for number, row in found.items():
            for spectrum, atom in zip(row["spectrum"], sorted(SITES[number]), strict=True):
                site = file[f"{number}/{atom}"]
                energies = site["energies"][:] + site.attrs["excitation_energy"]
                interpolated = interp1d(energies, site["spectrum"][:, 1:].T, bounds_error=False, fill_value=0.0)(AXIS)
                np.testing.assert_allclose(spectrum, interpolated / SCALE, rtol=1e-6, atol=1e-6 * spectrum.max())


@pytest.mark.parametrize(("sigma", "axis"), [(0.5, AXIS), (0.31, np.linspace(285.0, 330.0, 77))])
def test_published_eigenvalues_are_broadened_as_the_authors_do(folder: Path, sigma: float, axis: np.ndarray) -> None:
    found = rows(convert(folder, "site_eigen_dsf.hdf5", "dsgdb9nsd.xyz.tar.bz2", broadening=sigma, energies=axis))
    with h5py.File(folder / "site_eigen_dsf.hdf5") as file:
        for number, row in found.items():
            for spectrum, atom in zip(row["spectrum"], sorted(SITES[number]), strict=True):
                site = file[f"{number}/{atom}"]
                eigenvalues, lowest = site["eigenvalues"][:], (site.attrs["n_electron"] - 1) // 2
                final = eigenvalues - eigenvalues[lowest] >= 0.0
                lines = eigenvalues[final] - eigenvalues[final][0] + site.attrs["excitation_energy"]
                gaussians = np.exp(-(((axis - lines[:, None]) / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)
                expected = 2.0 * site["dsf"][:][final].T @ gaussians / SCALE
                np.testing.assert_allclose(spectrum, expected, rtol=1e-6, atol=1e-6 * expected.max())


def test_both_files_of_one_site_make_one_spectrum(folder: Path) -> None:
    """Except for the error of linear interpolation between points 0.1 eV apart."""
    with (
        h5py.File(folder / "site_eigen_dsf.hdf5") as sticks,
        h5py.File(folder / "site_spectra_0.5eV.hdf5", "a") as file,
    ):
        for number, atom in ((number, atom) for number, atoms in SITES.items() for atom in atoms):
            stick, site = sticks[f"{number}/{atom}"], file[f"{number}/{atom}"]
            eigenvalues, lowest = stick["eigenvalues"][:], (stick.attrs["n_electron"] - 1) // 2
            energies, spectrum = layout.smear((eigenvalues[lowest:] - eigenvalues[lowest], stick["dsf"][lowest:]))
            del site["energies"], site["spectrum"]
            site["energies"], site["spectrum"] = energies, spectrum
            site.attrs["excitation_energy"] = stick.attrs["excitation_energy"]
    broadened = rows(convert(folder, "site_eigen_dsf.hdf5", "dsgdb9nsd.xyz.tar.bz2"))
    for number, row in rows(convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2")).items():
        expected = broadened[number]["spectrum"].numpy()
        np.testing.assert_allclose(row["spectrum"], expected, atol=0.01 * expected.max())


def test_the_mean_scale_makes_the_mean_1(folder: Path) -> None:
    found = rows(convert(folder, "site_spectra_0.5eV.hdf5", "dsgdb9nsd.xyz.tar.bz2", scale="mean"))
    assert np.concatenate([row["spectrum"] for row in found.values()]).mean() == pytest.approx(1.0, rel=1e-5)
