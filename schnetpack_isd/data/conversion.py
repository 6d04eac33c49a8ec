"""Conversion of spectra and structures to an ASE database for SchNetPack."""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData

from schnetpack_isd import __version__, properties
from schnetpack_isd.metadata import DatabaseMetadata, SourceFile, SpectrumSettings, check_scale
from schnetpack_isd.spectra.tensor import project
from schnetpack_isd.utils.files import atomic_write, check_not_input, process_lock, refuse_existing
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import shorten

from .sources.open_spectra import open_spectra
from .sources.qm9 import read_uncharacterized
from .sources.site_file import Site, SiteFile
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


def convert_spectra(
    spectra: str | os.PathLike[str],
    structures: str | os.PathLike[str],
    datapath: str | os.PathLike[str],
    settings: SpectrumSettings | None = None,
    *,
    uncharacterized: str | os.PathLike[str] | None = None,
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
        overwrite: replace a database that exists.
        progress: show a progress bar.

    Returns:
        The record that the database keeps of its contents.

    Raises:
        FileExistsError: the database exists and must not be overwritten.
        FileNotFoundError: an input file does not exist.
        ImportError: reading the structures needs RDKit, which is not installed.
        OSError: the database could not be written; it is discarded.
        ValueError: an input file is invalid; the message names file and key, and nothing is written.

    Warns:
        UserWarning: lines are narrower than the steps of the energy axis, some sites have no intensity on it, or the
            multiplicities do not add up to the number of absorbing atoms in some molecules.
    """
    settings, datapath = settings or SpectrumSettings(), Path(datapath)
    if datapath.suffix != ".db":
        raise ValueError(f"{datapath}: the name of a database must end in .db.")
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
            frames = Structures(structures, iter_structures(structures, set(ids), left_out))
            conversion = _Conversion(file, frames, settings, _find_scale(file, ids, settings, progress))
            with atomic_write(datapath) as temporary:
                try:
                    return conversion.write(temporary, ids, sources, progress)
                except sqlite3.Error as error:
                    raise OSError(f"{datapath} could not be written ({error}); is there room on the disk?") from error


@dataclass
class _Conversion:
    """Conversion of the molecules of a file, and what it finds on the way."""

    file: SiteFile
    structures: Structures
    settings: SpectrumSettings
    scale: float
    n_sites: int = 0
    all_sites: bool = True
    incomplete: list[int] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    elements: set[str] = field(default_factory=set)

    def write(self, path: Path, ids: list[int], sources: dict[str, SourceFile], progress: bool) -> DatabaseMetadata:
        """Write all rows in one transaction, then the record."""
        absent = self._absent()
        units = {name: unit for name, unit in UNITS.items() if name not in absent}
        dataset = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict=units)
        with dataset.conn as connection:
            for molecule_id in show_progress(ids, "converting", progress, unit="molecules"):
                atoms, keys, row = self._convert(molecule_id)
                connection.write(atoms, data=row, key_value_pairs=keys)
        self.structures.read_to_the_end()
        if len(self.dark) == self.n_sites:
            raise ValueError(_no_intensity(self.file, self.settings))
        self._warn(len(ids))
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

    def _convert(self, molecule_id: int) -> tuple[Atoms, dict[str, int | str], dict[str, NDArray]]:
        """Return structure, key-value pairs and properties of a molecule."""
        atoms, sites = self.structures.take(molecule_id), self.file.sites(molecule_id)
        for site in sites:
            self._check_site(site, molecule_id, atoms)
        row = _make_row(sites, molecule_id, len(atoms), self.settings, self.scale)
        self._check_spectra(row, molecule_id)
        n_atoms = atoms.symbols.count(self.settings.absorbing_element)
        if sum(site.multiplicity for site in sites) != n_atoms:
            self.incomplete.append(molecule_id)
        self.elements |= set(atoms.symbols)
        self.n_sites += len(sites)
        self.all_sites = self.all_sites and len(sites) == n_atoms
        lit = row[properties.spectrum].any(axis=(1, 2))
        self.dark += [
            f"{molecule_id}/{site.atom}" for site, has_intensity in zip(sites, lit, strict=True) if not has_intensity
        ]
        keys: dict[str, int | str] = {properties.molecule_id: molecule_id}
        keys |= {
            name: atoms.info[name] for name in ("smiles", properties.kind) if isinstance(atoms.info.get(name), str)
        }
        if isinstance(atoms.info.get(properties.variant_of), int | np.integer):
            keys[properties.variant_of] = int(atoms.info[properties.variant_of])
        return Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc), keys, row

    def _check_site(self, site: Site, molecule_id: int, atoms: Atoms) -> None:
        where = f"{self.file.path}: site {site.atom} of molecule {molecule_id}"
        if site.atom >= len(atoms):
            raise ValueError(f"{where} is not an atom: {self.structures.path} has {len(atoms)} atoms for this id.")
        symbol = atoms.symbols[site.atom]
        if symbol != self.settings.absorbing_element:
            raise ValueError(
                f"{where} is {symbol} in {self.structures.path}, not {self.settings.absorbing_element} "
                "(`--absorbing-element`, data.settings.absorbing_element)."
            )

    def _check_spectra(self, row: dict[str, NDArray], molecule_id: int) -> None:
        spectra = row[properties.spectrum]
        if not np.isfinite(spectra).all():
            raise ValueError(
                f"{self.file.path}: the spectra of molecule {molecule_id} exceed the range of single precision when "
                f"they are divided by the scale {self.scale:.3g}; choose a larger one."
            )
        if spectra.min() < -1e-5 * spectra.max():
            raise ValueError(f"{self.file.path}: the spectra of molecule {molecule_id} have negative intensities.")


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


def _find_scale(file: SiteFile, ids: Iterable[int], settings: SpectrumSettings, progress: bool) -> float:
    """Return the requested scale, or the mean of all isotropic site spectra over the axis."""
    if not isinstance(settings.scale, str):
        return float(settings.scale)
    energies = np.array(settings.energies)
    means = [
        site.components(energies, settings.broadening)[:3].mean()
        for molecule_id in show_progress(ids, "finding the mean intensity", progress, unit="molecules")
        for site in file.sites(molecule_id)
    ]
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


def _make_row(
    sites: list[Site], molecule_id: int, n_atoms: int, settings: SpectrumSettings, scale: float
) -> dict[str, NDArray]:
    energies, directions = np.array(settings.energies), settings.directions_for(molecule_id)
    mask = np.zeros(n_atoms, dtype=bool)
    mask[[site.atom for site in sites]] = True
    tensor = np.zeros((len(sites), 6, len(energies)))
    for row, site in zip(tensor, sites, strict=True):
        components = site.components(energies, settings.broadening)
        row[: len(components)] = components / scale  # the diagonal suffices for directions along the axes
    properties_of_row: dict[str, NDArray] = {
        properties.spectrum: project(tensor, directions).astype(np.float32),
        properties.direction: directions[None],
        properties.site_mask: mask,
        properties.multiplicity: np.array([site.multiplicity for site in sites]),
        properties.excitation_energy: np.array([site.excitation_energy for site in sites]),
        properties.molecule_id: np.array([molecule_id]),
    }
    thresholds = [site.ionization_energy for site in sites if site.ionization_energy is not None]
    if thresholds:
        properties_of_row[properties.ionization_energy] = np.array(thresholds)
    if settings.tensor:
        properties_of_row[properties.spectrum_tensor] = tensor.astype(np.float32)
    return properties_of_row
