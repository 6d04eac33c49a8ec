"""From spectra and structures to an ASE database of SchNetPack's kind."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData
from tqdm import tqdm

from schnetpack_isd import __version__, properties
from schnetpack_isd.broadening import project
from schnetpack_isd.directions import CARTESIAN, check_directions, random_directions
from schnetpack_isd.metadata import METADATA_KEY

from .aside import one_at_a_time, written_aside
from .qm9 import read_uncharacterized
from .site_file import Site, SiteFile
from .spectra import open_spectra
from .structures import Structures, iter_structures

__all__ = ["SpectrumSettings", "convert_spectra", "describe_source"]

UNITS = {
    properties.spectrum: "arb. unit",
    properties.direction: "arb. unit",
    properties.site_mask: "arb. unit",
    properties.multiplicity: "arb. unit",
    properties.excitation_energy: "eV",
    properties.molecule_id: "arb. unit",
}


@dataclass(frozen=True)
class SpectrumSettings:
    """What spectra to make.

    Attributes:
        energies: (n_energies,) ascending energy axis in eV.
        sigma: standard deviation of the Gaussian broadening in eV; of spectra that are broadened already, theirs.
        directions: (n_directions, 3) directions; or a number of random ones, drawn for each structure anew.
            Others than x, y, z need transition dipoles.
        direction_seed: seed of the random directions.
        scale: what intensities are divided by: a number, or "mean" for the mean of all isotropic site spectra over the
            axis, so that errors compare whatever the directions.
        absorbing_element: symbol of the element that the sites must be atoms of.
        tensor: keep each site's tensor beside its spectra, for spectra along other directions (needs dipoles).

    Raises:
        ValueError: an attribute is not one of those above.
    """

    energies: Sequence[float] | NDArray = field(default_factory=lambda: np.linspace(288.0, 310.0, 256))
    sigma: float = 0.5
    directions: Sequence[Sequence[float]] | NDArray | int = CARTESIAN
    direction_seed: int = 0
    scale: float | str = "mean"
    absorbing_element: str = "C"
    tensor: bool = False

    def __post_init__(self) -> None:
        energies = np.asarray(self.energies, dtype=np.float64)
        ascending = energies.ndim == 1 and len(energies) > 1 and np.isfinite(energies).all()
        if not (ascending and np.all(np.diff(energies) > 0)):
            raise ValueError("The energy axis must be at least two ascending, finite numbers in eV.")
        if not 0 < self.sigma < np.inf:
            raise ValueError(f"sigma must be a positive number in eV, not {self.sigma}.")
        if isinstance(self.directions, int):
            if self.directions < 1:
                raise ValueError(f"The number of random directions must be at least 1, not {self.directions}.")
        else:
            check_directions(self.directions)
        if self.scale != "mean" and (isinstance(self.scale, str) or not 0 < self.scale < np.inf):
            raise ValueError(f'scale must be "mean" or a positive number, not {self.scale!r}.')
        if self.absorbing_element not in atomic_numbers:
            raise ValueError(f"absorbing_element must be the symbol of an element, not {self.absorbing_element!r}.")

    def metadata(self) -> dict[str, Any]:
        """The settings as a database records them."""
        if isinstance(self.directions, int):
            directions: Any = {"random": self.directions, "seed": self.direction_seed}
        else:
            directions = check_directions(self.directions).tolist()
        return {
            "energies": np.round(np.asarray(self.energies, dtype=np.float64), 9).tolist(),
            "sigma": float(self.sigma),
            "directions": directions,
            "scale": self.scale if self.scale == "mean" else float(self.scale),
            "absorbing_element": self.absorbing_element,
            "tensor": self.tensor,
        }

    def directions_for(self, molecule_id: int) -> NDArray[np.float64]:
        """(n_directions, 3) directions of a structure, the same whatever else is converted."""
        if isinstance(self.directions, int):
            return random_directions(self.directions, np.random.default_rng([self.direction_seed, molecule_id]))
        return check_directions(self.directions)

    def needs_dipoles(self) -> bool:
        """Whether squares of transition dipoles along x, y, z are not enough."""
        return self.tensor or isinstance(self.directions, int) or not self._along_axes()

    def _along_axes(self) -> bool:
        return bool(np.all(np.count_nonzero(check_directions(self.directions), axis=1) == 1))


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
    with one_at_a_time(datapath):
        if datapath.exists() and not overwrite:
            raise FileExistsError(f"{datapath} exists; it is only replaced on demand (`--force`, `overwrite=True`).")
        source = describe_source(sources)
        left_out = frozenset() if uncharacterized is None else read_uncharacterized(uncharacterized)
        with open_spectra(spectra) as file:
            _check_settings(file, settings)
            ids = [molecule_id for molecule_id in file.ids if molecule_id not in left_out]
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
        checksum, size = hashlib.sha256(), path.stat().st_size
        bar = {"desc": f"checksum of {path.name}", "disable": size < 1 << 30, "leave": False}
        with path.open("rb") as raw, tqdm.wrapattr(raw, "read", size, **bar) as file:
            while block := file.read(1 << 20):
                checksum.update(block)
        described[role] = {"name": path.name, "sha256": checksum.hexdigest()}
    return described


def _check_settings(file: SiteFile, settings: SpectrumSettings) -> None:
    if file.sigma not in (None, settings.sigma):
        raise ValueError(
            f"{file.path} was broadened with {file.sigma} eV, as its name says, and {settings.sigma} eV is asked for; "
            "of stick spectra (the published site_eigen_dsf.hdf5) spectra of any broadening can be made."
        )
    if not file.has_dipoles and settings.needs_dipoles():
        raise ValueError(
            f"{file.path} has no transition dipoles (`dipole`); spectra are only known along x, y and z, "
            "so neither other or random directions nor the tensor can be asked for (in isd_ck_edge_sample: "
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
    with dataset.conn as connection:  # one transaction
        for molecule_id in tqdm(ids, "converting molecules", disable=not progress):
            atoms = structures.take(molecule_id)
            sites = file.sites(molecule_id)
            for site in sites:
                _check_site(site, molecule_id, atoms, file, structures, settings)
            row = _row(sites, molecule_id, len(atoms), settings, metadata["intensity_scale"])
            keys = {properties.molecule_id: molecule_id} | {k: v for k, v in atoms.info.items() if k == "smiles"}
            plain = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
            connection.write(plain, data=row, key_value_pairs=keys)
            n_atoms = atoms.symbols.count(settings.absorbing_element)
            if sum(site.multiplicity for site in sites) != n_atoms:
                incomplete.append(molecule_id)
            n_sites += len(sites)
            all_sites = all_sites and len(sites) == n_atoms
            anything = anything or bool(row[properties.spectrum].any())
    structures.read_to_the_end()
    if not anything:
        raise ValueError(_nothing_on_the_axis(file, settings))
    if incomplete:
        named = ", ".join(map(str, incomplete[:10])) + (", ..." if len(incomplete) > 10 else "")
        warnings.warn(
            f"{file.path}: in {len(incomplete)} of {len(ids)} molecules the sites (by their `multiplicity`) do not "
            f"stand for all {settings.absorbing_element} atoms and no more: {named}.",
            stacklevel=3,
        )
    metadata |= {"n_sites": n_sites, "all_sites": all_sites}
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
