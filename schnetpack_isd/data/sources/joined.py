"""Several files of spectra as one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from os import PathLike

from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis

from .site_file import Site, SiteFile

__all__ = ["JoinedFile"]


class JoinedFile(SiteFile):
    """Read sites from several files, which have different molecules."""

    def __init__(self, path: str | PathLike, files: Sequence[SiteFile]) -> None:
        """Join files.

        Args:
            path: the list of the files, for messages.
            files: at least one file. They are closed with this one.

        Raises:
            ValueError: a molecule is in two files, or their broadenings differ.

        Warns:
            UserWarning: their levels of theory, or their shifts to the experimental axis, differ.
        """
        self.path = path
        self._files = tuple(files)
        self._by_id: dict[int, SiteFile] = {}
        for file in self._files:
            for molecule_id in file.ids:
                if other := self._by_id.get(molecule_id):
                    raise ValueError(f"{path}: molecule {molecule_id} is in {other.path} and in {file.path}.")
                self._by_id[molecule_id] = file
        self.ids = sorted(self._by_id)
        self.has_dipoles = all(file.has_dipoles for file in self._files)
        self.has_thresholds = all(file.has_thresholds for file in self._files)
        self.broadening = self._files[0].broadening
        for file in self._files:
            if file.broadening != self.broadening:
                raise ValueError(
                    f"{path}: {self._files[0].path} has the broadening {self.broadening} (eV), {file.path} has "
                    f"{file.broadening}."
                )
        self._levels = list(dict.fromkeys(file.level_of_theory for file in self._files))
        if len(self._levels) > 1:
            known = "; ".join(str(level) for level in self._levels)
            warnings.warn(f"{path}: its files have different levels of theory: {known}.", stacklevel=2)

        if len({file.experimental_axis for file in self._files}) > 1:
            warnings.warn(
                f"{path}: its files have different shifts to the experimental axis, or lack one; none is recorded.",
                stacklevel=2,
            )

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    @property
    def level_of_theory(self) -> str | None:
        """Levels of theory that the files state, or None."""
        return " | ".join(level for level in self._levels if level is not None) or None

    @property
    def experimental_axis(self) -> ExperimentalAxis | None:
        """Shift to the experimental axis if all files state the same one, else None."""
        found = {file.experimental_axis for file in self._files}
        return found.pop() if len(found) == 1 else None

    def count_sites(self) -> int:
        """Return the number of all sites."""
        return sum(file.count_sites() for file in self._files)

    def _sites(self, molecule_id: int) -> list[Site]:
        return self._by_id[molecule_id].sites(molecule_id)
