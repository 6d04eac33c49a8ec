"""From spectra and structures to an ASE database of SchNetPack's kind."""

from __future__ import annotations

import os
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from pooch import file_hash
from schnetpack.data import ASEAtomsData
from tqdm import tqdm

from schnetpack_isd import __version__, properties
from schnetpack_isd.metadata import METADATA_KEY
from schnetpack_isd.spectra.tensor import project
from schnetpack_isd.utils.files import one_at_a_time, refuse_existing, written_aside
from schnetpack_isd.utils.text import few

from .settings import SpectrumSettings
from .sources.open_spectra import open_spectra
from .sources.qm9 import read_uncharacterized
from .sources.site_file import Site, SiteFile
from .sources.structures import Structures, iter_structures

__all__ = ["convert_spectra", "describe_source"]

UNITS = {
    properties.spectrum: "arb. unit",
    properties.direction: "arb. unit",
    properties.site_mask: "arb. unit",
    properties.multiplicity: "arb. unit",
    properties.excitation_energy: "eV",
    properties.molecule_id: "arb. unit",
}


def convert_spectra(
    spectra: str | os.PathLike,
    structures: str | os.PathLike,
    datapath: str | os.PathLike,
    settings: SpectrumSettings | None = None,
    *,
    uncharacterized: str | os.PathLike | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Make a database of spectra and structures.

    Rows are the molecules of the spectrum file, in the order of their ids; structures without spectra are left out.
    Stick spectra are broadened; broadened ones are interpolated linearly, zero outside of their data. The database is
    written aside and renamed when it is whole, by one process at a time.

    Args:
        spectra: HDF5 file, see :func:`~schnetpack_isd.datasets.open_spectra`.
        structures: the structures, see :func:`~schnetpack_isd.datasets.iter_structures`.
        datapath: the database to make, ending in ``.db``.
        settings: what spectra to make.
        uncharacterized: QM9's list of uncharacterised molecules; those that it names are left out.
        overwrite: replace a database that exists.
        progress: show a progress bar.

    Returns:
        The metadata of the database, see :func:`~schnetpack_isd.metadata.read_metadata`.

    Raises:
        FileExistsError: the database exists and is not to be overwritten.
        FileNotFoundError: an input file does not exist.
        ImportError: RDKit is needed to read the structures and not installed.
        OSError: the database could not be written; nothing is left of it.
        ValueError: an input file does not hold what it should; file and key are named, and nothing is written.

    Warns:
        UserWarning: the sites of molecules stand for fewer or for more atoms than there are; their ids are named.
    """
    settings = settings or SpectrumSettings()
    datapath = Path(datapath)
    if datapath.suffix != ".db":
        raise ValueError(f"{datapath}: the name of a database must end in .db.")
    sources = {"spectra": spectra, "structures": structures, "uncharacterized": uncharacterized}
    if any(path is not None and Path(path).resolve() == datapath.resolve() for path in sources.values()):
        raise ValueError(f"{datapath} is one of the files that it is to be made of; give another name.")
    with one_at_a_time(datapath):
        refuse_existing(datapath, overwrite)
        source = describe_source(sources)
        left_out = frozenset() if uncharacterized is None else read_uncharacterized(uncharacterized)
        with open_spectra(spectra) as file:
            _check_settings(file, settings)
            ids = [molecule_id for molecule_id in file.ids if molecule_id not in left_out]
            if not ids:
                raise ValueError(f"{spectra}: all its molecules are listed in {uncharacterized}.")
            scale = _mean_intensity(file, ids, settings, progress) if settings.scale == "mean" else settings.scale
            metadata = settings.metadata() | {
                "intensity_scale": float(scale),
                "level_of_theory": file.level_of_theory,
                "source": source,
                "version": __version__,
            }
            frames = Structures(structures, iter_structures(structures, set(ids), left_out))
            with written_aside(datapath) as aside:
                try:
                    _write(str(aside), file, ids, frames, settings, metadata, progress)
                except sqlite3.Error as error:
                    raise OSError(f"{datapath} could not be written ({error}); is there room on the disk?") from error
    return metadata


def describe_source(sources: dict[str, str | os.PathLike | None]) -> dict[str, dict[str, str]]:
    """Name and SHA-256 of the files that a database is made of.

    Args:
        sources: files by their role; None where there is none.

    Raises:
        FileNotFoundError: a file does not exist.
    """
    described = {}
    for role, path in sources.items():
        if path is None:
            continue
        path = Path(path)
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file; the database is to be made of it.")
        described[role] = {"name": path.name, "sha256": file_hash(str(path))}
    return described


def _check_settings(file: SiteFile, settings: SpectrumSettings) -> None:
    if file.sigma not in (None, settings.sigma):
        raise ValueError(
            f"{file.path} was broadened with {file.sigma} eV, as its name says, and {settings.sigma} eV is asked for: "
            f"ask for {file.sigma} (`--sigma`, data.settings.sigma). Of stick spectra (the published "
            "site_eigen_dsf.hdf5) spectra of any broadening can be made."
        )
    if not file.has_dipoles and settings.needs_dipoles():
        raise ValueError(
            f"{file.path} has no transition dipoles (`dipole`); spectra are only known along x, y and z, "
            "so neither other nor random directions nor the tensor can be asked for (in isd_ck_edge_sample: "
            "data.settings.tensor=False data.train_transforms=null)."
        )


def _mean_intensity(file: SiteFile, ids: list[int], settings: SpectrumSettings, progress: bool) -> float:
    """Mean of all isotropic site spectra over the axis."""
    means = [
        site.components(settings.energies, settings.sigma)[:3].mean()
        for molecule_id in tqdm(ids, "finding the mean intensity", disable=not progress)
        for site in file.sites(molecule_id)
    ]
    if not np.any(means):
        raise ValueError(_nothing_on_the_axis(file, settings))
    return float(np.mean(means))


def _nothing_on_the_axis(file: SiteFile, settings: SpectrumSettings) -> str:
    first, last = settings.energies[0], settings.energies[-1]
    return f"{file.path}: no site has any intensity on the energy axis, {first:.2f} to {last:.2f} eV."


def _write(
    path: str,
    file: SiteFile,
    ids: list[int],
    structures: Structures,
    settings: SpectrumSettings,
    metadata: dict[str, Any],
    progress: bool,
) -> None:
    """Write all rows, then complete the metadata by what the sites turned out to be."""
    units = dict(UNITS)
    if settings.tensor:
        units[properties.spectrum_tensor] = "arb. unit"
    dataset = ASEAtomsData.create(path, distance_unit="Ang", property_unit_dict=units)
    n_sites, all_sites, incomplete, anything = 0, True, [], False
    elements: set[str] = set()
    with dataset.conn as connection:  # one transaction
        for molecule_id in tqdm(ids, "converting molecules", disable=not progress):
            atoms = structures.take(molecule_id)
            sites = file.sites(molecule_id)
            for site in sites:
                _check_site(site, molecule_id, atoms, file, structures, settings)
            row = _row(sites, molecule_id, len(atoms), settings, metadata["intensity_scale"])
            keys = {properties.molecule_id: molecule_id}
            if isinstance(atoms.info.get("smiles"), str):
                keys["smiles"] = atoms.info["smiles"]
            plain = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
            connection.write(plain, data=row, key_value_pairs=keys)
            n_atoms = atoms.symbols.count(settings.absorbing_element)
            if sum(site.multiplicity for site in sites) != n_atoms:
                incomplete.append(molecule_id)
            elements |= set(atoms.symbols)
            n_sites += len(sites)
            all_sites = all_sites and len(sites) == n_atoms
            anything = anything or bool(row[properties.spectrum].any())
    structures.read_to_the_end()
    if not anything:
        raise ValueError(_nothing_on_the_axis(file, settings))
    if incomplete:
        warnings.warn(
            f"{file.path}: in {len(incomplete)} of {len(ids)} molecules the sites (by their `multiplicity`) do not "
            f"stand for all {settings.absorbing_element} atoms and no more: {few(incomplete)}.",
            stacklevel=3,
        )
    metadata |= {"n_sites": n_sites, "all_sites": all_sites, "elements": sorted(elements)}
    dataset.update_metadata(**{METADATA_KEY: metadata})


def _check_site(
    site: Site, molecule_id: int, atoms: Atoms, file: SiteFile, structures: Structures, settings: SpectrumSettings
) -> None:
    where = f"{file.path}: site {site.site} of molecule {molecule_id}"
    if site.site >= len(atoms):
        raise ValueError(f"{where} is not an atom: {structures.path} has {len(atoms)} atoms for this id.")
    symbol = atoms.symbols[site.site]
    if symbol != settings.absorbing_element:
        raise ValueError(f"{where} is {symbol} in {structures.path}, not {settings.absorbing_element}.")


def _row(
    sites: list[Site], molecule_id: int, n_atoms: int, settings: SpectrumSettings, scale: float
) -> dict[str, NDArray]:
    directions = settings.directions_for(molecule_id)
    mask = np.zeros(n_atoms, dtype=bool)
    mask[[site.site for site in sites]] = True
    tensor = np.zeros((len(sites), 6, len(settings.energies)))
    for row, site in zip(tensor, sites, strict=True):
        components = site.components(settings.energies, settings.sigma)
        row[: len(components)] = components / scale  # the diagonal is all that directions along the axes see
    row = {
        properties.spectrum: project(tensor, directions).astype(np.float32),
        properties.direction: directions[None],
        properties.site_mask: mask,
        properties.multiplicity: np.array([site.multiplicity for site in sites]),
        properties.excitation_energy: np.array([site.excitation_energy for site in sites]),
        properties.molecule_id: np.array([molecule_id]),
    }
    if settings.tensor:
        row[properties.spectrum_tensor] = tensor.astype(np.float32)
    return row
