"""Errors of a model on spectra that are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData, AtomsLoader
from schnetpack.transform import CastTo32, Transform
from torch import nn
from tqdm import tqdm

from schnetpack_isd import properties
from schnetpack_isd.atomistic import SiteSpectrum
from schnetpack_isd.datasets import RowReader
from schnetpack_isd.metadata import open_database, read_metadata
from schnetpack_isd.transform import MoleculeNeighborList

__all__ = ["Evaluation", "evaluate", "linear_dichroism", "mean_spectrum", "spectrum_head"]


@dataclass(frozen=True)
class Evaluation:
    """Calculated and predicted spectra of the sites of some molecules, in units of the intensity scale.

    Attributes:
        energies: (n_energies,) axis in eV.
        molecule_id: (n_sites,) id of the molecule of each site.
        site_atom: (n_sites,) index of the site's atom in its molecule.
        directions: (n_sites, n_directions, 3) directions.
        calculated: (n_sites, n_directions, n_energies) reference spectra.
        predicted: (n_sites, n_directions, n_energies) the model's spectra.
    """

    energies: NDArray
    molecule_id: NDArray[np.int64]
    site_atom: NDArray[np.int64]
    directions: NDArray
    calculated: NDArray
    predicted: NDArray

    def squared_errors(self, prediction: NDArray | None = None) -> NDArray:
        """Mean squared error of each spectrum, (n_sites, n_directions), the paper's measure.

        Args:
            prediction: another prediction than the model's, of a shape that broadcasts to its.
        """
        prediction = self.predicted if prediction is None else prediction
        return np.mean((prediction - self.calculated) ** 2, axis=-1)

    def along_axes(self) -> bool:
        """Whether the directions of all sites are x, y and z, in this order."""
        return self.directions.shape[1:] == (3, 3) and bool(np.all(self.directions == np.eye(3)))


def spectrum_head(model: nn.Module) -> SiteSpectrum:
    """The spectrum head of a model.

    Raises:
        ValueError: the model has none.
    """
    for module in model.modules():
        if isinstance(module, SiteSpectrum):
            return module
    raise ValueError("The model predicts no spectrum: it has no SiteSpectrum among its output modules.")


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
            tensors = (*per_site, results[properties.site_atom], calculated, results[properties.spectrum])
            parts.append(tuple(tensor.cpu().numpy() for tensor in tensors))
    ids, directions, site_atom, calculated, predicted = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Evaluation(
        energies=head.energies.cpu().numpy(),
        molecule_id=ids.astype(np.int64),
        site_atom=site_atom,
        directions=directions,
        calculated=calculated,
        predicted=predicted,
    )


def mean_spectrum(datapath: str, rows: Sequence[int]) -> NDArray:
    """Mean of all spectra of some molecules, (n_energies,): what a model has to beat.

    Args:
        datapath: the database.
        rows: its rows, from 0; those of the training part for a baseline.
    """
    dataset = ASEAtomsData(datapath, load_properties=[properties.spectrum], load_structure=False)
    spectra = [dataset[int(row)][properties.spectrum].flatten(end_dim=1) for row in rows]
    return torch.cat(spectra).mean(dim=0).numpy()


def linear_dichroism(spectra: NDArray) -> NDArray:
    """Spectrum along z minus the mean of those along x and y.

    Args:
        spectra: (n_sites, 3, n_energies) spectra along x, y, z.

    Returns:
        (n_sites, n_energies) differences.
    """
    return spectra[:, 2] - spectra[:, :2].mean(axis=1)
