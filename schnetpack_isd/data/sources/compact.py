"""Stick spectra in a compact layout, for data that are shipped: columns instead of a group for each site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from .site_file import Site, SiteFile, read_dataset
from .sticks import StickSpectrum

__all__ = ["CompactFile", "is_compact", "write_compact"]

LAYOUT = "schnetpack-isd compact sticks 1"

ENERGY_DECIMALS, DIPOLE_DECIMALS = 4, 6
"""Decimals of the stored energies in eV and dipoles in bohr."""

CHUNK = 4096


def is_compact(path: str | PathLike) -> bool:
    """Return whether a file is an HDF5 file in this layout."""
    try:
        with h5py.File(path) as file:
            return file.attrs.get("layout") == LAYOUT
    except OSError:
        return False


@dataclass(frozen=True)
class _Columns:
    """Columns with a row for each site.

    Attributes:
        molecule: (n_sites,) id of the molecule.
        atom: (n_sites,) index of the atom, from 0.
        multiplicity: (n_sites,) number of equivalent atoms that the site stands for.
        ionization_energy: (n_sites,) ionisation threshold in eV.
        n_lines: (n_sites,) number of lines.
    """

    molecule: NDArray[np.int64]
    atom: NDArray[np.int64]
    multiplicity: NDArray[np.int64]
    ionization_energy: NDArray[np.float64]
    n_lines: NDArray[np.int64]


class CompactFile(SiteFile):
    """Read stick spectra from columns.

    The file attribute ``layout`` is "schnetpack-isd compact sticks 1". The columns ``molecule``, ``atom``,
    ``multiplicity``, ``ionization_energy`` (eV) and ``n_lines`` have a row for each site, sorted by molecule and atom;
    ``energy`` (n,) in eV and ``dipole`` (n, 3) in bohr have a row for each final state, those of a site one after
    another with ascending energies. The first line is at the excitation energy.
    """

    has_dipoles = True
    has_thresholds = True

    def __init__(self, path: str | PathLike) -> None:
        """Open the file, see :class:`~schnetpack_isd.data.sources.SiteFile`."""
        super().__init__(path)
        with self._named("its sites"):
            self._columns = self._read_columns()
        self._ends = np.cumsum(self._columns.n_lines)
        self._check_lines()
        self.ids = np.unique(self._columns.molecule).tolist()

    def count_sites(self) -> int:
        """Return the number of all sites."""
        return len(self._columns.molecule)

    def _read_columns(self) -> _Columns:
        where = str(self.path)
        molecule = read_dataset(self._file, where, "molecule", None)
        threshold = read_dataset(self._file, where, "ionization_energy", molecule.shape)
        whole = {"molecule": molecule}
        whole |= {
            name: read_dataset(self._file, where, name, molecule.shape) for name in ("atom", "multiplicity", "n_lines")
        }
        for name, values in whole.items():
            least = int(name in ("multiplicity", "n_lines"))
            if np.any(values != np.rint(values)) or values.min() < least:
                raise ValueError(f"{where}/{name} must hold whole numbers of at least {least}.")
        order = np.lexsort((whole["atom"], molecule))
        steps = np.diff(np.stack([molecule, whole["atom"]]))
        if np.any(order != np.arange(len(order))) or np.any(~steps.any(axis=0)):
            raise ValueError(f"{where}: the sites must be sorted by molecule and atom, each of them once.")
        return _Columns(
            ionization_energy=threshold, **{name: values.astype(np.int64) for name, values in whole.items()}
        )

    def _check_lines(self) -> None:
        n_lines = int(self._ends[-1])
        for name, shape in (("energy", (n_lines,)), ("dipole", (n_lines, 3))):
            found = getattr(self._file.get(name), "shape", None)
            if found != shape:
                raise ValueError(f"{self.path}/{name} must have the shape {shape}, by `n_lines`, not {found}.")

    def _sites(self, molecule_id: int) -> list[Site]:
        rows = range(*np.searchsorted(self._columns.molecule, [molecule_id, molecule_id + 1]))
        return [self._read(row) for row in rows]

    def _read(self, row: int) -> StickSpectrum:
        columns = self._columns
        lines = slice(self._ends[row] - columns.n_lines[row], self._ends[row])
        where = f"{self.path}: site {columns.atom[row]} of molecule {columns.molecule[row]}"
        energies, dipoles = (self._file[name][lines].astype(np.float64) for name in ("energy", "dipole"))
        if not (np.isfinite(energies).all() and np.isfinite(dipoles).all()):
            raise ValueError(f"{where} has a value that is not finite.")
        if np.any(np.diff(energies) < 0):
            raise ValueError(f"{where}: its energies must ascend.")
        return StickSpectrum(
            atom=int(columns.atom[row]),
            multiplicity=int(columns.multiplicity[row]),
            excitation_energy=float(energies[0]),
            ionization_energy=float(columns.ionization_energy[row]),
            energies=energies,
            dsf=dipoles**2,
            dipoles=dipoles,
        )


def write_compact(
    path: str | PathLike, molecules: Iterable[tuple[int, Iterable[StickSpectrum]]], attributes: Mapping[str, str]
) -> None:
    """Write stick spectra with transition dipoles and thresholds.

    Energies are rounded to 1e-4 eV, dipoles to 1e-6 bohr.

    Args:
        path: file to write.
        molecules: ids of the molecules with their sites.
        attributes: provenance; ``level_of_theory`` and ``experimental_axis`` (text of an
            :class:`~schnetpack_isd.spectra.ExperimentalAxis`) are those of databases made from the file.

    Raises:
        ValueError: a site has no dipoles or no ionisation threshold.
    """
    sites = [
        (molecule_id, site)
        for molecule_id, found in sorted(molecules, key=lambda molecule: molecule[0])
        for site in sorted(found, key=lambda site: site.atom)
    ]
    for molecule_id, site in sites:
        if site.dipoles is None or site.ionization_energy is None:
            raise ValueError(f"Site {site.atom} of molecule {molecule_id} has no dipoles or no ionisation threshold.")
    with h5py.File(Path(path), "w", libver=("earliest", "v110")) as file:
        file.attrs.update(layout=LAYOUT, **attributes)
        file["molecule"] = np.array([molecule_id for molecule_id, _ in sites], dtype=np.uint32)
        for name, kind in (("atom", np.uint16), ("multiplicity", np.uint16), ("ionization_energy", np.float32)):
            file[name] = np.array([getattr(site, name) for _, site in sites], dtype=kind)
        file["n_lines"] = np.array([len(site.energies) for _, site in sites], dtype=np.uint16)
        for name, values, decimals in (
            ("energy", [site.energies for _, site in sites], ENERGY_DECIMALS),
            ("dipole", [site.dipoles for _, site in sites if site.dipoles is not None], DIPOLE_DECIMALS),
        ):
            rounded = np.concatenate(values).round(decimals).astype(np.float32)
            file.create_dataset(
                name,
                data=rounded,
                chunks=(min(CHUNK, len(rounded)), *rounded.shape[1:]),
                scaleoffset=decimals,  # bits for the decimals only
                compression="gzip",
                compression_opts=9,
            )
