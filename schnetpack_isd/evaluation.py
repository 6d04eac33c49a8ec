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
from schnetpack_isd.analysis import film
from schnetpack_isd.atomistic import SiteSpectrum
from schnetpack_isd.datasets import RowReader
from schnetpack_isd.directions import CARTESIAN, about_axis
from schnetpack_isd.metadata import open_database, read_metadata
from schnetpack_isd.transform import FixedDirections, MoleculeNeighborList

__all__ = ["Evaluation", "evaluate", "linear_dichroism", "mean_spectrum", "spectrum_head", "turned"]


@dataclass(frozen=True)
class Evaluation:
    """Calculated and predicted spectra of the sites of some molecules, in units of the intensity scale.

    Attributes:
        energies: (n_energies,) axis in eV.
        molecule_id: (n_sites,) id of the molecule of each site.
        site_atom: (n_sites,) index of the site's atom in its molecule.
        multiplicity: (n_sites,) number of equivalent atoms that the site stands for.
        directions: (n_sites, n_directions, 3) directions.
        calculated: (n_sites, n_directions, n_energies) reference spectra.
        predicted: (n_sites, n_directions, n_energies) the model's spectra.
    """

    energies: NDArray
    molecule_id: NDArray[np.int64]
    site_atom: NDArray[np.int64]
    multiplicity: NDArray
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

    def cosine_similarities(self) -> NDArray:
        r"""Cosine of the angle between calculated and predicted spectra as vectors, (n_sites, n_directions).

        .. math:: \sum_E S(E)\, \hat S(E) \Big/ \sqrt{\sum_E S(E)^2 \sum_E \hat S(E)^2}
        """
        products = np.sum(self.calculated * self.predicted, axis=-1)
        norms = np.sqrt(np.sum(self.calculated**2, axis=-1) * np.sum(self.predicted**2, axis=-1))
        return np.divide(products, norms, out=np.full_like(products, np.nan), where=norms > 0)

    def wasserstein_distances(self) -> NDArray:
        r"""Wasserstein distance in eV between the spectra as distributions over the energy, (n_sites, n_directions).

        .. math:: \int |F(E) - \hat F(E)|\, dE

        F are the cumulative spectra, each scaled to end at 1; negative intensities count as 0. NaN where a
        spectrum has no positive intensity.
        """
        cumulative = [np.cumsum(np.clip(spectra, 0.0, None), axis=-1) for spectra in (self.calculated, self.predicted)]
        known = np.all([sums[..., -1] > 0 for sums in cumulative], axis=0)
        calculated, predicted = (sums / np.where(known, sums[..., -1], 1.0)[..., None] for sums in cumulative)
        return np.where(known, np.abs(calculated - predicted)[..., :-1] @ np.diff(self.energies), np.nan)

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


def linear_dichroism(spectra: NDArray) -> NDArray:
    """Spectrum along z minus the mean of those along x and y.

    Args:
        spectra: (n_sites, 3, n_energies) spectra along x, y, z.

    Returns:
        (n_sites, n_energies) differences.
    """
    return film.linear_dichroism(spectra[:, 2], spectra[:, :2].mean(axis=1))
