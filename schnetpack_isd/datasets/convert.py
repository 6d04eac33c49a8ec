"""From stick spectra and structures to an ASE database of SchNetPack's kind."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData
from tqdm import tqdm

from schnetpack_isd import __version__, properties
from schnetpack_isd.broadening import broaden, project
from schnetpack_isd.directions import CARTESIAN, check_directions, random_directions
from schnetpack_isd.metadata import METADATA_KEY

from .sticks import StickFile, StickSpectrum
from .structures import read_structures

__all__ = ["SpectrumSettings", "convert_sticks", "describe_source"]

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
    """What spectra to make of stick spectra.

    Attributes:
        energies: (n_energies,) ascending energy axis in eV.
        sigma: standard deviation of the Gaussian broadening in eV.
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


def convert_sticks(
    spectra: str | os.PathLike,
    structures: str | os.PathLike,
    datapath: str | os.PathLike,
    settings: SpectrumSettings | None = None,
    *,
    overwrite: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Make a database of broadened spectra from stick spectra and structures.

    Rows are the molecules of the spectrum file, in the order of their ids; structures without spectra are left out.
    The database is written aside and renamed when it is whole.

    Args:
        spectra: HDF5 file of stick spectra, see :class:`~schnetpack_isd.datasets.StickFile`.
        structures: extended XYZ file, see :func:`~schnetpack_isd.datasets.read_structures`.
        datapath: the database to make, ending in ``.db``.
        settings: what spectra to make.
        overwrite: replace a database that exists.
        progress: show a progress bar.

    Returns:
        The metadata of the database, see :func:`~schnetpack_isd.metadata.read_metadata`.

    Raises:
        FileExistsError: the database exists and is not to be overwritten.
        FileNotFoundError: an input file does not exist.
        ValueError: an input file does not hold what it should; file and key are named, and nothing is written.

    Warns:
        UserWarning: molecules have absorbing atoms that no site stands for; their ids are named.
    """
    settings = settings or SpectrumSettings()
    datapath = Path(datapath)
    if datapath.suffix != ".db":
        raise ValueError(f"{datapath}: the name of a database must end in .db.")
    if datapath.exists() and not overwrite:
        raise FileExistsError(f"{datapath} exists; it is only replaced on demand (`--force`, `overwrite=True`).")
    for path in (spectra, structures):
        if not os.path.exists(path):
            raise FileNotFoundError(
                f"{path}: no such file; {datapath} is to be made of it. (Files of stick spectra can be converted; the "
                "published site_spectra_*.hdf5 and QM9's own files cannot be read yet.)"
            )

    with StickFile(spectra) as sticks:
        if not sticks.has_dipoles() and settings.needs_dipoles():
            raise ValueError(
                f"{spectra} has no transition dipoles (`dipole`); spectra are only known along x, y and z, "
                "so neither other or random directions nor the tensor can be asked for (in isd_ck_edge_sample: "
                "data.settings.tensor=False data.train_transforms=null)."
            )
        atoms_of = read_structures(structures)
        survey = _survey(sticks, atoms_of, structures, settings, progress)
        metadata = settings.metadata() | {
            "intensity_scale": survey.scale,
            "n_sites": survey.n_sites,
            "all_sites": survey.all_sites,
            "level_of_theory": sticks.level_of_theory,
            "source": describe_source(spectra, structures),
            "version": __version__,
        }
        datapath.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=datapath.parent, prefix=f".{datapath.stem}.") as folder:
            aside = os.path.join(folder, datapath.name)
            _write(aside, sticks, atoms_of, settings, metadata, progress)
            os.replace(aside, datapath)
    return metadata


def describe_source(spectra: str | os.PathLike, structures: str | os.PathLike) -> dict[str, dict[str, str]]:
    """Name and SHA-256 of the two files that a database is made of."""
    described = {}
    for role, path in (("spectra", spectra), ("structures", structures)):
        with open(path, "rb") as file:
            checksum = hashlib.sha256()
            while block := file.read(1 << 20):
                checksum.update(block)
        described[role] = {"name": Path(path).name, "sha256": checksum.hexdigest()}
    return described


@dataclass
class _Survey:
    n_sites: int
    scale: float
    all_sites: bool


def _survey(
    sticks: StickFile,
    atoms_of: dict[int, Atoms],
    structures: str | os.PathLike,
    settings: SpectrumSettings,
    progress: bool,
) -> _Survey:
    """First pass: hold the sites to their structures, and find the intensity scale."""
    n_sites, means, reached, incomplete, all_sites = 0, [], False, [], True
    for molecule_id in tqdm(sticks.ids, "checking molecules", disable=not progress):
        if molecule_id not in atoms_of:
            raise ValueError(
                f"{structures} has no structure with id {molecule_id}, of which {sticks.path} has spectra."
            )
        sites = list(sticks.sites(molecule_id))
        for stick in sites:
            _check_site(stick, molecule_id, atoms_of[molecule_id], sticks, structures, settings)
            reached |= bool(
                np.any((stick.energies >= settings.energies[0]) & (stick.energies <= settings.energies[-1]))
            )
            if settings.scale == "mean":
                isotropic = stick.dsf.mean(axis=1, keepdims=True)
                means.append(broaden(stick.energies, isotropic, settings.energies, settings.sigma).mean())
        n_atoms = atoms_of[molecule_id].symbols.count(settings.absorbing_element)
        n_covered = sum(stick.multiplicity for stick in sites)
        if n_covered > n_atoms:
            raise ValueError(
                f"{sticks.path}: the sites of molecule {molecule_id} stand for {n_covered} atoms (the sum of "
                f"`multiplicity`), but {structures} has {n_atoms} {settings.absorbing_element} atoms for this id."
            )
        if n_covered < n_atoms:
            incomplete.append(molecule_id)
        n_sites += len(sites)
        all_sites = all_sites and len(sites) == n_atoms
    if not reached:
        raise ValueError(
            f"{sticks.path}: no line lies on the energy axis, "
            f"{settings.energies[0]:.2f} to {settings.energies[-1]:.2f} eV."
        )
    if incomplete:
        named = ", ".join(map(str, incomplete[:10])) + (", ..." if len(incomplete) > 10 else "")
        warnings.warn(
            f"{sticks.path}: {len(incomplete)} of {len(sticks.ids)} molecules have sites without spectra: {named}.",
            stacklevel=3,
        )
    return _Survey(n_sites, float(np.mean(means)) if settings.scale == "mean" else float(settings.scale), all_sites)


def _check_site(
    stick: StickSpectrum,
    molecule_id: int,
    atoms: Atoms,
    sticks: StickFile,
    structures: str | os.PathLike,
    settings: SpectrumSettings,
) -> None:
    where = f"{sticks.path}: site {stick.site} of molecule {molecule_id}"
    if stick.site >= len(atoms):
        raise ValueError(f"{where} is not an atom: {structures} has {len(atoms)} atoms for this id.")
    symbol = atoms[stick.site].symbol
    if symbol != settings.absorbing_element:
        raise ValueError(f"{where} is {symbol} in {structures}, not {settings.absorbing_element}.")
    if settings.needs_dipoles() and stick.dipoles is None:
        raise ValueError(f"{where} has no transition dipoles (`dipole`), which others have.")


def _write(
    path: str,
    sticks: StickFile,
    atoms_of: dict[int, Atoms],
    settings: SpectrumSettings,
    metadata: dict[str, Any],
    progress: bool,
) -> None:
    units = dict(UNITS)
    if settings.tensor:
        units[properties.spectrum_tensor] = "arb. unit"
    dataset = ASEAtomsData.create(path, distance_unit="Ang", property_unit_dict=units)
    dataset.update_metadata(**{METADATA_KEY: metadata})
    with dataset.conn as connection:  # one transaction
        for molecule_id in tqdm(sticks.ids, "broadening spectra", disable=not progress):
            atoms = atoms_of[molecule_id]
            row = _row(list(sticks.sites(molecule_id)), molecule_id, len(atoms), settings, metadata["intensity_scale"])
            plain = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
            connection.write(plain, data=row, key_value_pairs={properties.molecule_id: molecule_id})


def _row(
    sites: list[StickSpectrum], molecule_id: int, n_atoms: int, settings: SpectrumSettings, scale: float
) -> dict[str, NDArray]:
    directions = settings.directions_for(molecule_id)
    mask = np.zeros(n_atoms, dtype=bool)
    mask[[stick.site for stick in sites]] = True
    tensor = np.stack(list(_tensors(sites, settings))) / scale
    row = {
        properties.spectrum: project(tensor, directions).astype(np.float32),
        properties.direction: directions[None],
        properties.site_mask: mask,
        properties.multiplicity: np.array([stick.multiplicity for stick in sites]),
        properties.excitation_energy: np.array([stick.excitation_energy for stick in sites]),
        properties.molecule_id: np.array([molecule_id]),
    }
    if settings.tensor:
        row[properties.spectrum_tensor] = tensor.astype(np.float32)
    return row


def _tensors(sites: list[StickSpectrum], settings: SpectrumSettings) -> Iterator[NDArray[np.float64]]:
    """(6, n_energies) for each site; without dipoles the diagonal alone, all that directions along the axes see."""
    for stick in sites:
        tensor = broaden(stick.energies, stick.strengths(), settings.energies, settings.sigma)
        yield tensor if len(tensor) == 6 else np.concatenate([tensor, np.zeros_like(tensor)])
