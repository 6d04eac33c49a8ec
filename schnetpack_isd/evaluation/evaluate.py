"""Prediction of the spectra that a database holds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData, AtomsLoader
from schnetpack.transform import CastTo32, Transform
from torch import Tensor, nn
from tqdm import tqdm

from schnetpack_isd import properties
from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.data import RowReader
from schnetpack_isd.metadata import DatabaseMetadata, open_database
from schnetpack_isd.transform import FixedDirections, MoleculeNeighborList
from schnetpack_isd.vectors import CARTESIAN, about_axis

from .errors import Evaluation

__all__ = ["evaluate", "evaluate_rotated", "mean_spectrum"]


def evaluate(
    model: nn.Module,
    datapath: str | os.PathLike[str],
    rows: Sequence[int] | None = None,
    transforms: Sequence[Transform] = (),
    batch_size: int = 32,
    progress: bool = True,
) -> Evaluation:
    """Predict the spectra that a database holds.

    Args:
        model: model with a :class:`~schnetpack_isd.atomistic.SiteSpectrum`, on the device to run on.
        datapath: converted database.
        rows: row numbers, from 0, as in a split file; all rows if not given.
        transforms: transforms to apply to each row first, for example
            :class:`~schnetpack_isd.transform.RandomDirections`.
        batch_size: number of molecules in a batch.
        progress: show a progress bar.

    Returns:
        Calculated and predicted spectra, in the order of the rows.

    Raises:
        ValueError: the database cannot be read, there are no rows, the model predicts no spectrum, or its energy axis
            or intensity scale differs from the database's.
    """
    head = spectrum_head(model)
    dataset = open_database(datapath)
    head.check_metadata(DatabaseMetadata.read(dataset), str(datapath))
    cutoff = float(model.representation.cutoff)  # type: ignore[union-attr, arg-type]
    chosen = [int(row) for row in (range(len(dataset)) if rows is None else rows)]
    if not chosen:
        raise ValueError(f"There are no rows of {datapath} to evaluate.")
    subset = dataset.subset(chosen)
    subset.transforms = [*transforms, MoleculeNeighborList(cutoff=cutoff), CastTo32()]
    model.eval()
    with torch.no_grad():
        batches = tqdm(AtomsLoader(RowReader(subset), batch_size), "predicting spectra", disable=not progress)
        parts = [_evaluate_batch(model, batch, head.energies.device) for batch in batches]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Evaluation(energies=head.energies.cpu().numpy(), **columns)


def _evaluate_batch(model: nn.Module, batch: Mapping[str, Tensor], device: torch.device) -> dict[str, NDArray]:
    """Predict the spectra of a batch; return the attributes of :class:`Evaluation` that have a row for each site."""
    results = model({key: value.to(device) for key, value in batch.items()})
    n_sites = torch.bincount(batch[structure.idx_m], batch[properties.site_mask]).long()
    columns = {
        "molecule_id": batch[properties.molecule_id].long().repeat_interleave(n_sites, dim=0),
        "site_atom": results[properties.site_atom],
        "multiplicity": batch[properties.multiplicity],
        "directions": batch[properties.direction].repeat_interleave(n_sites, dim=0),
        "calculated": batch[properties.spectrum],
        "predicted": results[properties.spectrum],
    }
    return {name: tensor.cpu().numpy() for name, tensor in columns.items()}


def evaluate_rotated(
    model: nn.Module, datapath: str | os.PathLike[str], row: int, n_angles: int = 37
) -> dict[str, Evaluation]:
    """Predict the spectra of a molecule along directions that turn about x, y and z.

    Args:
        model: the model.
        datapath: database with tensors, which give the exact spectra.
        row: row number of the molecule, from 0.
        n_angles: number of angles, from 0 to 180 degrees in equal steps.

    Returns:
        Spectra along the directions of :func:`~schnetpack_isd.vectors.about_axis`, by the name of the axis.
    """
    angles = np.linspace(0, 180, n_angles)
    return {
        name: evaluate(model, datapath, [row], [FixedDirections(about_axis(axis, angles))], progress=False)
        for name, axis in zip("xyz", CARTESIAN, strict=True)
    }


def mean_spectrum(datapath: str | os.PathLike[str], rows: Sequence[int]) -> NDArray:
    """Return the mean of all spectra of some molecules, a baseline for models.

    Args:
        datapath: converted database.
        rows: row numbers, from 0; for a baseline, those of the training part.

    Returns:
        (n_energies,) mean spectrum.

    Raises:
        ValueError: there are no rows.
    """
    if len(rows) == 0:
        raise ValueError("A mean spectrum needs at least one row.")
    dataset = ASEAtomsData(str(datapath), load_properties=[properties.spectrum], load_structure=False)
    reader = RowReader(dataset.subset([int(row) for row in rows]))
    total, number = torch.zeros((), dtype=torch.float64), 0
    for index in range(len(reader)):
        spectra = reader[index][properties.spectrum].flatten(end_dim=1).double()
        total, number = total + spectra.sum(dim=0), number + len(spectra)
    return (total / number).numpy()
