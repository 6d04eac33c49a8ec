"""Choice of structures that an ensemble of models knows least about."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from ase import Atoms
from numpy.typing import NDArray
from schnetpack.atomistic import PairwiseDistances
from schnetpack.interfaces import AtomsConverter

from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.models import ModelSource, SpectrumModel, load_spectrum_model
from schnetpack_isd.prediction import SpectrumPredictor, StructureSpectra
from schnetpack_isd.prediction.structure_checks import NumberedStructure
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.spectra import sphere_mean_square, sphere_quadrature
from schnetpack_isd.transform import MoleculeNeighborList
from schnetpack_isd.utils.progress import show_progress
from schnetpack_isd.utils.text import indent_list

from .greedy import SitePool, choose
from .pool import Pool
from .request import check_number

__all__ = ["SelectedStructure", "SiteCoordinates", "select_from_pool", "select_structures", "site_stds"]


@dataclass(frozen=True)
class SelectedStructure:
    """A chosen structure.

    Attributes:
        number: its number among all structures, from 0.
        atoms: the structure.
        score: its uncertainty in the light of the structures that were chosen before it.
        uncertainty: root mean square standard deviation of its site spectra, over sites, directions and energies, in
            units of the intensity scale.
        source: file and frame as ASE writes them, ``file.xyz@3``; empty if the structure is from memory.
    """

    number: int
    atoms: Atoms
    score: float
    uncertainty: float
    source: str = ""


def select_structures(
    structures: Iterable[Atoms],
    number: int,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    *,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> list[SelectedStructure]:
    """Choose the structures whose calculation tells most: those that an ensemble is unsure of, and that differ.

    The uncertainty of a structure is the root mean square standard deviation of its site spectra. The mean over the
    sites makes molecules of different sizes comparable: each site is a separate calculation, so the structures are
    ranked by what a calculation tells. The most uncertain site would favour large molecules, which have more of them.

    After each choice, sites with similar neighbourhoods become less uncertain; see
    :func:`~schnetpack_isd.selection.greedy.choose`. Of two equal structures, the second has a score of 0.

    Args:
        structures: structures to choose from.
        number: number of structures to choose.
        model: an ensemble that was calibrated (`spkisd ensemble --data ... --split ...`), its file, or the name of the
            bundled one; see :func:`~schnetpack_isd.models.load_spectrum_model`.
        device: device to run on.
        batch_size: number of structures in a batch.
        progress: show a progress bar.

    Returns:
        The chosen structures, in order of choice.

    Raises:
        FileNotFoundError: there is no such model.
        ValueError: the model is not a calibrated ensemble, or there are fewer structures that it can predict.

    Warns:
        UserWarning: structures that the model cannot predict were left out.
    """
    numbered = [NumberedStructure(n, atoms) for n, atoms in enumerate(structures)]
    pool = Pool(numbered, len(numbered))
    return select_from_pool(pool, number, model, device=device, batch_size=batch_size, progress=progress)


def select_from_pool(
    pool: Pool,
    number: int,
    model: ModelSource | SpectrumModel = DEFAULT_MODEL,
    *,
    device: str | torch.device = "cpu",
    batch_size: int = 32,
    progress: bool = True,
) -> list[SelectedStructure]:
    """Choose from a pool; see :func:`select_structures`.

    Args:
        pool: structures to choose from.
        number: number of structures to choose.
        model: the ensemble.
        device: device to run on.
        batch_size: number of structures in a batch.
        progress: show a progress bar, with a step for each structure of the pool and for each chosen one.
    """
    check_number(number)
    _check_pool(pool.size, number, pool.unreadable)
    model = load_spectrum_model(model, device)
    coordinates_of = SiteCoordinates(model, device).of
    left_out = list(pool.unreadable)
    predicted = _predict(SpectrumPredictor(model, device, batch_size), pool, left_out)
    steps = show_progress(
        _select(predicted, pool, number, coordinates_of, left_out), "selecting", progress, pool.size + number, "steps"
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*Further structures are marked without a warning")
        chosen = [step for step in steps if step is not None]
    if left_out:
        n_structures = pool.size + len(pool.unreadable)
        warnings.warn(f"Left out {len(left_out)} of {n_structures} structures:{indent_list(left_out)}", stacklevel=3)
    return chosen


def _predict(
    predictor: SpectrumPredictor, pool: Pool, left_out: list[ValueError]
) -> Iterator[tuple[NumberedStructure, StructureSpectra]]:
    """Predict what the uncertainty of sites follows from, and note the errors of structures that are left out."""

    def structures() -> Iterator[NumberedStructure]:
        for item in pool.structures:
            if isinstance(item, NumberedStructure):
                yield item
            else:
                left_out.append(item)

    directions = () if predictor.head.predicts_tensors else tuple(sphere_quadrature()[0])
    return predictor.predict_numbered(structures(), directions, skip=left_out.append)


def _select(
    predicted: Iterable[tuple[NumberedStructure, StructureSpectra]],
    pool: Pool,
    number: int,
    coordinates_of: Callable[[Atoms, NDArray[np.int64]], NDArray[np.float64]],
    left_out: Sequence[ValueError],
) -> Iterator[SelectedStructure | None]:
    """Yield None for each structure of the pool, then each chosen structure."""
    known, stds, coordinates = [], [], []
    for numbered, spectra in predicted:
        known.append(numbered)
        stds.append(site_stds(spectra))
        coordinates.append(coordinates_of(numbered.atoms, spectra.site_atom))
        yield None
    yield from [None] * (pool.size - len(known))
    _check_pool(len(known), number, left_out)
    structure = np.repeat(np.arange(len(known)), list(map(len, stds)))
    sites = SitePool(structure, np.concatenate(stds), np.concatenate(coordinates))
    for n, score in choose(sites, number):
        uncertainty = float(np.sqrt(np.mean(stds[n] ** 2)))
        yield SelectedStructure(known[n].number, known[n].atoms, score, uncertainty, known[n].source)


def site_stds(spectra: StructureSpectra) -> NDArray[np.float64]:
    """Return the root mean square standard deviation (n_sites,) of site spectra, over all directions and energies.

    Args:
        spectra: spectra of an ensemble, which predicts tensors, or spectra along the directions of
            :func:`~schnetpack_isd.spectra.sphere_quadrature`.
    """
    assert spectra.deviations is not None
    if spectra.deviations.tensor is not None:
        squares = sphere_mean_square(spectra.deviations.tensor.astype(np.float64))
    else:
        _, weights = sphere_quadrature()
        squares = np.einsum("msde,d->mse", spectra.deviations.spectrum.astype(np.float64) ** 2, weights)
    return np.asarray(np.sqrt(squares.mean(axis=(0, 2))))


class SiteCoordinates:
    """Points of sites, whose distances are those of their neighbourhoods in units of the ensemble's limit."""

    def __init__(self, model: SpectrumModel, device: str | torch.device = "cpu") -> None:
        """Take the features of an ensemble.

        Args:
            model: the ensemble.
            device: device that it is on.

        Raises:
            ValueError: the model is no ensemble, or it was not calibrated.
        """
        if not isinstance(model.module, SpectrumEnsemble):
            raise ValueError(
                f"{model.name} is a single model, which does not know how sure it is. Choose structures with an "
                "ensemble: `spkisd ensemble` combines models that were trained with different seeds."
            )
        if model.module.neighborhood is None:
            raise ValueError(
                f"{model.name} is an ensemble that was not calibrated, so it cannot compare structures. Combine its "
                "members with `spkisd ensemble --data DATABASE --split SPLIT`."
            )
        self._neighborhood = model.module.neighborhood
        self._device = device
        self._distances = PairwiseDistances()
        self._converter = AtomsConverter(
            MoleculeNeighborList(cutoff=model.cutoff), device=device, dtype=self._neighborhood.mean.dtype
        )

    @torch.no_grad()
    def of(self, atoms: Atoms, sites: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the points (n_sites, n_features) of some atoms (n_sites,) of a structure."""
        inputs = self._distances(self._converter([atoms]))
        features = self._neighborhood.features(inputs, torch.as_tensor(sites, device=self._device))
        return self._neighborhood.coordinates(features).double().cpu().numpy()


def _check_pool(n_structures: int, number: int, left_out: Sequence[ValueError]) -> None:
    """Check that there are enough structures.

    Raises:
        ValueError: there are not; the message says how many there are, and what was left out.
    """
    if n_structures >= number:
        return
    reasons = f" {len(left_out)} were left out:{indent_list(left_out)}" if left_out else ""
    if n_structures == 0:
        raise ValueError(f"There is no structure to choose from.{reasons}")
    raise ValueError(f"{number} structures cannot be chosen from {n_structures}.{reasons}")
