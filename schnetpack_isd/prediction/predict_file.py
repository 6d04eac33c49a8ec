"""From a file of structures to a file of spectra."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.io import iread
from pooch import file_hash
from tqdm import tqdm

from schnetpack_isd import __version__
from schnetpack_isd.directions import Direction
from schnetpack_isd.utils.files import one_at_a_time, refuse_existing, written_aside

from .export import ENDINGS, export
from .predictor import SpectrumPredictor
from .store import MOLECULE, Row, SpectrumStore, StoreWriter
from .structure_spectra import StructureSpectra

__all__ = ["describe_model", "merge", "output_file", "predict_into", "read_structures"]

Frame = tuple[int, Atoms]


def read_structures(path: str | os.PathLike, shard: tuple[int, int] = (1, 1)) -> Iterator[Frame]:
    """Read the structures of a file that ASE can read, one at a time.

    Args:
        path: the file.
        shard: (i, n) takes the i-th of n parts, every n-th structure.

    Yields:
        Numbers, from 0, and structures.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, or holds no structure.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file.")
    part, n_parts = shard
    number = -1
    frames = iread(path, index=":", do_not_split_by_at_sign=True)
    while True:
        try:
            atoms = next(frames)
        except StopIteration:
            break
        except Exception as error:  # whatever ASE's readers raise
            raise ValueError(f"{path}: structure {number + 1} cannot be read by ASE ({error!r}).") from error
        number += 1
        if number % n_parts == part - 1:
            yield number, atoms
    if number < 0:
        raise ValueError(f"{path} holds no structure.")


def describe_model(path: str | os.PathLike, predictor: SpectrumPredictor, energy_shift: float) -> dict[str, Any]:
    """What a file of predicted spectra says of the model and the axes."""
    return {
        "program": f"schnetpack-isd {__version__}",
        "model": str(path),
        "model_sha256": file_hash(str(path)),
        "absorbing_element": predictor.absorbing_element,
        "intensity": predictor.intensity,
        "intensity_unit": "arb. unit",
        "intensity_scale": predictor.intensity_scale,
        "energy_unit": "eV",
        "energy_shift": energy_shift,
        "sigma": predictor.head.sigma or "not recorded",
        "level_of_theory": predictor.head.level_of_theory or "not recorded",
    }


def describe_request(
    structures: str | os.PathLike, directions: Mapping[str, Direction], isotropic: bool, sites: bool
) -> dict[str, Any]:
    """What a file of predicted spectra says of what was asked for."""
    if not Path(structures).is_file():
        raise FileNotFoundError(f"{structures}: no such file.")
    return {
        "structures": str(structures),
        "structures_sha256": file_hash(str(structures)),
        "labels": "; ".join([*directions, *(["isotropic"] if isotropic else [])]),
        "sites": "yes" if sites else "no",
    }


@contextmanager
def output_file(path: str | os.PathLike, overwrite: bool = False) -> Iterator[Path]:
    """A store to write to, which becomes the output in the format of its ending when it is whole.

    Args:
        path: file to make, ending in one of :data:`~schnetpack_isd.prediction.export.ENDINGS`.
        overwrite: replace one that exists.

    Yields:
        Path for a :class:`~schnetpack_isd.prediction.store.StoreWriter`.

    Raises:
        FileExistsError: the output exists and is not to be overwritten.
        ValueError: the ending is another.
    """
    path = Path(path)
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path}: the name must end in one of {', '.join(ENDINGS)}, which chooses the format.")
    with one_at_a_time(path):
        _check_replaceable(path, overwrite)
        with written_aside(path) as aside:
            store_path = aside.with_name("store.hdf5")
            yield store_path
            with SpectrumStore(store_path) as store:
                export(store, aside)
            if path.is_dir() or (path.exists() and aside.is_dir()):
                path.rename(aside.with_name("replaced"))


def _check_replaceable(path: Path, overwrite: bool) -> None:
    refuse_existing(path, overwrite)
    if path.is_dir() and not all(_is_ours(entry) for entry in path.iterdir()):
        raise FileExistsError(f"{path} is a folder with other files than predicted spectra; it is not replaced.")


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline().startswith(b"# XDI/1.0 schnetpack_isd/")


