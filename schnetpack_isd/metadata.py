"""Settings of a conversion, and the record that a database of spectra keeps of its contents."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray
from pooch import file_hash
from schnetpack.data import BaseAtomsData

from schnetpack_isd.spectra.broadening import Broadening
from schnetpack_isd.vectors import CARTESIAN, check_directions, random_directions

__all__ = [
    "DatabaseMetadata",
    "SourceFile",
    "SpectrumSettings",
    "check_scale",
    "describe_value",
    "energy_axis",
    "same_scale",
]

LARGEST_NUMBER_OF_ENERGIES = 100_000

METADATA_KEY = "core_excitation"
"""Key of the record among the metadata of an ASE database."""


def energy_axis(start: float, stop: float, num: float) -> NDArray[np.float64]:
    """Return an axis of equally spaced energies.

    Args:
        start: first energy in eV.
        stop: last energy in eV.
        num: number of energies, a whole number from 2 to 100,000.

    Returns:
        (num,) energies in eV.

    Raises:
        ValueError: an argument is not as described.
    """
    if not 2 <= num <= LARGEST_NUMBER_OF_ENERGIES or num != int(num):
        raise ValueError(
            f"The number of energies must be a whole number from 2 to {LARGEST_NUMBER_OF_ENERGIES:,}, not {num}."
        )
    if not -np.inf < start < stop < np.inf:
        raise ValueError(f"The energy axis must ascend from one finite number to another, not from {start} to {stop}.")
    return np.linspace(start, stop, int(num))


@dataclass(frozen=True)
class SpectrumSettings:
    """Spectra to make in a conversion.

    Attributes:
        energies: (n_energies,) ascending energy axis in eV; after construction, a tuple.
        broadening: width of the Gaussian broadening. A standard deviation in eV, or the text of a broadening, is
            converted to a record. If the spectra are already broadened, it is the broadening that they have.
        directions: (n_directions, 3) directions, or the number of random directions to draw for each structure.
            Directions other than x, y and z need transition dipoles. After construction, a tuple of tuples or a number.
        direction_seed: seed of the random directions.
        scale: divisor of the intensities: a number, or "mean" for the mean of all isotropic site spectra over the axis,
            so that errors are comparable for any choice of directions.
        absorbing_element: symbol of the element that every site must be.
        tensor: keep the tensor of each site, for spectra along other directions; needs transition dipoles.

    Raises:
        ValueError: an attribute is not as described.
    """

    energies: Sequence[float] | NDArray = field(default_factory=lambda: np.linspace(288.0, 310.0, 256))
    broadening: Broadening = field(default_factory=lambda: Broadening((0.5,)))
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
        object.__setattr__(self, "energies", tuple(energies.tolist()))
        object.__setattr__(self, "broadening", Broadening.of(self.broadening))
        if isinstance(self.directions, int):
            if self.directions < 1:
                raise ValueError(f"The number of random directions must be at least 1, not {self.directions}.")
        else:
            directions = check_directions(self.directions).tolist()
            object.__setattr__(self, "directions", tuple(map(tuple, directions)))
        if self.scale != "mean":
            check_scale(self.scale)
        if self.absorbing_element not in atomic_numbers:
            raise ValueError(f"absorbing_element must be the symbol of an element, not {self.absorbing_element!r}.")

    def directions_for(self, molecule_id: int) -> NDArray[np.float64]:
        """Return the directions (n_directions, 3) of a molecule, which depend on its id and the seed only."""
        if isinstance(self.directions, int):
            return random_directions(self.directions, np.random.default_rng([self.direction_seed, molecule_id]))
        return check_directions(self.directions)

    def needs_dipoles(self) -> bool:
        """Return whether the spectra cannot be made from the squares of the transition dipoles along x, y and z."""
        if self.tensor or isinstance(self.directions, int):
            return True
        return bool(np.any(np.count_nonzero(check_directions(self.directions), axis=1) != 1))

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as a database stores and compares them; energies are rounded to 1e-9 eV."""
        if isinstance(self.directions, int):
            directions: Any = {"random": self.directions, "seed": self.direction_seed}
        else:
            directions = [list(direction) for direction in self.directions]
        return {
            "energies": np.round(self.energies, 9).tolist(),
            "broadening": str(self.broadening),
            "directions": directions,
            "scale": self.scale if isinstance(self.scale, str) else float(self.scale),
            "absorbing_element": self.absorbing_element,
            "tensor": self.tensor,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SpectrumSettings:
        """Read settings from the plain values of :meth:`to_json`, or of older databases with a constant `sigma`."""
        directions, seed = values["directions"], 0
        if isinstance(directions, Mapping):
            directions, seed = directions["random"], directions["seed"]
        return cls(
            energies=values["energies"],
            broadening=values["sigma"] if "sigma" in values else values["broadening"],
            directions=directions,
            direction_seed=seed,
            scale=values["scale"],
            absorbing_element=values["absorbing_element"],
            tensor=values["tensor"],
        )


def check_scale(scale: float | str) -> None:
    """Check the divisor of intensities, which models keep in single precision.

    Raises:
        ValueError: it is not a positive number within the range of single precision.
    """
    limits = np.finfo(np.float32)
    if isinstance(scale, str) or not limits.tiny <= scale <= limits.max:
        raise ValueError(
            f'scale must be "mean" or a positive number from {limits.tiny:.2g} to {limits.max:.2g}, not {scale!r}.'
        )


@dataclass(frozen=True)
class SourceFile:
    """Name and SHA-256 of a file that a database is made from; of several files, those of all.

    Attributes:
        name: name of the file; names are separated by commas.
        sha256: its SHA-256; checksums are sorted and separated by spaces.
    """

    name: str
    sha256: str

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> SourceFile:
        """Describe a file.

        Raises:
            FileNotFoundError: it does not exist.
        """
        if not Path(path).exists():
            raise FileNotFoundError(f"{path}: no such file; the database is made from it.")
        return cls(Path(path).name, file_hash(str(path)))

    @classmethod
    def join(cls, files: Iterable[SourceFile]) -> SourceFile:
        """Describe several files, in any order and repetition, as one."""
        by_checksum = {file.sha256: file.name for file in files}
        checksums = sorted({checksum for joined in by_checksum for checksum in joined.split()})
        return cls(", ".join(dict.fromkeys(by_checksum.values())), " ".join(checksums))

    def describe(self, length: int) -> str:
        """Return the name with the beginning of each checksum."""
        return f"{self.name} (SHA-256 {', '.join(f'{checksum[:length]}...' for checksum in self.sha256.split())})"

    def shares_files(self, sha256: str | None) -> bool:
        """Return whether one of the files is among others, of which the checksums are given."""
        return not set(self.sha256.split()).isdisjoint((sha256 or "").split())


@dataclass(frozen=True)
class DatabaseMetadata:
    """Record that a database of spectra keeps of its contents.

    Attributes:
        settings: settings of the conversion.
        intensity_scale: divisor of the intensities, in the unit of the source.
        level_of_theory: level of theory that the source states; None if it states none.
        sources: files that the database is made from, by role ("spectra", "structures", "uncharacterized").
        version: version of this package that made the database.
        n_sites: number of sites.
        all_sites: every absorbing atom is a site.
        elements: symbols of all elements, sorted; None if the database does not record them.
        experimental_axis: text of the shift to the experimental axis that the source states
            (:class:`~schnetpack_isd.spectra.ExperimentalAxis`); None if it states none.
    """

    settings: SpectrumSettings
    intensity_scale: float
    level_of_theory: str | None
    sources: Mapping[str, SourceFile]
    version: str
    n_sites: int
    all_sites: bool
    elements: tuple[str, ...] | None
    experimental_axis: str | None = None

    @classmethod
    def read(cls, dataset: BaseAtomsData) -> DatabaseMetadata:
        """Read the record of a database.

        Raises:
            ValueError: the database has no record, or the record is damaged.
        """
        path = getattr(dataset, "datapath", "The data set")
        metadata = dataset.metadata
        if METADATA_KEY not in metadata:
            raise ValueError(f"{path} has no record of its spectra; make databases of spectra with `spkisd convert`.")
        values = metadata[METADATA_KEY]
        try:
            elements = values.get("elements")
            return cls(
                settings=SpectrumSettings.from_json(values),
                intensity_scale=float(values["intensity_scale"]),
                level_of_theory=values["level_of_theory"],
                sources={role: SourceFile(**source) for role, source in values["source"].items()},
                version=values["version"],
                n_sites=int(values["n_sites"]),
                all_sites=bool(values["all_sites"]),
                elements=None if elements is None else tuple(elements),
                experimental_axis=values.get("experimental_axis"),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"{path}: the record of its spectra is damaged ({error!r}); convert the spectra again."
            ) from error

    def write(self, dataset: BaseAtomsData) -> None:
        """Write the record to a database."""
        dataset.update_metadata(**{METADATA_KEY: self.to_json()})

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as a database stores them."""
        others = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("settings", "sources")}
        sources = {role: {"name": file.name, "sha256": file.sha256} for role, file in self.sources.items()}
        return {**self.settings.to_json(), **others, "source": sources}

    @property
    def structures_sha256(self) -> str | None:
        """SHA-256 of the file of structures that the database is made from; None if it is not recorded."""
        return self.sources["structures"].sha256 if "structures" in self.sources else None

    def differences(
        self, settings: SpectrumSettings, sources: Mapping[str, SourceFile] | None = None
    ) -> tuple[str, ...]:
        """Compare the record with the settings and sources of a request.

        Args:
            settings: requested settings.
            sources: requested source files by role; not compared if None.

        Returns:
            A phrase such as "broadening: 0.5 in the database, 0.3 requested" for each difference.
        """
        found, requested = self.settings.to_json(), settings.to_json()
        if sources is not None:
            found["source"], requested["source"] = dict(self.sources), dict(sources)
        return tuple(
            f"{name}: {describe_value(found[name])} in the database, {describe_value(requested[name])} requested"
            for name in requested
            if found[name] != requested[name]
        )


def same_scale(one: float, other: float) -> bool:
    """Return whether two intensity scales are the same, within their rounding in messages."""
    return math.isclose(one, other, rel_tol=1e-4)


def describe_value(value: object) -> str:
    """Return a value of a record as text; of many values, their number and range."""
    if isinstance(value, list) and len(value) > 8:
        return f"{len(value)} values from {value[0]} to {value[-1]}"
    if isinstance(value, dict) and any(isinstance(part, SourceFile) for part in value.values()):
        return ", ".join(file.describe(8) for file in value.values())
    return str(value)
