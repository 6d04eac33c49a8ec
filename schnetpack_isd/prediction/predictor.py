"""Predictor of the spectra of ASE structures."""

from __future__ import annotations

import functools
import itertools
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import schnetpack.properties as structure
import torch
from ase import Atoms
from numpy.typing import NDArray
from schnetpack.interfaces import AtomsConverter
from torch import Tensor

from schnetpack_isd import properties
from schnetpack_isd.directions import (
    CARTESIAN,
    Direction,
    DirectionLike,
    LatticeDirection,
    PlaneNormal,
    as_directions,
    unit_vectors,
)
from schnetpack_isd.models import ModelSource, SpectrumModel, load_spectrum_model
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.representation.cpu_inference import keep_freed_memory
from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis
from schnetpack_isd.spectra.powder import sphere_quadrature
from schnetpack_isd.transform import MoleculeNeighborList

from .batches import MOST_ATOMS, divide_into_batches
from .request import check_energy_shift, check_intensity
from .site_results import SiteResults
from .structure_checks import (
    NumberedStructure,
    check_finite,
    check_structure,
    describe_implausible,
    name_structure,
    recorded_charge,
    unit_vectors_in,
)
from .structure_spectra import StructureSpectra
from .threads import map_in_threads

__all__ = ["SpectrumPredictor"]

MOST_FEATURES = 1 << 17
"""Largest number of atoms times directions that are predicted at a time; a model of tensors has one pass for all."""

LARGE = threading.Lock()
"""Held while a structure of more atoms is predicted: two at a time need too much memory."""


