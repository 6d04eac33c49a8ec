"""A trained model that takes ASE's structures."""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import schnetpack.properties as structure
import torch
from ase import Atoms
from numpy.typing import NDArray
from schnetpack.interfaces import AtomsConverter
from torch import nn

from schnetpack_isd import properties
from schnetpack_isd.atomistic import spectrum_head
from schnetpack_isd.directions import CARTESIAN, Direction, LatticeDirection, PlaneNormal, unit_vectors
from schnetpack_isd.spectra.powder import powder_average, sphere_quadrature
from schnetpack_isd.transform import MoleculeNeighborList

from .structure_spectra import StructureSpectra
from .threads import keep_freed_memory, map_in_threads

__all__ = ["SpectrumPredictor"]

_LARGEST_NEGATIVE_PART = 0.25
"""Of molecules like those of the training, 99 of 100 have less than 0.21 (docs/prediction.md)."""


class SpectrumPredictor:
    """Predict the spectra of structures, many in a batch.

    Spectra are of every atom of the model's absorbing element.

    Attributes:
        energies: (n_energies,) axis in eV, with the shift.
        intensity: "normalised" or "raw".
        intensity_scale: intensity, in the unit of the training data, of a normalised 1.
        absorbing_element: symbol of the element whose atoms are the sites.
    """

    def __init__(
        self,
        model: nn.Module,
        device: str | torch.device = "cpu",
        batch_size: int = 32,
        intensity: str = "normalised",
        energy_shift: float = 0.0,
    ) -> None:
        """Take a model.

        Args:
            model: trained model with a :class:`~schnetpack_isd.atomistic.SiteSpectrum`; it is moved to the device.
            device: device to run on.
            batch_size: number of structures in a batch.
            intensity: "normalised", in units of the model's intensity scale, or "raw", in those of its training data.
            energy_shift: added to the energy axis, eV.

        Raises:
            ValueError: the model predicts no spectrum or does not know its axis or scale, or an argument is not one of
                those above.

        Warns:
            UserWarning: the model does not know which elements it was trained on.
        """
        if batch_size < 1:
            raise ValueError(f"The batch size must be at least 1, not {batch_size}.")
        if intensity not in ("normalised", "raw"):
            raise ValueError(f'The intensity must be "normalised" or "raw", not {intensity!r}.')
        self.model = model.to(device).eval()
        self.head = spectrum_head(self.model)
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.energies = self.head.energies.double().cpu().numpy() + energy_shift
        self.intensity = intensity
        self.intensity_scale = self.head.intensity_scale.item()
        self.intensity_factor = self.intensity_scale if intensity == "raw" else 1.0
        self._warned = False
        self.absorbing_element = self.head.absorbing_element
        if self.head.elements is None:
            warnings.warn(
                "The model does not record which elements it was trained on; those of the structures are not held to "
                "them.",
                stacklevel=2,
            )
        if not np.isfinite(energy_shift):
            raise ValueError(f"The energy shift must be a finite number of eV, not {energy_shift}.")
        if not np.isfinite([*self.energies, self.intensity_scale]).all():
            raise ValueError("The model does not know its energy axis or intensity scale; was it ever fitted?")
        neighbor_list = MoleculeNeighborList(cutoff=float(self.model.representation.cutoff))
        if self.device.type == "cpu":
            keep_freed_memory()
        self._convert = AtomsConverter(neighbor_list, device=device, dtype=next(self.model.parameters()).dtype)

    def predict(
        self,
        structures: Atoms | Iterable[Atoms],
        directions: Sequence[Direction] = CARTESIAN,
        isotropic: bool = False,
    ) -> Iterator[StructureSpectra]:
        """Predict spectra, a batch of structures at a time.

        Args:
            structures: structures, or a single one; of an iterator, no more than a batch for each thread and another
                are held at once.
            directions: directions of polarisation or momentum transfer; none if only the average is wanted.
            isotropic: also average over all directions.

        Returns:
            The spectra of each structure, as they are asked for.

        Raises:
            ValueError: a structure has no absorbing atom, an element that the model does not know, or no lattice for
                a direction that needs one.

        Warns:
            UserWarning: a structure has intensities that are far below zero; only the first of them is named.
        """
        structures = [structures] if isinstance(structures, Atoms) else structures
        return (spectra for _, spectra in self.predict_frames(enumerate(structures), directions, isotropic))

    def predict_frames(
        self, frames: Iterable[tuple[int, Atoms]], directions: Sequence[Direction] = CARTESIAN, isotropic: bool = False
    ) -> Iterator[tuple[tuple[int, Atoms], StructureSpectra]]:
        """As :meth:`predict`, of structures with the numbers that messages are to call them by; they come back too."""
        if len(directions) == 0 and not isotropic:
            raise ValueError("Nothing to predict: there is neither a direction nor the average.")
        frames = iter(frames)
        batches = iter(lambda: list(itertools.islice(frames, self.batch_size)), [])
        predict = functools.partial(self._predict_batch, directions=directions, isotropic=isotropic)
        for batch in map_in_threads(predict, batches) if self.device.type == "cpu" else map(predict, batches):
            for frame, spectra in batch:
                self._warn_of_negative(*frame, spectra)
                yield frame, spectra

    def _predict_batch(
        self, batch: list[tuple[int, Atoms]], directions: Sequence[Direction], isotropic: bool
    ) -> list[tuple[tuple[int, Atoms], StructureSpectra]]:
        for number, atoms in batch:
            self._check(atoms, number)
        units = _unit_vectors(batch, directions)
        spectra, site_atom = self._run(batch, units, isotropic)
        if not np.isfinite(spectra).all():
            self._name_what_is_not_finite(batch, spectra)
        last = np.cumsum([atoms.symbols.count(self.absorbing_element) for _, atoms in batch])
        return [
            (frame, self._of_one(site_atom[first:end], unit, spectra[first:end]))
            for frame, unit, first, end in zip(batch, units, [0, *last], last, strict=False)
        ]

    def _check(self, atoms: Atoms, number: int) -> None:
        if self.absorbing_element not in atoms.symbols:
            raise ValueError(
                f"{_name(number, atoms)} has no absorbing atom; the model is for spectra of {self.absorbing_element}."
            )
        if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
            raise ValueError(f"{_name(number, atoms)} has positions or a cell that are not finite.")
        known = self.head.elements
        if known is not None and (unknown := sorted(set(atoms.symbols) - set(known))):
            raise ValueError(
                f"{_name(number, atoms)} has {', '.join(unknown)}; the model was trained on {', '.join(known)} only."
            )

    def _warn_of_negative(self, number: int, atoms: Atoms, spectra: StructureSpectra) -> None:
        if self._warned or (part := spectra.negative_part()) <= _LARGEST_NEGATIVE_PART:
            return
        self._warned = True
        warnings.warn(
            f"{_name(number, atoms)} has intensities far below zero, {part:.2f} of the largest in magnitude. "
            "Absorption is never negative: the structure is far from what the model was trained on, or the model is "
            "poor. Further structures are not checked.",
            stacklevel=2,
        )

    def _name_what_is_not_finite(self, batch: list[tuple[int, Atoms]], spectra: NDArray) -> None:
        site = int(np.flatnonzero(~np.isfinite(spectra).all(axis=(1, 2)))[0])
        for number, atoms in batch:
            site -= atoms.symbols.count(self.absorbing_element)
            if site < 0:
                raise ValueError(
                    f"{_name(number, atoms)} has spectra that are not finite; do atoms coincide, or is a lattice "
                    "vector zero?"
                )

    def _run(self, batch: list[tuple[int, Atoms]], units: NDArray, isotropic: bool) -> tuple[NDArray, NDArray]:
        """Site spectra along the directions and then those of the quadrature, and the index of each site."""
        if isotropic:
            sphere, _ = sphere_quadrature()
            units = np.concatenate([units, np.broadcast_to(sphere, (len(batch), *sphere.shape))], axis=1)
        numbers, structures = zip(*batch, strict=True)
        inputs = self._convert(list(structures))
        inputs[structure.idx] = torch.tensor(numbers, device=self.device)
        inputs[properties.direction] = torch.from_numpy(units).to(inputs[structure.R])
        with torch.no_grad():
            results = self.model(inputs)
        spectra = results[properties.spectrum] * self.intensity_factor
        return spectra.cpu().numpy(), results[properties.site_atom].cpu().numpy()

    def _of_one(self, site_atom: NDArray, unit: NDArray, spectra: NDArray) -> StructureSpectra:
        along, sphere = spectra[:, : len(unit)], spectra[:, len(unit) :]
        averages = {}
        if sphere.shape[1]:
            site, site_error = powder_average(sphere)
            molecule, error = powder_average(sphere.sum(axis=0))
            averages = {
                "isotropic_spectrum": site,
                "isotropic_error": site_error,
                "isotropic_molecular_spectrum": molecule,
                "isotropic_molecular_error": float(error),
            }
        return StructureSpectra(self.energies, site_atom, unit, along, along.sum(axis=0), **averages)


def _unit_vectors(batch: list[tuple[int, Atoms]], directions: Sequence[Direction]) -> NDArray:
    """(n_structures, n_directions, 3) directions; only those of lattices differ between structures."""
    if len(directions) == 0:
        return np.zeros((len(batch), 0, 3))
    if not any(isinstance(direction, LatticeDirection | PlaneNormal) for direction in directions):
        return np.stack([unit_vectors(directions, batch[0][1].cell)] * len(batch))
    return np.stack([_in_lattice(number, atoms, directions) for number, atoms in batch])


def _in_lattice(number: int, atoms: Atoms, directions: Sequence[Direction]) -> NDArray:
    try:
        return unit_vectors(directions, atoms.cell)
    except ValueError as error:
        raise ValueError(f"{_name(number, atoms)}: {error}") from error


def _name(number: int, atoms: Atoms) -> str:
    return f"Structure {number} ({atoms.symbols.get_chemical_formula()})"
