"""Finished sites of a calculation, kept in a folder so that it can be continued."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import iread

from schnetpack_isd.data.sources import StickSpectrum
from schnetpack_isd.utils.files import atomic_write

from .structure_file import write_structures

__all__ = ["SiteStore"]

TOLERANCE = 1e-5
"""Largest difference of positions of the same structure in Å."""


class SiteStore:
    """A folder with a file for each structure and each finished site. Files are written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which exists."""
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, level: dict[str, str]) -> SiteStore:
        """Make the folder, or go on with it if it exists.

        Args:
            folder: the folder.
            level: description of the level of theory.

        Raises:
            ValueError: its sites have another level of theory.
        """
        folder.mkdir(exist_ok=True)
        path = folder / "level.json"
        if not path.exists():
            with atomic_write(path) as temporary:
                temporary.write_text(json.dumps(level, indent=1))
        elif (known := json.loads(path.read_text())) != level:
            changed = [name for name in known | level if known.get(name) != level.get(name)]
            listed = "; ".join(f"{name} was {known.get(name)}, now it is {level.get(name)}" for name in changed)
            raise ValueError(
                f"{folder} has sites of another level of theory ({listed}); remove it, or choose another output."
            )
        return cls(folder)

    def structure(self, number: int) -> Atoms | None:
        """Return the structure with an id, if it is there."""
        path = self._structure_path(number)
        return next(iread(path, format="extxyz")) if path.exists() else None

    def put_structure(self, number: int, atoms: Atoms) -> None:
        """Keep a structure.

        Raises:
            ValueError: there is another one with this id.
        """
        known = self.structure(number)
        if known is None:
            with atomic_write(self._structure_path(number)) as temporary:
                write_structures(temporary, [atoms])
        elif not (
            np.array_equal(known.numbers, atoms.numbers)
            and np.allclose(known.positions, atoms.positions, rtol=0, atol=TOLERANCE)
            and known.info.get("charge", 0) == atoms.info.get("charge", 0)
        ):
            raise ValueError(
                f"{self.folder} has another structure {number} ({known.symbols.get_chemical_formula()}), from a "
                "calculation that was interrupted; remove the folder, or choose another output."
            )

    def has_sites(self) -> bool:
        """Return whether any site is finished."""
        return any(self.folder.glob("*.npz"))

    def has_site(self, number: int, atom: int) -> bool:
        """Return whether a site is finished."""
        return self._site_path(number, atom).exists()

    def site(self, number: int, atom: int) -> StickSpectrum:
        """Return a finished site."""
        with np.load(self._site_path(number, atom)) as file:
            return StickSpectrum(
                atom=atom,
                multiplicity=int(file["multiplicity"]),
                excitation_energy=float(file["energies"][0]),
                ionization_energy=float(file["ionization_energy"]),
                energies=file["energies"],
                dsf=file["dipoles"] ** 2,
                dipoles=file["dipoles"],
            )

    def put_site(self, number: int, site: StickSpectrum) -> None:
        """Keep a finished site."""
        values = {name: getattr(site, name) for name in ("energies", "dipoles", "multiplicity", "ionization_energy")}
        with atomic_write(self._site_path(number, site.atom)) as temporary:
            np.savez(temporary, **values)

    def _structure_path(self, number: int) -> Path:
        return self.folder / f"{number}.extxyz"

    def _site_path(self, number: int, atom: int) -> Path:
        return self.folder / f"{number}-{atom}.npz"