class SpectrumPredictor:
    """Predict the spectra of structures in batches.

    Every atom of the model's absorbing element is a site. A model that predicts tensors runs once per batch, whatever
    the directions; their spectra and the isotropic ones follow from the tensors.

    Attributes:
        model: the model, with its name and file.
        energies: (n_energies,) axis in eV, including the shift.
        energy_shift: shift that was added to the model's axis, eV.
        experimental_axis: record of the shift to the experimental axis, if that was requested; else None.
        intensity: "normalised" or "raw".
        intensity_scale: factor from normalised intensities to the unit of the training data.
        absorbing_element: symbol of the element whose atoms are the sites.
    """

    def __init__(
        self,
        model: ModelSource | SpectrumModel = DEFAULT_MODEL,
        device: str | torch.device = "cpu",
        batch_size: int = 32,
        intensity: str = "normalised",
        energy_shift: float = 0.0,
        experimental_axis: bool = False,
    ) -> None:
        """Load a model.

        Args:
            model: `best_model` of a training, name of the bundled model or of published weights, or a model; see
                :func:`~schnetpack_isd.models.load_spectrum_model`.
            device: device to run on.
            batch_size: number of structures in a batch.
            intensity: "normalised", in units of the model's intensity scale, or "raw", in those of its training data.
            energy_shift: added to the energy axis, eV.
            experimental_axis: instead, shift the energies and ionisation thresholds to measured ones, by what the model
                knows of its training data.

        Raises:
            FileNotFoundError: there is no such model.
            ValueError: the model predicts no spectrum or does not know its energy axis or intensity scale, or the
                shift to the experimental axis if that is requested, or an argument is not as described.

        Warns:
            UserWarning: the model does not record which elements it was trained on.
        """
        if batch_size < 1:
            raise ValueError(f"The batch size must be at least 1, not {batch_size}.")
        check_intensity(intensity)
        check_energy_shift(energy_shift)
        self.model = load_spectrum_model(model, device)
        self.head = self.model.head
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.experimental_axis = self._find_experimental_axis(energy_shift) if experimental_axis else None
        shifts = (energy_shift, energy_shift)
        if self.experimental_axis is not None:
            shifts = (self.experimental_axis.shift, self.experimental_axis.threshold_shift)
        self.energy_shift, self._threshold_shift = shifts
        self.energies = self.head.energies.double().cpu().numpy() + self.energy_shift
        self.intensity = intensity
        self.intensity_scale = self.head.intensity_scale.item()
        self.absorbing_element = self.head.absorbing_element
        if not np.isfinite([*self.energies, self.intensity_scale]).all():
            raise ValueError(f"{self.model.name} has no energy axis or intensity scale; was it ever fitted?")
        if self.head.elements is None:
            warnings.warn(
                "The model does not record its training elements, so the elements of your structures cannot be "
                "checked.",
                stacklevel=2,
            )
        self._module = self.model.module.eval()
        self._converter = AtomsConverter(
            MoleculeNeighborList(cutoff=self.model.cutoff),
            device=device,
            dtype=next(self._module.parameters()).dtype,
        )
        self._has_warned = False

    def _find_experimental_axis(self, energy_shift: float) -> ExperimentalAxis:
        if energy_shift != 0:
            raise ValueError("Give an energy shift or ask for the experimental axis, not both.")
        if self.head.experimental_axis is None:
            raise ValueError(
                f"{self.model.name} does not know the shift to the experimental axis, because its training data do not "
                "state it; give an energy shift."
            )
        return ExperimentalAxis.parse(self.head.experimental_axis)

    def predict(
        self,
        structures: Atoms | Iterable[Atoms],
        directions: Sequence[DirectionLike] = CARTESIAN,
        isotropic: bool = False,
    ) -> Iterator[StructureSpectra]:
        """Predict the spectra of structures, a batch at a time.

        On a CPU, each core works on a batch, and the process keeps freed memory for the next one
        (:func:`~schnetpack_isd.representation.cpu_inference.keep_freed_memory`).

        Args:
            structures: one structure or several. An iterator is read lazily: at most one batch per thread, plus one.
            directions: directions of polarisation or momentum transfer; none if only averages or tensors are wanted.
            isotropic: also average over all directions: exactly, if the model predicts tensors.

        Returns:
            Iterator over the spectra of each structure.

        Raises:
            ValueError: there is nothing to predict; or, while iterating, a structure has no absorbing atom, an element
                that was not in the training data, or no lattice for a direction that needs one.

        Warns:
            UserWarning: a structure has implausible intensities, far below zero or very large. Only the first such
                structure is named.
        """
        structures = [structures] if isinstance(structures, Atoms) else structures
        is_stored = isinstance(structures, Sequence)  # a generator can yield one object that changes
        snapshots = (_checked(atoms) if is_stored else _checked(atoms).copy() for atoms in structures)
        numbered = (NumberedStructure(number, atoms) for number, atoms in enumerate(snapshots))
        return (spectra for _, spectra in self.predict_numbered(numbered, directions, isotropic))

    def predict_numbered(
        self,
        structures: Iterable[NumberedStructure],
        directions: Sequence[DirectionLike] = CARTESIAN,
        isotropic: bool = False,
        *,
        allow_extrapolation: bool = True,
        skip: Callable[[ValueError], None] | None = None,
    ) -> Iterator[tuple[NumberedStructure, StructureSpectra]]:
        """Predict the spectra of numbered structures, and return them with the structures; see :meth:`predict`.

        Args:
            structures: the structures.
            directions: directions of polarisation or momentum transfer.
            isotropic: also average over all directions.
            allow_extrapolation: accept implausible intensities, with a warning; otherwise they are an error.
            skip: called with the error of each structure that cannot be predicted, which is then left out; without it,
                the error is raised.
        """
        directions = as_directions(directions)
        if len(directions) == 0 and not isotropic and not self.head.predicts_tensors:
            raise ValueError("Nothing to predict: give directions, or ask for the isotropic average.")
        predict = functools.partial(
            self._predict_or_fail if skip is None else self._predict_or_explain,
            directions=directions,
            isotropic=isotropic,
        )
        return self._iterate(predict, iter(structures), allow_extrapolation, skip)

    def _iterate(
        self,
        predict: Callable[[list[NumberedStructure]], list[tuple[NumberedStructure, StructureSpectra | ValueError]]],
        structures: Iterator[NumberedStructure],
        allow_extrapolation: bool,
        skip: Callable[[ValueError], None] | None,
    ) -> Iterator[tuple[NumberedStructure, StructureSpectra]]:
        batches = divide_into_batches(structures, self.batch_size)
        if self.device.type == "cpu":
            keep_freed_memory()
            predicted = map_in_threads(predict, batches)
        else:
            predicted = map(predict, batches)
        for numbered, found in itertools.chain.from_iterable(predicted):
            error = found if isinstance(found, ValueError) else None
            if isinstance(found, StructureSpectra) and not found.is_plausible:
                error = self._explain_extrapolation(numbered, found, allow_extrapolation)
            if isinstance(found, StructureSpectra) and error is None:
                yield numbered, found
            elif error is not None and skip is not None:
                skip(error)
            elif error is not None:
                raise error

    def _predict_or_explain(
        self, batch: list[NumberedStructure], directions: tuple[Direction, ...], isotropic: bool
    ) -> list[tuple[NumberedStructure, StructureSpectra | ValueError]]:
        """Predict a batch; structures that cannot be predicted have the error instead of the spectra."""
        try:
            return self._predict_or_fail(batch, directions, isotropic)
        except ValueError as error:
            if len(batch) == 1:
                return [(batch[0], error)]
        return [pair for numbered in batch for pair in self._predict_or_explain([numbered], directions, isotropic)]

    def _predict_or_fail(
        self, batch: list[NumberedStructure], directions: tuple[Direction, ...], isotropic: bool
    ) -> list[tuple[NumberedStructure, StructureSpectra | ValueError]]:
        """Predict a batch; the first structure that cannot be predicted raises an error."""
        for numbered in batch:
            check_structure(numbered, self.head)
        units = _unit_vectors(batch, directions)
        inputs = self._convert(batch)
        inputs[structure.idx] = torch.tensor([numbered.number for numbered in batch], device=self.device)
        with torch.no_grad(), LARGE if len(inputs[structure.Z]) > MOST_ATOMS else nullcontext():
            results = (
                self._site_tensors(inputs)
                if self.head.predicts_tensors
                else self._site_spectra(inputs, units, isotropic)
            )
        check_finite(batch, results.intensities, self.absorbing_element)
        scale = self.intensity_scale if self.intensity == "raw" else 1.0
        results = results.scaled(scale).shifted(self._threshold_shift)
        last = np.cumsum([numbered.atoms.symbols.count(self.absorbing_element) for numbered in batch])
        sites = [slice(first, end) for first, end in zip([0, *last], last, strict=False)]
        return [
            (numbered, self._mark_charge(numbered, results.part(part).assemble(self.energies, unit, isotropic, scale)))
            for numbered, unit, part in zip(batch, units, sites, strict=True)
        ]

    def _mark_charge(self, numbered: NumberedStructure, spectra: StructureSpectra) -> StructureSpectra:
        """Mark a charged structure as implausible if the model says which structures are unlike its training data."""
        is_charged = spectra.extrapolation_score is not None and recorded_charge(numbered.atoms) != 0
        return replace(spectra, is_plausible=False) if is_charged else spectra

    def _site_spectra(self, inputs: dict[str, Tensor], units: NDArray, isotropic: bool) -> SiteResults:
        """Return the spectra of the sites along the directions, then along the quadrature's."""
        if isotropic:
            sphere, _ = sphere_quadrature()
            units = np.concatenate([units, np.broadcast_to(sphere, (len(units), *sphere.shape))], axis=1)
        directions = torch.from_numpy(units).to(inputs[structure.R])
        n_atoms = len(inputs[structure.Z])
        parts = [
            self._module({**inputs, properties.direction: part})
            for part in directions.split(max(1, MOST_FEATURES // n_atoms), dim=1)
        ]
        spectra = torch.cat([results[properties.spectrum] for results in parts], dim=1).cpu().numpy()
        deviation = None
        if properties.spectrum_deviation in parts[0]:
            deviations = [results[properties.spectrum_deviation] for results in parts]
            deviation = torch.cat(deviations, dim=2).cpu().numpy()
        return SiteResults(
            _array(parts[0], properties.site_atom),
            spectra.min(axis=(1, 2)),
            spectrum=spectra,
            deviation=deviation,
            score=_array(parts[0], properties.extrapolation_score),
        )

    def _site_tensors(self, inputs: dict[str, Tensor]) -> SiteResults:
        """Return the tensors of the sites."""
        no_directions = inputs[structure.R].new_zeros(len(inputs[structure.n_atoms]), 0, 3)
        results = self._module({**inputs, properties.direction: no_directions})
        thresholds = _array(results, properties.ionization_energy)
        return SiteResults(
            _array(results, properties.site_atom),
            _array(results, properties.lowest_eigenvalue),
            tensor=_array(results, properties.spectrum_tensor),
            ionization_energy=None if thresholds is None else thresholds.astype(np.float64),
            deviation=_array(results, properties.tensor_deviation),
            ionization_energy_deviation=_array(results, properties.ionization_energy_deviation),
            score=_array(results, properties.extrapolation_score),
        )

    def _convert(self, batch: list[NumberedStructure]) -> dict[str, Tensor]:
        """Return the inputs of the model without directions; errors name the structure."""
        try:
            return self._converter([numbered.atoms for numbered in batch])
        except ValueError:
            for numbered in batch:
                self._check_conversion(numbered)
            raise

    def _check_conversion(self, numbered: NumberedStructure) -> None:
        try:
            self._converter([numbered.atoms])
        except ValueError as error:
            raise ValueError(f"{name_structure(numbered)}: {error}.") from error

    def _explain_extrapolation(
        self, numbered: NumberedStructure, spectra: StructureSpectra, is_allowed: bool
    ) -> ValueError | None:
        """Return an error for implausible intensities; if they are allowed, warn of the first ones instead."""
        if is_allowed and self._has_warned:
            return None
        text = describe_implausible(numbered, spectra)
        if not is_allowed:
            return ValueError(f"{text} Use `--allow-extrapolation` to keep such spectra.")
        self._has_warned = True
        warnings.warn(f"{text} Further structures are marked without a warning.", stacklevel=2)
        return None


def _array(results: Mapping[str, Tensor], name: str) -> Any:
    """Return an output of the model, or None if it has none of this name."""
    return results[name].cpu().numpy() if name in results else None


def _checked(atoms: object) -> Atoms:
    if not isinstance(atoms, Atoms):
        raise TypeError(f"Structures must be `ase.Atoms`, not {atoms!r}; `ase.io.read` reads them from files.")
    return atoms


def _unit_vectors(batch: list[NumberedStructure], directions: tuple[Direction, ...]) -> NDArray:
    """Return (n_structures, n_directions, 3) unit vectors; only lattice directions differ between structures."""
    if len(directions) == 0:
        return np.zeros((len(batch), 0, 3))
    if not any(isinstance(direction, LatticeDirection | PlaneNormal) for direction in directions):
        return np.stack([unit_vectors(directions, batch[0].atoms.cell)] * len(batch))
    return np.stack([unit_vectors_in(numbered, directions) for numbered in batch])
