"""Errors of a model on spectra that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData, AtomsLoader
from schnetpack.transform import CastTo32, Transform
from torch import nn
from tqdm import tqdm

from schnetpack_isd import properties
from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.data import RowReader
from schnetpack_isd.directions import CARTESIAN, about_axis
from schnetpack_isd.metadata import open_database, read_metadata
from schnetpack_isd.transform import FixedDirections, MoleculeNeighborList

from .errors import Evaluation

__all__ = ["evaluate", "mean_spectrum", "turned"]


def evaluate(
    model: nn.Module,
    datapath: str,
    rows: Sequence[int] | None = None,
    transforms: Sequence[Transform] = (),
    batch_size: int = 32,
    progress: bool = True,
) -> Evaluation:
    """Predict spectra that a database holds.

    Args:
        model: model with a :class:`~schnetpack_isd.atomistic.SiteSpectrum`, on the device it is to run on.
        datapath: the database.
        rows: rows of the database, from 0 (the numbers in a split file); all of them if not given.
        transforms: applied to each row first, for example :class:`~schnetpack_isd.transform.RandomDirections`.
        batch_size: number of molecules in a batch.
        progress: show a progress bar.

    Returns:
        Calculated and predicted spectra, in the order of the rows.

    Raises:
        ValueError: the model predicts no spectrum, its energy axis or intensity scale is not the database's, or the
            database cannot be read.
    """
    head = spectrum_head(model)
    dataset = open_database(datapath)
    head.check_metadata(read_metadata(dataset), datapath)
    rows = range(len(dataset)) if rows is None else rows
    neighbour_list = MoleculeNeighborList(cutoff=float(model.representation.cutoff))
    subset = dataset.subset([int(row) for row in rows])
    subset.transforms = [*transforms, neighbour_list, CastTo32()]

    device = head.energies.device
    parts: list[tuple[NDArray, ...]] = []
    model.eval()
    with torch.no_grad():
        for batch in tqdm(AtomsLoader(RowReader(subset), batch_size), "predicting spectra", disable=not progress):
            calculated, ids = batch[properties.spectrum], batch[properties.molecule_id]
            results = model({key: value.to(device) for key, value in batch.items()})
            n_sites = torch.bincount(batch[structure.idx_m], batch[properties.site_mask]).long()
            per_site = [torch.repeat_interleave(x, n_sites, dim=0) for x in (ids, batch[properties.direction])]
            multiplicity = batch[properties.multiplicity]
            tensors = (*per_site, results[properties.site_atom], multiplicity, calculated, results[properties.spectrum])
            parts.append(tuple(tensor.cpu().numpy() for tensor in tensors))
    columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    ids, directions, site_atom, multiplicity, calculated, predicted = columns
    return Evaluation(
        energies=head.energies.cpu().numpy(),
        molecule_id=ids.astype(np.int64),
        site_atom=site_atom,
        multiplicity=multiplicity,
        directions=directions,
        calculated=calculated,
        predicted=predicted,
    )


def turned(model: nn.Module, datapath: str, row: int, n_angles: int = 37) -> dict[str, Evaluation]:
    """Predict the spectra of a molecule along directions that are turned about x, y and z.

    Args:
        model: the model.
        datapath: database with tensors, which tell the exact spectra.
        row: the molecule's row, from 0.
        n_angles: number of angles, from 0 to 180 degrees.

    Returns:
        Spectra along the directions of :func:`~schnetpack_isd.directions.about_axis`, by the name of the axis.
    """
    angles = np.linspace(0, 180, n_angles)
    return {
        name: evaluate(model, datapath, [row], [FixedDirections(about_axis(axis, angles))], progress=False)
        for name, axis in zip("xyz", CARTESIAN, strict=True)
    }


def mean_spectrum(datapath: str, rows: Sequence[int]) -> NDArray:
    """Mean of all spectra of some molecules, (n_energies,): what a model has to beat.

    Args:
        datapath: the database.
        rows: its rows, from 0; those of the training part for a baseline.

    Raises:
        ValueError: there are none.
    """
    if len(rows) == 0:
        raise ValueError("There are no rows whose mean spectrum could be taken.")
    dataset = ASEAtomsData(datapath, load_properties=[properties.spectrum], load_structure=False)
    total, number = 0.0, 0
    for row in RowReader(dataset.subset([int(row) for row in rows])):
        spectra = row[properties.spectrum].flatten(end_dim=1).double()
        total, number = total + spectra.sum(dim=0), number + len(spectra)
    return (total / number).numpy()