def predict_into(
    writer: StoreWriter,
    predictor: SpectrumPredictor,
    frames: Iterable[Frame],
    directions: Mapping[str, Direction],
    isotropic: bool = False,
    sites: bool = False,
    progress: bool = True,
) -> None:
    """Predict spectra and store them, a batch at a time.

    Args:
        writer: where to.
        predictor: the model.
        frames: numbers and structures.
        directions: directions by their labels.
        isotropic: also isotropic spectra.
        sites: also the spectra of the sites, beside the molecular ones.
        progress: show a progress bar.

    Raises:
        ValueError: a structure is not one for the model; see :meth:`SpectrumPredictor.predict`.
    """
    predicted = predictor.predict_frames(frames, list(directions.values()), isotropic)
    for (number, atoms), spectra in tqdm(predicted, "predicting spectra", unit=" structures", disable=not progress):
        formula = atoms.symbols.get_chemical_formula()
        writer.write(list(_rows(number, formula, spectra, list(directions), sites)))


def _rows(number: int, formula: str, spectra: StructureSpectra, labels: Sequence[str], sites: bool) -> Iterator[Row]:
    nothing = np.full(3, np.nan)
    for label, direction, spectrum in zip(labels, spectra.direction, spectra.molecular_spectrum, strict=True):
        yield Row(number, formula, MOLECULE, label, direction, np.nan, spectrum)
    if spectra.isotropic_spectrum is not None:
        average, error = spectra.isotropic_molecular_spectrum, spectra.isotropic_molecular_error
        yield Row(number, formula, MOLECULE, "isotropic", nothing, error, average)
    for site, atom in enumerate(spectra.site_atom if sites else ()):
        for label, direction, spectrum in zip(labels, spectra.direction, spectra.spectrum[site], strict=True):
            yield Row(number, formula, int(atom), label, direction, np.nan, spectrum)
        if spectra.isotropic_spectrum is not None:
            average, error = spectra.isotropic_spectrum[site], spectra.isotropic_error[site]
            yield Row(number, formula, int(atom), "isotropic", nothing, float(error), average)


def merge(parts: Sequence[str | os.PathLike], store_path: Path, progress: bool = True) -> None:
    """Join the parts of a prediction, in the order of the structures.

    Args:
        parts: HDF5 files that `spkisd predict --shard` made.
        store_path: store to write.
        progress: show a progress bar.

    Raises:
        FileNotFoundError: a part does not exist.
        ValueError: a file is not such a part, they are not parts of the same prediction, or some are missing.
    """
    with ExitStack() as stack:
        stores = [stack.enter_context(SpectrumStore(part)) for part in parts]
        attributes = _common(stores)
        with StoreWriter(store_path, stores[0].energies, attributes) as writer:
            rows = heapq.merge(*(store.rows() for store in stores), key=lambda row: row.structure)
            for row in tqdm(rows, "merging", sum(map(len, stores)), unit=" spectra", disable=not progress):
                writer.write([row])


def _common(stores: Sequence[SpectrumStore]) -> dict[str, Any]:
    shards = [store.attributes.get("shard", "1/1") for store in stores]
    first = {**stores[0].attributes, "shard": ""}
    for store in stores:
        for key, value in store.attributes.items():
            if key not in ("shard", "model", "structures") and first.get(key) != value:
                raise ValueError(
                    f"{store.path} is not of the same prediction as {stores[0].path}: its {key} is {value}, not "
                    f"{first.get(key)}."
                )
        if not np.array_equal(store.energies, stores[0].energies):
            raise ValueError(f"{store.path} is on another energy axis than {stores[0].path}.")
    if len(stores) > 1 and not any("shard" in store.attributes for store in stores):
        raise ValueError("The files are no parts of a prediction: they were not made with --shard.")
    n_parts = int(shards[0].split("/")[1])
    expected = [f"{part}/{n_parts}" for part in range(1, n_parts + 1)]
    if sorted(shards) != sorted(expected):
        raise ValueError(f"The parts {', '.join(expected)} were expected, not {', '.join(sorted(shards))}.")
    del first["shard"]
    return first
