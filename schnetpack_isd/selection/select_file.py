"""Choice of structures from files."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from ase import Atoms

from schnetpack_isd.dft.structure_file import write_structures
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.files import atomic_write, process_lock, refuse_existing

from .pool import read_pool
from .ranking import SelectedStructure, select_from_pool
from .request import SelectionRequest

__all__ = ["SCORE_KEY", "select_file"]

SCORE_KEY = "selection_score"
"""Key of the score in the `info` of chosen structures."""


def select_file(
    request: SelectionRequest,
    output: str | os.PathLike[str],
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    *,
    overwrite: bool = False,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> list[SelectedStructure]:
    """Choose structures from files, and write them in order of choice, as extended XYZ; or SMILES, as SMILES.

    A file of structures has their elements, positions, cell and `info`, with the score as ``selection_score``. In a
    file of SMILES, the score follows each of them. It is that of the geometry of a force field, which is not written:
    `spkisd calculate` makes a better one.

    Args:
        request: the files, and the number of structures to choose.
        output: file to write: .extxyz or .xyz, or .smi for SMILES.
        model: a calibrated ensemble; see :func:`~schnetpack_isd.selection.select_structures`.
        overwrite: replace an output that exists.
        device: device to run on.
        batch_size: number of structures in a batch.
        progress: show a progress bar.

    Returns:
        The chosen structures, in order of choice.

    Raises:
        FileExistsError: the output exists and must not be overwritten.
        FileNotFoundError: the structures, the model or the folder of the output do not exist.
        ValueError: the output is an input or has another ending, the model is not a calibrated ensemble, or there are
            fewer structures that it can predict.

    Warns:
        UserWarning: structures that cannot be read or predicted were left out.
    """
    request.check_files(model, output, overwrite)
    chosen = select_from_pool(
        read_pool(request), request.number, model, device=device, batch_size=batch_size, progress=progress
    )
    path = Path(output)
    with process_lock(path):
        refuse_existing(path, overwrite)
        with atomic_write(path) as temporary:
            if request.is_smiles:
                lines = [f"{found.atoms.info['smiles']} {SCORE_KEY}={found.score:.6g}\n" for found in chosen]
                temporary.write_text("".join(lines), encoding="utf-8")
            else:
                write_structures(temporary, map(_with_score, chosen))
    return chosen


def _with_score(chosen: SelectedStructure) -> Atoms:
    atoms = chosen.atoms.copy()
    atoms.info[SCORE_KEY] = float(f"{chosen.score:.6g}")
    return atoms
