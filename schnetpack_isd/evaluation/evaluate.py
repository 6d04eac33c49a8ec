"""Prediction of the spectra of a database's sites, beside the calculated ones."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import ArrayLike, NDArray
from schnetpack.data import ASEAtomsData, AtomsLoader
from schnetpack.transform import CastTo32, Transform
from torch import Tensor

from schnetpack_isd import properties
from schnetpack_isd.data import RowReader
from schnetpack_isd.metadata import DatabaseMetadata, open_database
from schnetpack_isd.models import ModelSource, SpectrumModel, load_spectrum_model
from schnetpack_isd.transform import FixedDirections, MoleculeNeighborList
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.vectors import CARTESIAN, about_axis

from .errors import Evaluation

__all__ = ["check_model", "evaluate", "evaluate_rotated", "mean_spectrum"]


def check_model(model: SpectrumModel, datapath: str | os.PathLike[str]) -> None:
    """Check that a model predicts spectra like those of a database, on any intensity scale.

    Raises:
        ValueError: the energy axis differs; the message names both.

    Warns:
        UserWarning: see :meth:`~schnetpack_isd.atomistic.SiteSpectrum.check_metadata`.
    """
    metadata = DatabaseMetadata.read(open_database(datapath))
    model.head.check_metadata(metadata, str(datapath), f"the model {model.name}", any_scale=True)


def evaluate(
    model: ModelSource | SpectrumModel,
    datapath: str | os.PathLike[str],
    rows: Sequence[int] | None = None,
    transforms: Sequence[Transform] = (),
    *,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> Evaluation:
    """Predict the spectra of a database's sites, beside the calculated ones, both on the scale of the database.

    Args:
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        datapath: converted database.
        rows: row numbers, from 0, as in a split file; all rows if not given.
        transforms: transforms to apply to each row first, for example
            :class:`~schnetpack_isd.transform.RandomDirections`.
        device: device to run on.
        batch_size: number of molecules in a batch.
        progress: show a progress bar.

    Returns:
        Calculated and predicted spectra, in the order of the rows.

    Raises:
        FileNotFoundError: there is no such model.
        ValueError: the database or the model cannot be read, there are no rows, or the energy axis of the model differs
            from the database's.
    """
    model = load_spectrum_model(model, device)
    check_model(model, datapath)
    dataset = open_database(datapath)
    chosen = [int(row) for row in (range(len(dataset)) if rows is None else rows)]
    if not chosen:
        raise ValueError(f"There are no rows of {datapath} to evaluate.")
    subset = dataset.subset(chosen)
    subset.transforms = [*transforms, MoleculeNeighborList(cutoff=model.cutoff), CastTo32()]
    model.module.eval()
    with torch.no_grad():
        batches = show_progress(AtomsLoader(RowReader(subset), batch_size), "evaluating", progress, unit="batches")
        parts = [_evaluate_batch(model, batch, device) for batch in batches]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    database_scale = DatabaseMetadata.read(dataset).intensity_scale
    columns["predicted"] *= model.head.intensity_scale.item() / database_scale
    return Evaluation(energies=model.head.energies.cpu().numpy(), **columns)


def _evaluate_batch(
    model: SpectrumModel, batch: Mapping[str, Tensor], device: str | torch.device
) -> dict[str, NDArray]:
    """Predict the spectra of a batch; return the attributes of :class:`Evaluation` that have a row for each site."""
    results = model.module({key: value.to(device) for key, value in batch.items()})
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
    model: ModelSource | SpectrumModel,
    datapath: str | os.PathLike[str],
    row: int,
    angles: ArrayLike,
    *,
    device: str | torch.device = "cpu",
) -> dict[str, Evaluation]:
    """Predict the spectra of a molecule along directions rotated about x, about y and about z.

    Args:
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        datapath: database with tensors, which give the exact spectra.
        row: row number of the molecule, from 0.
        angles: (n_angles,) angles in degrees.
        device: device to run on.

    Returns:
        Spectra along the directions of :func:`~schnetpack_isd.vectors.about_axis`, by the name of the axis.
    """
    model = load_spectrum_model(model, device)
    return {
        name: evaluate(
            model, datapath, [row], [FixedDirections(about_axis(axis, angles))], device=device, progress=False
        )
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
