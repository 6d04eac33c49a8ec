"""Base of the readers of HDF5 files with a group for each site, which the published layouts share."""

from __future__ import annotations

from abc import abstractmethod
from os import PathLike

import h5py

from .site_file import Site, SiteFile, read_attribute

__all__ = ["GroupedFile"]


class GroupedFile(SiteFile):
    """Read sites from groups ``/{id}/{atom index, from 0}/``."""

    def __init__(self, path: str | PathLike) -> None:
        """Open the file, see :class:`~schnetpack_isd.data.sources.SiteFile`.

        Raises:
            ValueError: there is no molecule, or the name of a molecule is not an id.
        """
        super().__init__(path)
        with self._named("its molecules"):
            self.ids = _sorted_numbers(self._file, f"{path}: /", "a molecule's id")
        if not self.ids:
            raise ValueError(f"{path}: there is no molecule in this file.")
        with self._named(f"/{self.ids[0]}"):
            molecule = self._molecule(self.ids[0])
            self.has_thresholds = "ionization_energy" in self._group(molecule, self._atoms(molecule)[0])[0].attrs

    def count_sites(self) -> int:
        """Return the number of all sites."""
        with self._named("its sites"):
            return sum(len(self._molecule(molecule_id)) for molecule_id in self.ids)

    def first_keys(self) -> set[str]:
        """Return the names of the entries of the first site."""
        with self._named(f"/{self.ids[0]}"):
            group = self._molecule(self.ids[0])
            return set(self._group(group, self._atoms(group)[0])[0])

    def _sites(self, molecule_id: int) -> list[Site]:
        group = self._molecule(molecule_id)
        return [self._read(group, atom) for atom in self._atoms(group)]

    def _molecule(self, molecule_id: int) -> h5py.Group:
        group = self._file[str(molecule_id)]
        if not (isinstance(group, h5py.Group) and len(group)):
            raise ValueError(f"{self.path}: {group.name} holds no site.")
        return group

    def _atoms(self, molecule: h5py.Group) -> list[int]:
        return _sorted_numbers(molecule, f"{self.path}: {molecule.name}/", "an atom's index")

    def _group(self, molecule: h5py.Group, atom: int) -> tuple[h5py.Group, str]:
        """Return the group of a site, and its name in messages."""
        where = f"{self.path}: {molecule.name}/{atom}"
        group = molecule[str(atom)]
        if not isinstance(group, h5py.Group):
            raise ValueError(f"{where} must be a group, not a dataset.")
        return group, where

    def _ionization_energy(self, group: h5py.Group, where: str) -> float | None:
        return float(read_attribute(group, where, "ionization_energy")) if self.has_thresholds else None

    @abstractmethod
    def _read(self, molecule: h5py.Group, atom: int) -> Site:
        """Read and check a site."""


def _sorted_numbers(group: h5py.Group, where: str, meaning: str) -> list[int]:
    for name in group:
        if not (name.isascii() and name.isdigit() and str(int(name)) == name):
            raise ValueError(f"{where}{name} is not {meaning}: a whole number was expected.")
    return sorted(int(name) for name in group)
