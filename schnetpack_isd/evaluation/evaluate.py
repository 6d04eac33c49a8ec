"""Prediction of the spectra of a database's sites, beside the calculated ones."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import ArrayLike, NDArray
from schnetpack.data import AtomsLoader
from schnetpack.transform import CastTo32, Transform
from torch import Tensor

from schnetpack_isd import properties
from schnetpack_isd.data import RowReader, open_database
from schnetpack_isd.data.stored_rows import molecule_ids
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.models import ModelSource, SpectrumModel, load_spectrum_model
from schnetpack_isd.nn.tensors import as_components
from schnetpack_isd.spectra import project, sphere_mean_square, sphere_quadrature
from schnetpack_isd.transform import FixedDirections, MoleculeNeighborList
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.vectors import CARTESIAN, about_axis

from .errors import Evaluation
from .molecules import join_molecules, molecular_errors
from .uncertainty import PredictedUncertainty
from .unexplained import VarianceShares, variance_of

__all__ = [
    "check_model",
    "evaluate",
    "evaluate_rotated",
    "evaluate_sphere",
    "mean_spectrum",
    "warn_of_training_molecules",
]

SPHERE_DEGREE = 7
"""Degree of the quadrature of errors over all directions: 13 directions."""

SphereAverages: TypeAlias = tuple[NDArray, NDArray, NDArray]
"""Squared errors, squares of the calculated spectra, and calculated spectra, each (n_sites, n_energies)."""


def check_model(model: SpectrumModel, datapath: str | os.PathLike[str]) -> None:
    """Check that a model predicts spectra like those of a database, on any intensity scale.

    Raises:
        ValueError: the energy axis differs; the message names both.

    Warns:
        UserWarning: see :meth:`~schnetpack_isd.atomistic.SpectrumHead.check_metadata`.
    """
    metadata = DatabaseMetadata.read(open_database(datapath))
    model.head.check_metadata(metadata, str(datapath), f"the model {model.name}", any_scale=True)


def warn_of_training_molecules(model: SpectrumModel, datapath: str | os.PathLike[str], rows: Sequence[int]) -> None:
    """Check that a model, as far as it knows, was not trained on the molecules in rows of a database.

    Warns:
        UserWarning: it was trained on some of them.
    """
    trained_on, sources = model.training_ids, model.head.sources
    structures = DatabaseMetadata.read(open_database(datapath)).sources.get("structures")
    if trained_on is None or sources is None or structures is None:
        return
    if not structures.shares_files(sources.get("structures")):
        return
    ids = molecule_ids(datapath)
    if seen := trained_on & {ids[row] for row in rows}:
        warnings.warn(
            f"{len(seen)} of the {len(rows)} molecules to evaluate are among those that {model.name} was trained on; "
            "its errors on other molecules are larger.",
            stacklevel=3,
        )


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

    If both the model and the database have tensors, errors and variance over all directions come with the spectra, for
    `transforms` that keep the tensors.

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
    scale = _relative_scale(model, datapath)
    parts, on_sphere, molecules = [], [], []
    with torch.no_grad():
        for batch in batches:
            results = _predict(model, batch, device)
            parts.append(_compare(batch, results, scale))
            molecules.append(molecular_errors(batch, results, scale))
            if model.head.predicts_tensors and properties.spectrum_tensor in batch:
                on_sphere.append(_compare_tensors(batch, results, scale))
    columns: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    stds = {name: columns.pop(name) for name in PredictedUncertainty.COLUMNS if name in columns}
    uncertainty = (
        PredictedUncertainty(**stds, factors=model.interval_factors, molecules=join_molecules(molecules))
        if stds
        else None
    )
    return Evaluation(
        energies=model.head.energies.cpu().numpy(),
        sphere=_average(on_sphere) if on_sphere else None,
        uncertainty=uncertainty,
        **columns,
    )


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


def _predict(model: SpectrumModel, batch: Mapping[str, Tensor], device: str | torch.device) -> dict[str, Tensor]:
    """Return the outputs of a model for a batch."""
    results: dict[str, Tensor] = model.module({key: value.to(device) for key, value in batch.items()})
    return results


def _compare(batch: Mapping[str, Tensor], results: Mapping[str, Tensor], scale: float) -> dict[str, NDArray]:
    """Return the attributes of :class:`Evaluation` that have a row for each site, for a batch."""
    n_sites = torch.bincount(batch[structure.idx_m], batch[properties.site_mask]).long()
    columns = {
        "molecule_id": batch[properties.molecule_id].long().repeat_interleave(n_sites, dim=0),
        "site_atom": results[properties.site_atom],
        "multiplicity": batch[properties.multiplicity],
        "directions": batch[properties.direction].repeat_interleave(n_sites, dim=0),
        "calculated": batch[properties.spectrum],
        "predicted": scale * results[properties.spectrum],
    }
    if properties.ionization_energy in batch:
        columns["ionization_energy"] = batch[properties.ionization_energy]
    if properties.ionization_energy in results:
        columns["predicted_ionization_energy"] = results[properties.ionization_energy]
    if properties.spectrum_std in results:
        columns["spectrum_std"] = scale * results[properties.spectrum_std]
    for name in (properties.ionization_energy_std, properties.extrapolation_score):
        if name in results:
            columns[name] = results[name]
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

    The variance of the calculated spectra is exact, and so are the errors of a model that predicts tensors; see
    :func:`~schnetpack_isd.spectra.sphere_mean_square`. The errors of other models are averaged with Lebedev's
    quadrature. For :class:`~schnetpack_isd.representation.ISDPaiNN` trained on the bundled spectra, the share of
    the variance with degree 7 differs from that with degree 17 by 0.2 % of its value, and by at most 1 % in a fifth of
    the axis.

    Args:
        model: the model; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        datapath: converted database with tensors.
        rows: row numbers, from 0; all rows if not given.
        device: device to run on.
        batch_size: number of molecules in a batch along three directions; along more, batches are smaller.
        degree: degree of the quadrature, for a model that predicts no tensors; see
            :func:`~schnetpack_isd.spectra.sphere_quadrature`.
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
    if not model.head.predicts_tensors:
        n_directions = len(sphere_quadrature(degree)[0])
        batch_size = max(1, len(CARTESIAN) * batch_size // n_directions)
    loader = _batches(model, datapath, rows, (), batch_size)
    scale = _relative_scale(model, datapath)

    def compare(batch: Mapping[str, Tensor]) -> SphereAverages:
        if model.head.predicts_tensors:
            return _compare_tensors(batch, _predict(model, batch, device), scale)
        return _compare_along(model, batch, degree, scale, device)

    with torch.no_grad():
        return _average(
            [compare(batch) for batch in show_progress(loader, "evaluating all directions", progress, unit="batches")]
        )


def _check_tensors(datapath: str | os.PathLike[str]) -> None:
    if not DatabaseMetadata.read(open_database(datapath)).settings.tensor:
        raise ValueError(
            f"{datapath} has no tensors, which averages over all directions need: convert stick spectra with "
            "transition dipoles and `--tensor`."
        )


def _compare_tensors(batch: Mapping[str, Tensor], results: Mapping[str, Tensor], scale: float) -> SphereAverages:
    """Average a batch exactly over all directions."""
    predicted = as_components(results[properties.spectrum_tensor]).cpu().double().numpy()
    errors = sphere_mean_square(scale * predicted - batch[properties.spectrum_tensor].cpu().double().numpy())
    return errors, *_calculated_averages(batch)


def _compare_along(
    model: SpectrumModel, batch: Mapping[str, Tensor], degree: int, scale: float, device: str | torch.device
) -> SphereAverages:
    """Average a batch over the directions of a quadrature."""
    directions, weights = sphere_quadrature(degree)
    tensor = batch[properties.spectrum_tensor].cpu().double().numpy()
    errors = scale * _predict_along(model, batch, directions, device) - project(tensor, directions)
    return np.einsum("sde,d->se", errors**2, weights), *_calculated_averages(batch)


def _calculated_averages(batch: Mapping[str, Tensor]) -> tuple[NDArray, NDArray]:
    """Return squares and values of the calculated spectra of a batch, averaged over all directions."""
    tensor = batch[properties.spectrum_tensor].cpu().double().numpy()
    return sphere_mean_square(tensor), tensor[:, :3].mean(axis=1)


def _average(batches: Sequence[SphereAverages]) -> VarianceShares:
    """Return errors and variance of all batches."""
    errors, squares, spectra = (np.concatenate(columns) for columns in zip(*batches, strict=True))
    return VarianceShares(errors, variance_of(squares.mean(axis=0), spectra.mean(axis=0)))


def _predict_along(
    model: SpectrumModel, batch: Mapping[str, Tensor], directions: NDArray, device: str | torch.device
) -> NDArray:
    """Predict the spectra (n_sites, n_directions, n_energies) of a batch along one set of directions."""
    given = batch[properties.direction]
    chosen = torch.as_tensor(directions, dtype=given.dtype).expand(len(given), -1, -1)
    results = _predict(model, {**batch, properties.direction: chosen}, device)
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
    dataset = open_database(datapath, load_properties=[properties.spectrum], load_structure=False)
    reader = RowReader(dataset.subset([int(row) for row in rows]))
    total, number = torch.zeros((), dtype=torch.float64), 0
    for index in range(len(reader)):
        spectra = reader[index][properties.spectrum].flatten(end_dim=1).double()
        total, number = total + spectra.sum(dim=0), number + len(spectra)
    return (total / number).numpy()
