"""Prediction of the spectra of a database's sites, beside the calculated ones."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

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
from schnetpack_isd.spectra import project, sphere_quadrature
from schnetpack_isd.transform import FixedDirections, MoleculeNeighborList
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.vectors import CARTESIAN, about_axis

from .errors import Evaluation
from .unexplained import VarianceShares, sphere_mean_square, variance_of

__all__ = ["check_model", "evaluate", "evaluate_rotated", "evaluate_sphere", "mean_spectrum"]

SPHERE_DEGREE = 7
"""Degree of the quadrature of errors over all directions: 13 directions."""


def check_model(model: SpectrumModel, datapath: str | os.PathLike[str]) -> None:
    """Check that a model predicts spectra like those of a database, on any intensity scale.

    Raises:
        ValueError: the energy axis differs; the message names both.

    Warns:
        UserWarning: see :meth:`~schnetpack_isd.atomistic.SpectrumHead.check_metadata`.
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
    batches = show_progress(
        _batches(model, datapath, rows, transforms, batch_size), "evaluating", progress, unit="batches"
    )
    with torch.no_grad():
        parts = [_evaluate_batch(model, batch, device) for batch in batches]
    columns: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns["predicted"] *= _relative_scale(model, datapath)
    return Evaluation(energies=model.head.energies.cpu().numpy(), **columns)


def _batches(
    model: SpectrumModel,
    datapath: str | os.PathLike[str],
    rows: Sequence[int] | None,
    transforms: Sequence[Transform],
    batch_size: int,
) -> AtomsLoader:
    """Return a loader of rows of a database for a model, which is set to evaluate."""
    dataset = open_database(datapath)
    chosen = [int(row) for row in (range(len(dataset)) if rows is None else rows)]
    if not chosen:
        raise ValueError(f"There are no rows of {datapath} to evaluate.")
    subset = dataset.subset(chosen)
    subset.transforms = [*transforms, MoleculeNeighborList(cutoff=model.cutoff), CastTo32()]
    model.module.eval()
    return AtomsLoader(RowReader(subset), batch_size)


def _relative_scale(model: SpectrumModel, datapath: str | os.PathLike[str]) -> float:
    """Return the factor from intensities on the scale of a model to those on the scale of a database."""
    database_scale = DatabaseMetadata.read(open_database(datapath)).intensity_scale
    return float(model.head.intensity_scale.item() / database_scale)


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
    if properties.ionization_energy in batch:
        columns["ionization_energy"] = batch[properties.ionization_energy]
    return {name: tensor.cpu().numpy() for name, tensor in columns.items()}


def evaluate_sphere(
    model: ModelSource | SpectrumModel,
    datapath: str | os.PathLike[str],
    rows: Sequence[int] | None = None,
    *,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    degree: int = SPHERE_DEGREE,
    progress: bool = True,
) -> VarianceShares:
    """Compare a model with the tensors of a database, averaged over all directions.

    The variance of the calculated spectra is exact; see :func:`~schnetpack_isd.evaluation.sphere_mean_square`. The
    errors of the model are averaged with Lebedev's quadrature. From degree 5 it is exact for spectra that are quadratic
    in the direction. For :class:`~schnetpack_isd.representation.ISDPaiNN` trained on the bundled spectra, the share of
    the variance with degree 7 differs from that with degree 17 by 0.2 % of its value, and by at most 1 % in a fifth of
    the axis.

    Args:
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        datapath: converted database with tensors.
        rows: row numbers, from 0; all rows if not given.
        device: device to run on.
        batch_size: number of molecules in a batch along three directions; along more, batches are smaller.
        degree: degree of the quadrature; see :func:`~schnetpack_isd.spectra.sphere_quadrature`.
        progress: show a progress bar.

    Returns:
        Squared errors and variance, on the scale of the database.

    Raises:
        FileNotFoundError: there is no such model.
        ValueError: the database or the model cannot be read, the database has no tensors, there are no rows, or the
            energy axis of the model differs from the database's.
    """
    model = load_spectrum_model(model, device)
    check_model(model, datapath)
    _check_tensors(datapath)
    n_directions = len(sphere_quadrature(degree)[0])
    loader = _batches(model, datapath, rows, (), max(1, len(CARTESIAN) * batch_size // n_directions))
    batches = show_progress(loader, "evaluating all directions", progress, unit="batches")
    scale = _relative_scale(model, datapath)
    with torch.no_grad():
        parts = [_evaluate_batch_on_sphere(model, batch, degree, scale, device) for batch in batches]
    errors, squares, spectra = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return VarianceShares(errors, variance_of(squares.mean(axis=0), spectra.mean(axis=0)))


def _check_tensors(datapath: str | os.PathLike[str]) -> None:
    if not DatabaseMetadata.read(open_database(datapath)).settings.tensor:
        raise ValueError(
            f"{datapath} has no tensors, which averages over all directions need: convert stick spectra with "
            "transition dipoles and `--tensor`."
        )


def _evaluate_batch_on_sphere(
    model: SpectrumModel, batch: Mapping[str, Tensor], degree: int, scale: float, device: str | torch.device
) -> tuple[NDArray, NDArray, NDArray]:
    """Average a batch over all directions.

    Returns:
        Squared errors, squares of the calculated spectra, and calculated spectra, each (n_sites, n_energies).
    """
    directions, weights = sphere_quadrature(degree)
    tensor = batch[properties.spectrum_tensor].double().cpu().numpy()
    errors = scale * _predict_along(model, batch, directions, device) - project(tensor, directions)
    isotropic = tensor[:, :3].mean(axis=1)
    return np.einsum("sde,d->se", errors**2, weights), sphere_mean_square(tensor), isotropic


def _predict_along(
    model: SpectrumModel, batch: Mapping[str, Tensor], directions: NDArray, device: str | torch.device
) -> NDArray:
    """Predict the spectra (n_sites, n_directions, n_energies) of a batch along one set of directions."""
    there = {key: value.to(device) for key, value in batch.items()}
    given = there[properties.direction]
    chosen = torch.as_tensor(directions, dtype=given.dtype, device=given.device)
    results = model.module({**there, properties.direction: chosen.expand(len(given), -1, -1)})
    return np.asarray(results[properties.spectrum].cpu().numpy())


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
