"""Stick spectra in an HDF5 file of the published layout (``site_eigen_dsf.hdf5``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from types import TracebackType

import h5py
import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.broadening import dipole_products

__all__ = ["StickFile", "StickSpectrum"]


@dataclass(frozen=True)
class StickSpectrum:
    """Lines of one site, final states only.

    Attributes:
        site: index of the atom, from 0.
        energies: (n_lines,) absolute energies in eV.
        dsf: (n_lines, 3) squared transition dipoles along x, y, z.
        dipoles: (n_lines, 3) transition dipoles, or None where the file has none.
        multiplicity: number of equivalent atoms that the site stands for.
        excitation_energy: energy of the first line in eV.
    """

    site: int
    energies: NDArray[np.float64]
    dsf: NDArray[np.float64]
    dipoles: NDArray[np.float64] | None
    multiplicity: int
    excitation_energy: float

    def strengths(self) -> NDArray[np.float64]:
        """(n_lines, 6) tensor components where the dipoles are known, else the (n_lines, 3) along x, y, z."""
        return self.dsf if self.dipoles is None else dipole_products(self.dipoles)


class StickFile:
    """Read stick spectra, checked, molecule by molecule in the order of their ids.

    The layout is ``/{id}/{atom index, from 0}/`` with ``eigenvalues`` (n,) in eV, ``dsf`` (n, 3), attributes
    ``n_electron``, ``excitation_energy`` and ``multiplicity``, and optionally ``dipole`` (n, 3). Final states are those
    at or above ``eigenvalues[(n_electron - 1) // 2]``; the first of them in the file is at the excitation energy.

    Whatever is wrong raises a ValueError that names the file, the key, what was expected, and what is there.
    """

    def __init__(self, path: str | PathLike) -> None:
        """Open the file.

        Args:
            path: the file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not an HDF5 file, or holds no molecule, or one whose name is no id.
        """
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise ValueError(f"{path}: not a readable HDF5 file ({error}).") from error
        self.ids = _sorted_numbers(self._file, f"{path}: /", "a molecule's id")
        if not self.ids:
            raise ValueError(f"{path}: there is no molecule in this file.")

    def __enter__(self) -> StickFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def level_of_theory(self) -> str | None:
        """What the file says of how its spectra were calculated."""
        level = self._file.attrs.get("level_of_theory")
        return None if level is None else str(level)

    def has_dipoles(self) -> bool:
        """Whether the first site has transition dipoles; those that follow must then be alike."""
        return next(self.sites(self.ids[0])).dipoles is not None

    def sites(self, molecule_id: int) -> Iterator[StickSpectrum]:
        """Read the sites of a molecule, in the order of their atoms."""
        group = self._file[str(molecule_id)]
        sites = _sorted_numbers(group, f"{self.path}: {group.name}/", "an atom's index") if _is_group(group) else []
        if not sites:
            raise ValueError(f"{self.path}: {group.name} holds no site.")
        for site in sites:
            yield self._read(group[str(site)], site)

    def _read(self, group: h5py.Group, site: int) -> StickSpectrum:
        where = f"{self.path}: {group.name}"
        if not _is_group(group):
            raise ValueError(f"{where} must be a group with `eigenvalues` and `dsf`.")
        if "eigenvalues" not in group and "spectrum" in group:
            raise ValueError(
                f"{where} holds a broadened `spectrum`; reading such files (the published site_spectra_*.hdf5) is not "
                "supported yet. Stick spectra (`eigenvalues` and `dsf`, the published site_eigen_dsf.hdf5) are."
            )
        eigenvalues = _dataset(group, where, "eigenvalues", None)
        dsf = _dataset(group, where, "dsf", (len(eigenvalues), 3))
        dipoles = _dataset(group, where, "dipole", dsf.shape) if "dipole" in group else None
        if np.any(dsf < 0):
            raise ValueError(f"{where}/dsf holds a negative value; squares of transition dipoles were expected.")
        if dipoles is not None and not np.allclose(dipoles**2, dsf, rtol=1e-3, atol=1e-6 * dsf.max()):
            raise ValueError(f"{where}: `dsf` is not the square of `dipole`.")
        excitation_energy = float(_attribute(group, where, "excitation_energy"))
        lowest = (int(_attribute(group, where, "n_electron")) - 1) // 2
        if not 0 <= lowest < len(eigenvalues):
            raise ValueError(
                f"{where}: n_electron = {group.attrs['n_electron']} puts the first final state at eigenvalue {lowest}, "
                f"but there are {len(eigenvalues)}."
            )
        final = eigenvalues >= eigenvalues[lowest]
        energies = eigenvalues[final]
        return StickSpectrum(
            site=site,
            energies=energies - energies[0] + excitation_energy,
            dsf=dsf[final],
            dipoles=None if dipoles is None else dipoles[final],
            multiplicity=int(_attribute(group, where, "multiplicity")),
            excitation_energy=excitation_energy,
        )


def _is_group(item: h5py.Group | h5py.Dataset) -> bool:
    return isinstance(item, h5py.Group)


def _sorted_numbers(group: h5py.Group, where: str, meaning: str) -> list[int]:
    for name in group:
        if not (name.isascii() and name.isdigit() and str(int(name)) == name):
            raise ValueError(f"{where}{name} is not {meaning}: a whole number was expected.")
    return sorted(int(name) for name in group)


def _dataset(group: h5py.Group, where: str, name: str, shape: tuple[int, ...] | None) -> NDArray[np.float64]:
    dataset = group.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"{where} has no dataset `{name}`.")
    if not np.issubdtype(dataset.dtype, np.number):
        raise ValueError(f"{where}/{name} must hold numbers, not {dataset.dtype}.")
    if shape is None and (dataset.ndim != 1 or dataset.shape == (0,)):
        raise ValueError(f"{where}/{name} must have the shape (n,) with n > 0, not {dataset.shape}.")
    if shape is not None and dataset.shape != shape:
        raise ValueError(f"{where}/{name} must have the shape {shape}, not {dataset.shape}.")
    try:
        values = dataset[()].astype(np.float64)
    except OSError as error:
        raise ValueError(f"{where}/{name} cannot be read ({error}); is the file complete?") from error
    if not np.isfinite(values).all():
        raise ValueError(f"{where}/{name} holds a value that is not finite.")
    return values


def _attribute(group: h5py.Group, where: str, name: str) -> float:
    if name not in group.attrs:
        raise ValueError(f"{where} has no attribute `{name}`.")
    value = group.attrs[name]
    if np.ndim(value) or not np.issubdtype(np.asarray(value).dtype, np.number) or not np.isfinite(value):
        raise ValueError(f"{where}: attribute `{name}` must be one finite number, not {value!r}.")
    return value
