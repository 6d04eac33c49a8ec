"""Conversion of spectra and structures to an ASE database for SchNetPack."""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from schnetpack.data import ASEAtomsData

from schnetpack_isd import __version__, properties
from schnetpack_isd.metadata import DatabaseMetadata, SourceFile, SpectrumSettings, check_scale
from schnetpack_isd.utils.files import atomic_write, check_not_input, process_lock, refuse_existing
from schnetpack_isd.utils.parallel import map_in_order, process_pool
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import shorten

from .molecule_rows import MoleculeRow, RowMaker
from .sources.open_spectra import open_spectra
from .sources.qm9 import read_uncharacterized
from .sources.site_file import SiteFile
from .sources.sticks import StickSpectrum
from .sources.structures import Structures, iter_structures

__all__ = ["convert_spectra"]

SMALLEST_WIDTH = 0.5
"""Width of a line, in steps of the axis, below which its area is lost: 1.5 % at this width."""

UNITS = {
    properties.spectrum: "arb. unit",
    properties.spectrum_tensor: "arb. unit",
    properties.direction: "arb. unit",
    properties.site_mask: "arb. unit",
    properties.multiplicity: "arb. unit",
    properties.excitation_energy: "eV",
    properties.ionization_energy: "eV",
    properties.molecule_id: "arb. unit",
}

AHEAD = 16
"""Molecules that are given to each worker in advance."""

Run: TypeAlias = Callable[[Callable[[RowMaker, Any], Any], Iterable[Any]], Iterable[Any]]

_maker: RowMaker
"""Row maker of a worker."""


def convert_spectra(
    spectra: str | os.PathLike[str],
    structures: str | os.PathLike[str],
    datapath: str | os.PathLike[str],
    settings: SpectrumSettings | None = None,
    *,
    uncharacterized: str | os.PathLike[str] | None = None,
    workers: int = 1,
    overwrite: bool = False,
    progress: bool = True,
) -> DatabaseMetadata:
    """Convert spectra and structures to a database.

    Rows are the molecules of the spectrum file, in the order of their ids; structures without spectra are left out.
    Stick spectra are broadened. Broadened spectra are interpolated linearly, and are zero outside their range. The
    database is written to a temporary file and renamed, by one process at a time.

    Args:
        spectra: HDF5 file, see :func:`~schnetpack_isd.data.sources.open_spectra`.
        structures: file of structures, see :func:`~schnetpack_isd.data.sources.iter_structures`.
        datapath: the database to make, ending in ``.db``.
        settings: spectra to make.
        uncharacterized: QM9's list of uncharacterised molecules, which are left out.
        workers: number of processes that read and broaden the spectra, with one thread each. The database is the same
            for any number. With more than one, a script needs ``if __name__ == "__main__":``, as for all processes
            that Python spawns.
        overwrite: replace a database that exists.
        progress: show a progress bar.

    Returns:
        The record that the database keeps of its contents.

    Raises:
        FileExistsError: the database exists and must not be overwritten.
        FileNotFoundError: an input file does not exist.
        ImportError: reading the structures needs RDKit, which is not installed.
        OSError: the database could not be written, or a worker was killed; it is discarded.
        ValueError: an input file is invalid; the message names file and key, and nothing is written.

    Warns:
        UserWarning: lines are narrower than the steps of the energy axis, some sites have no intensity on it, or the
            multiplicities do not add up to the number of absorbing atoms in some molecules.
    """
    settings, datapath = settings or SpectrumSettings(), Path(datapath)
    if datapath.suffix != ".db":
        raise ValueError(f"{datapath}: the name of a database must end in .db.")
    if workers < 1:
        raise ValueError(f"`workers` must be at least 1, not {workers}.")
    given = {"spectra": spectra, "structures": structures, "uncharacterized": uncharacterized}
    paths = {role: path for role, path in given.items() if path is not None}
    check_not_input(datapath, paths.values())
    with process_lock(datapath):
        refuse_existing(datapath, overwrite)
        sources = {role: SourceFile.of(path) for role, path in paths.items()}
        left_out = frozenset() if uncharacterized is None else read_uncharacterized(uncharacterized)
        with open_spectra(spectra) as file:
            _check_settings(file, settings)
            ids = [molecule_id for molecule_id in file.ids if molecule_id not in left_out]
            if not ids:
                raise ValueError(f"{spectra}: all its molecules are listed in {uncharacterized}.")
            with _processes(RowMaker(file, structures, settings), workers) as run:
                scale = _find_scale(file, ids, settings, run, progress)
                molecules = _molecules(Structures(structures, iter_structures(structures, set(ids), left_out)), ids)
                rows = show_progress(
                    run(partial(RowMaker.row, scale=scale), molecules),
                    "converting",
                    progress,
                    len(ids),
                    unit="molecules",
                )
                with atomic_write(datapath) as temporary:
                    try:
                        return _Conversion(file, settings, scale).write(temporary, rows, sources)
                    except sqlite3.Error as error:
                        raise OSError(
                            f"{datapath} could not be written ({error}); is there room on the disk?"
                        ) from error


