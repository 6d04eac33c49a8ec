"""Calculations of many molecules, which can be interrupted and continued."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np
from ase import Atoms

from schnetpack_isd.data.sources import StickSpectrum, write_sticks
from schnetpack_isd.utils.files import atomic_write, check_not_input, check_output, process_lock
from schnetpack_isd.utils.parallel import ONE_THREAD, new_environment
from schnetpack_isd.utils.progress import show_progress

from .checks import check_molecule, check_site
from .geometry import structure_from_smiles
from .recipe import ABSORBERS, RECIPE, Recipe
from .site import calculate_site
from .site_store import SiteStore
from .sites import unique_sites
from .structure_file import write_structures

__all__ = ["calculate_spectra", "structures_path"]

Item = TypeVar("Item")


@dataclass(frozen=True)
class SiteTask:
    """A site to be calculated.

    Attributes:
        number: id of the molecule.
        atoms: its structure.
        atom: index of the excited atom.
        multiplicity: number of equivalent atoms.
    """

    number: int
    atoms: Atoms
    atom: int
    multiplicity: int


def calculate_spectra(
    molecules: Iterable[Atoms | str],
    output: str | os.PathLike[str],
    *,
    element: str = "C",
    sites: Sequence[int] | None = None,
    workers: int = 1,
    memory: float | None = None,
    recipe: Recipe = RECIPE,
    overwrite: bool = False,
    progress: bool = True,
) -> dict[str, str]:
    """Calculate the stick spectra of all symmetry-unique absorbing atoms of molecules, and write them to a file.

    Beside the file, an extended XYZ file with the structures is written. Both are what `spkisd convert` reads. Until
    all sites are finished, they are in a folder beside it (``OUTPUT.sites``). After an interruption, the same call goes
    on with the others. The folder stays if there are failures.

    Args:
        molecules: structures, with their charge in ``info["charge"]``, or SMILES. Their ids are ``info["id"]`` if all
            have one, else numbers from 0.
        output: HDF5 file to write, in the layout of :class:`~schnetpack_isd.data.sources.StickFile`.
        element: symbol of the absorbing element: C, N, O or F.
        sites: indices of the atoms to calculate in each molecule, which then stand for themselves; all unique ones if
            None.
        workers: number of processes, with one thread each.
        memory: memory in MB for all workers together; 4000 for each if None.
        recipe: level of theory.
        overwrite: replace an output that exists.
        progress: show a progress bar.

    Returns:
        The molecules that are not in the file, each with the reason: calculations that did not converge, SMILES without
        a geometry, molecules without the element.

    Raises:
        FileExistsError: the output exists.
        OSError: the disk is full, or a worker was killed. Finished sites are kept.
        ValueError: a structure or a site cannot be calculated, or no molecule was.
    """
    path = Path(output)
    check_not_input(structures_path(path), (), [path])
    check_output(path, overwrite)
    check_output(structures_path(path), overwrite)
    if element not in ABSORBERS:
        raise ValueError(f"`element` must be one of {', '.join(ABSORBERS)}, not {element!r}.")
    if workers < 1:
        raise ValueError(f"`workers` must be at least 1, not {workers}.")
    entries = _with_ids(molecules)
    level = recipe.describe(element) | {"software": _software()}
    if all(isinstance(entry, str) for entry in entries.values()):
        level["level_of_theory"] += "; geometries GFN2-xTB"
    with process_lock(path):
        store = SiteStore.create(path.with_name(f"{path.name}.sites"), level)
        failures: dict[int, str] = {}
        run = partial(_in_parallel, workers=workers, progress=progress)
        try:
            structures = _structures(entries, store, run, failures)
            tasks = _tasks(structures, element, sites, failures)
            job = partial(_calculate, folder=store.folder, recipe=recipe, memory=memory and memory / workers)
            missing = [task for task in tasks if not store.has_site(task.number, task.atom)]
            for task, reason in run(job, missing, "calculating", unit="site"):
                if reason:
                    failures.setdefault(task.number, f"site {task.atom}: {reason}")
            finished = {number: atoms for number, atoms in structures.items() if number not in failures}
            if not finished:
                names = "; ".join(f"{_name(number, entries[number])}: {reason}" for number, reason in failures.items())
                raise ValueError(f"No molecule could be calculated: {names}.")
        except ValueError:
            if not store.has_sites():  # there is nothing to go on with
                shutil.rmtree(store.folder)
            raise
        _write(path, store, finished, tasks, level)
        if not failures:
            shutil.rmtree(store.folder)
    return {_name(number, entries[number]): reason for number, reason in failures.items()}


def structures_path(output: str | os.PathLike[str]) -> Path:
    """Return the path of the structures that belong to a file of spectra."""
    return Path(output).with_suffix(".extxyz")


def _with_ids(molecules: Iterable[Atoms | str]) -> dict[int, Atoms | str]:
    found = list(molecules)
    if not found:
        raise ValueError("There is no molecule to calculate.")
    ids = [None if isinstance(entry, str) else entry.info.get("id") for entry in found]
    numbers = [int(number) for number in ids if isinstance(number, int | np.integer)]  # ASE reads NumPy's integers
    if len(numbers) == len(found):
        if len(set(numbers)) < len(numbers):
            raise ValueError("Two structures have the same `id`.")
        return dict(zip(numbers, found, strict=True))
    return dict(enumerate(found))


def _name(number: int, entry: Atoms | str) -> str:
    return f"{number} ({entry if isinstance(entry, str) else entry.symbols.get_chemical_formula()})"


def _structures(
    entries: dict[int, Atoms | str], store: SiteStore, run: Callable[..., Iterator], failures: dict[int, str]
) -> dict[int, Atoms]:
    """Return the checked structures, and keep them."""
    given = {number: entry for number, entry in entries.items() if isinstance(entry, Atoms)}
    for number, atoms in given.items():
        try:
            check_molecule(atoms, atoms.info.get("charge", 0))
        except ValueError as error:
            raise ValueError(f"Structure {_name(number, atoms)}: {error}.") from error
        store.put_structure(number, atoms)
    smiles = [(number, entry) for number, entry in entries.items() if isinstance(entry, str)]
    missing = [
        pair for pair in smiles if (known := store.structure(pair[0])) is None or known.info.get("smiles") != pair[1]
    ]
    for (number, _), reason in run(partial(_relax, folder=store.folder), missing, "geometries", unit="molecule"):
        if reason:
            failures[number] = reason
    relaxed = {number: store.structure(number) for number, _ in smiles if number not in failures}
    return dict(sorted((given | {number: atoms for number, atoms in relaxed.items() if atoms is not None}).items()))


def _tasks(
    structures: dict[int, Atoms], element: str, sites: Sequence[int] | None, failures: dict[int, str]
) -> list[SiteTask]:
    """Return the sites to calculate, and note molecules without any."""
    tasks = []
    for number, atoms in structures.items():
        unique = dict(unique_sites(atoms, element))
        for atom in unique if sites is None else sites:
            try:
                check_site(atoms, atom)
            except ValueError as error:
                raise ValueError(f"Structure {_name(number, atoms)}: {error}.") from error
            if atoms.symbols[atom] != element:
                raise ValueError(
                    f"Structure {_name(number, atoms)}: atom {atom} is {atoms.symbols[atom]}, not {element}."
                )
            tasks.append(SiteTask(number, atoms, atom, unique[atom] if sites is None else 1))
        if not unique:
            failures[number] = f"there is no {element} atom"
    return tasks


def _in_parallel(
    job: Callable[[Item], str | None], items: Sequence[Item], what: str, unit: str, workers: int, progress: bool
) -> Iterator[tuple[Item, str | None]]:
    """Yield each item with the message of its error, or None, as they are finished."""
    if workers == 1:
        _use_one_thread()
        for item in show_progress(items, what, progress, unit=unit):
            yield item, job(item)
        return
    context = multiprocessing.get_context("spawn")
    with new_environment(ONE_THREAD), ProcessPoolExecutor(workers, context, initializer=_start_worker) as pool:
        futures: dict[Future, Item] = {pool.submit(job, item): item for item in items}
        try:
            for future in show_progress(as_completed(futures), what, progress, total=len(items), unit=unit):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise OSError(
                "A worker was killed, perhaps for want of memory. What is finished is kept: run the same again, with "
                "fewer workers or less memory."
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: running sites are finished and kept
    _use_one_thread()


def _use_one_thread() -> None:
    from pyscf import lib

    lib.num_threads(1)


def _relax(item: tuple[int, str], folder: Path) -> str | None:
    """Make a geometry and keep it; return the message of an error."""
    number, smiles = item
    try:
        atoms = structure_from_smiles(smiles)
    except ValueError as error:
        return str(error).rstrip(".")
    SiteStore(folder).put_structure(number, atoms)
    return None


def _calculate(task: SiteTask, folder: Path, recipe: Recipe, memory: float | None) -> str | None:
    """Calculate a site and keep it; return the message of an error."""
    try:
        charge = task.atoms.info.get("charge", 0)
        site = calculate_site(task.atoms, task.atom, task.multiplicity, charge, recipe, memory)
    except (ValueError, ArithmeticError, RuntimeError, MemoryError) as error:
        return str(error) or type(error).__name__
    SiteStore(folder).put_site(task.number, site)
    return None


def _write(
    path: Path, store: SiteStore, structures: dict[int, Atoms], tasks: Sequence[SiteTask], level: dict[str, str]
) -> None:
    """Write the file of spectra and the file of structures."""
    sites: dict[int, list[StickSpectrum]] = {number: [] for number in structures}
    for task in tasks:
        if task.number in sites:
            sites[task.number].append(store.site(task.number, task.atom))
    frames = []
    for number, atoms in structures.items():
        info = {"id": number} | {key: atoms.info[key] for key in ("smiles", "charge") if key in atoms.info}
        frames.append(Atoms(atoms.numbers, atoms.positions, info=info))
    with atomic_write(structures_path(path)) as temporary:
        write_structures(temporary, frames)
    with atomic_write(path) as temporary:
        write_sticks(temporary, sites.items(), level)


def _software() -> str:
    """Return names and versions of the packages that calculate spectra and geometries."""
    names = ("pyscf", "rdkit", "tblite", "ase")
    return ", ".join(f"{name} {version(name)}" for name in names if find_spec(name))
