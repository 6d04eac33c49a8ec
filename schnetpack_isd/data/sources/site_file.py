"""Sites, and the base of the readers of HDF5 files of sites."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from types import TracebackType

import h5py
import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra.broadening import Broadening
from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis

__all__ = ["Site", "SiteFile", "read_attribute", "read_count", "read_dataset"]


@dataclass(frozen=True)
class Site(ABC):
    """A site and its spectrum.

    Attributes:
        atom: index of the atom, from 0.
        multiplicity: number of equivalent atoms that the site stands for.
        excitation_energy: energy of the first transition in eV.
        ionization_energy: ionisation threshold of the core electron in eV; None if the file has none.
    """

    atom: int
    multiplicity: int
    excitation_energy: float
    ionization_energy: float | None

    @abstractmethod
    def components(self, energies: NDArray, broadening: Broadening) -> NDArray[np.float64]:
        """Return spectra on an energy axis.

        Args:
            energies: (n_energies,) ascending axis in eV.
            broadening: widths of the lines.

        Returns:
            (6, n_energies) components xx, yy, zz, yz, xz, xy of the tensor, or the first three if only they are known.
        """


class SiteFile(ABC):
    """Read and check sites, one molecule at a time.

    Wrong contents raise a ValueError that names the file, the key, what was expected, and what was found.

    Attributes:
        path: the file.
        ids: ids of the molecules, ascending.
        has_dipoles: transition dipoles, and with them the whole tensor, are known.
        has_thresholds: the ionisation thresholds of the sites are known.
        broadening: broadening of the spectra; None if it can be chosen, or is unknown.
    """

    ids: list[int]
    has_dipoles: bool = False
    has_thresholds: bool = False
    broadening: Broadening | None = None

    def __init__(self, path: str | PathLike) -> None:
        """Open the file.

        Args:
            path: the file.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is not an HDF5 file, or its contents are not as described.
        """
        self.path = path
        try:
            self._file = h5py.File(path, "r")
        except FileNotFoundError:
            raise
        except OSError as error:
            raise ValueError(f"{path}: not a readable HDF5 file ({error}); is it complete?") from error

    def __enter__(self) -> SiteFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def level_of_theory(self) -> str | None:
        """Level of theory that the file states, or None."""
        level = self._file.attrs.get("level_of_theory")
        return None if level is None else str(level)

    @property
    def experimental_axis(self) -> ExperimentalAxis | None:
        """Shift to the experimental axis that the file states, or None."""
        text = self._file.attrs.get("experimental_axis")
        try:
            return None if text is None else ExperimentalAxis.parse(str(text))
        except ValueError as error:
            raise ValueError(f"{self.path}, attribute `experimental_axis`: {error}") from error

    def sites(self, molecule_id: int) -> list[Site]:
        """Read the sites of a molecule in the order of their atoms."""
        with self._named(f"/{molecule_id}"):
            return self._sites(molecule_id)

    @abstractmethod
    def count_sites(self) -> int:
        """Return the number of all sites."""

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Add the name of the file to errors of h5py."""
        try:
            yield
        except (OSError, KeyError, RuntimeError) as error:
            raise ValueError(f"{self.path}: {what} cannot be read ({error}); is the file damaged?") from error

    @abstractmethod
    def _sites(self, molecule_id: int) -> list[Site]:
        """Read and check the sites of a molecule."""


def read_dataset(group: h5py.Group, where: str, name: str, shape: tuple[int, ...] | None) -> NDArray[np.float64]:
    """Read finite numbers of a given shape; (n,) with any n if it is None."""
    dataset = group.get(name)
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"{where} has no dataset `{name}`.")
    if not np.issubdtype(dataset.dtype, np.number):
        raise ValueError(f"{where}/{name} must hold numbers, not {dataset.dtype}.")
    if shape is None and (dataset.ndim != 1 or dataset.shape == (0,)):
        raise ValueError(f"{where}/{name} must have the shape (n,) with n > 0, not {dataset.shape}.")
    if shape is not None and dataset.shape != shape:
        raise ValueError(f"{where}/{name} must have the shape {shape}, not {dataset.shape}.")
    values = dataset[()].astype(np.float64, copy=False)
    if not np.isfinite(values).all():
        raise ValueError(f"{where}/{name} holds a value that is not finite.")
    return values


def read_attribute(group: h5py.Group, where: str, name: str) -> float:
    """Read one finite number."""
    if name not in group.attrs:
        raise ValueError(f"{where} has no attribute `{name}`.")
    value = np.asarray(group.attrs[name])
    if value.size != 1 or not np.issubdtype(value.dtype, np.number) or not np.isfinite(value).all():
        raise ValueError(f"{where}: attribute `{name}` must be one finite number, not {group.attrs[name]!r}.")
    return value.item()


def read_count(group: h5py.Group, where: str, name: str) -> int:
    """Read one whole number of at least 1."""
    value = read_attribute(group, where, name)
    if value != int(value) or value < 1:
        raise ValueError(f"{where}: attribute `{name}` must be a whole number of at least 1, not {value!r}.")
    return int(value)