def _molecules(structures: Structures, ids: Iterable[int]) -> Iterator[tuple[int, Atoms]]:
    """Yield ids and structures, and check the rest of the file."""
    for molecule_id in ids:
        yield molecule_id, structures.take(molecule_id)
    structures.read_to_the_end()


@contextmanager
def _processes(maker: RowMaker, workers: int) -> Iterator[Run]:
    """Provide a function that calls methods of a row maker for items, here or in other processes, in their order."""
    if workers == 1:
        yield lambda method, items: (method(maker, item) for item in items)
        return
    with process_pool(workers, _open_maker, maker.file.path, maker.structures, maker.settings) as pool:
        try:
            yield lambda method, items: map_in_order(pool, partial(_call, method), items, AHEAD * workers)
        except BrokenProcessPool as error:
            raise OSError("A worker was killed, perhaps for want of memory. Convert with fewer workers.") from error


def _open_maker(spectra: str | os.PathLike[str], *arguments: Any) -> None:
    """Open the spectra in a worker; the main process has shown the warnings."""
    global _maker
    warnings.simplefilter("ignore")
    _maker = RowMaker(open_spectra(spectra), *arguments)


def _call(method: Callable[[RowMaker, Any], Any], item: Any) -> Any:
    return method(_maker, item)


@dataclass
class _Conversion:
    """Writing of a database, and what it finds on the way."""

    file: SiteFile
    settings: SpectrumSettings
    scale: float
    n_sites: int = 0
    all_sites: bool = True
    incomplete: list[int] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    elements: set[str] = field(default_factory=set)

    def write(self, path: Path, rows: Iterable[MoleculeRow], sources: dict[str, SourceFile]) -> DatabaseMetadata:
        """Write all rows in one transaction, then the record."""
        absent = self._absent()
        units = {name: unit for name, unit in UNITS.items() if name not in absent}
        dataset = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict=units)
        with dataset.conn as connection:
            for row in rows:
                connection.write(row.atoms, data=row.properties, key_value_pairs=row.keys)
                self._note(row)
        if len(self.dark) == self.n_sites:
            raise ValueError(_no_intensity(self.file, self.settings))
        self._warn(len(dataset))
        experimental_axis = self.file.experimental_axis
        metadata = DatabaseMetadata(
            settings=self.settings,
            intensity_scale=self.scale,
            level_of_theory=self.file.level_of_theory,
            sources=sources,
            version=__version__,
            n_sites=self.n_sites,
            all_sites=self.all_sites,
            elements=tuple(sorted(self.elements)),
            experimental_axis=None if experimental_axis is None else str(experimental_axis),
        )
        metadata.write(dataset)
        return DatabaseMetadata.read(dataset)

    def _note(self, row: MoleculeRow) -> None:
        molecule_id = int(row.keys[properties.molecule_id])
        if row.incomplete:
            self.incomplete.append(molecule_id)
        self.elements |= set(row.atoms.symbols)
        self.n_sites += len(row.properties[properties.multiplicity])
        self.all_sites = self.all_sites and row.all_sites
        self.dark += [f"{molecule_id}/{atom}" for atom in row.dark]

    def _absent(self) -> set[str]:
        """Return the properties that the database does not have."""
        absent = set() if self.settings.tensor else {properties.spectrum_tensor}
        return absent if self.file.has_thresholds else absent | {properties.ionization_energy}

    def _warn(self, n_molecules: int) -> None:
        narrowest, step = min(self.settings.broadening.widths), float(np.diff(self.settings.energies).max())
        if self.file.broadening is None and narrowest < SMALLEST_WIDTH * step:
            warnings.warn(
                f"The narrowest lines have a width of {narrowest:g} eV, less than half of the {step:.3g} eV between "
                "energies of the axis: their areas are not kept. Choose wider lines or more energies.",
                stacklevel=4,
            )
        if self.dark:
            first, last = self.settings.energies[0], self.settings.energies[-1]
            warnings.warn(
                f"{self.file.path}: {len(self.dark)} of {self.n_sites} sites have no intensity on the energy axis, "
                f"{first:.2f} to {last:.2f} eV: {shorten(self.dark)} (molecule/atom). Their spectra are zero.",
                stacklevel=4,
            )
        if self.incomplete:
            warnings.warn(
                f"{self.file.path}: in {len(self.incomplete)} of {n_molecules} molecules the multiplicities of the "
                f"sites do not add up to the number of {self.settings.absorbing_element} atoms: "
                f"{shorten(self.incomplete)}.",
                stacklevel=4,
            )


def _check_settings(file: SiteFile, settings: SpectrumSettings) -> None:
    if file.broadening not in (None, settings.broadening):
        raise ValueError(
            f"{file.path} has the broadening {file.broadening} (eV), according to its name, but {settings.broadening} "
            f"is requested. Request {file.broadening} (`--broadening`, data.settings.broadening), or use stick spectra "
            "(the published site_eigen_dsf.hdf5), which can be broadened by any width."
        )
    if settings.broadening.relative_to_threshold and not file.has_thresholds:
        raise ValueError(
            f"{file.path} has no ionisation thresholds (`ionization_energy`), to which the broadening "
            f"{settings.broadening} is relative. Request a constant width (`--broadening 0.5`, "
            "data.settings.broadening=0.5), or one that depends on absolute energies."
        )
    if not file.has_dipoles and settings.needs_dipoles():
        raise ValueError(
            f"{file.path} has no transition dipoles (`dipole`), so spectra are known along x, y and z only. Request "
            "neither other directions, nor random ones, nor the tensor (in isd_ck_edge_sample: "
            "data.settings.tensor=False data.train_transforms=null)."
        )


def _find_scale(file: SiteFile, ids: Sequence[int], settings: SpectrumSettings, run: Run, progress: bool) -> float:
    """Return the requested scale, or the mean of all isotropic site spectra over the axis."""
    if not isinstance(settings.scale, str):
        return float(settings.scale)
    found = show_progress(run(RowMaker.means, ids), "finding the mean intensity", progress, len(ids), unit="molecules")
    means = [mean for molecule in found for mean in molecule]
    if not np.any(means):
        raise ValueError(_no_intensity(file, settings))
    scale = float(np.mean(means))
    check_scale(scale)
    return scale


def _no_intensity(file: SiteFile, settings: SpectrumSettings) -> str:
    first, last = settings.energies[0], settings.energies[-1]
    lines = [energy for site in file.sites(file.ids[0]) if isinstance(site, StickSpectrum) for energy in site.energies]
    hint = f" The lines of molecule {file.ids[0]} are at {min(lines):.2f} to {max(lines):.2f} eV." if lines else ""
    return f"{file.path}: no site has any intensity on the energy axis, {first:.2f} to {last:.2f} eV.{hint}"
