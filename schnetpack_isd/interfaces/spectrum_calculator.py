"""ASE calculator for spectra."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from numpy.typing import NDArray
from torch import nn

from schnetpack_isd.directions import CARTESIAN, Direction, copy_directions
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.prediction import SpectrumPredictor, StructureSpectra

__all__ = ["SpectrumCalculator"]


class SpectrumCalculator(Calculator):
    """Spectra of the absorbing atoms of a structure, in the idiom of ASE and of SchNetPack's `SpkCalculator`.

    ::

        atoms.calc = SpectrumCalculator("best_model", directions=[(0, 0, 1), LatticeDirection(1, 1, 0)])
        atoms.calc.get_property("molecular_spectrum", atoms)  # (2 directions, n_energies)
        atoms.calc.energies  # (n_energies,) eV

    Properties are the attributes of :class:`~schnetpack_isd.prediction.StructureSpectra`: `spectrum`,
    `molecular_spectrum`, `isotropic_spectrum`, `isotropic_molecular_spectrum` with their errors, `site_atom` and
    `direction`. Nothing is computed before it is asked for, or again while neither structure nor parameters change.
    The directions are a parameter: ``calc.set(directions=...)``.
    """

    along_directions: ClassVar[tuple[str, ...]] = ("spectrum", "molecular_spectrum", "site_atom", "direction")
    averages: ClassVar[tuple[str, ...]] = (
        "isotropic_spectrum",
        "isotropic_error",
        "isotropic_molecular_spectrum",
        "isotropic_molecular_error",
    )
    implemented_properties: ClassVar[list[str]] = [*along_directions, *averages]
    default_parameters: ClassVar[dict[str, Any]] = {"directions": CARTESIAN}
    discard_results_on_any_change = True

    def __init__(
        self,
        model: str | os.PathLike | nn.Module,
        directions: Sequence[Direction] = CARTESIAN,
        *,
        device: str | torch.device = "cpu",
        batch_size: int = 32,
        intensity: str = "normalised",
        energy_shift: float = 0.0,
        **parameters: Any,
    ) -> None:
        """Take a model.

        Args:
            model: a `best_model` (it is unpickled: open only what you trust), or a model.
            directions: directions of polarisation or momentum transfer, Cartesian, or
                :class:`~schnetpack_isd.directions.LatticeDirection` and
                :class:`~schnetpack_isd.directions.PlaneNormal` for crystals.
            device: device to run on.
            batch_size: number of structures in a batch of :meth:`predict`.
            intensity: "normalised", in units of the model's intensity scale, or "raw", in those of its training data.
            energy_shift: added to the energy axis, eV.
            parameters: parameters of ASE's calculators.

        Raises:
            FileNotFoundError: there is no such model.
            ValueError: it is not a model that predicts spectra, or an argument is not one of those above.
        """
        if not isinstance(model, nn.Module):
            model = load_spectrum_model(model)
        self.predictor = SpectrumPredictor(model, device, batch_size, intensity, energy_shift)
        super().__init__(directions=directions, **parameters)

    def set(self, **parameters: Any) -> dict[str, Any]:
        """Change the directions; see ASE's `Calculator`.

        Raises:
            ValueError: there is no direction, one is zero or not finite, or another parameter is to be set.
        """
        if unknown := parameters.keys() - {"directions"}:
            raise ValueError(
                f"SpectrumCalculator has no parameter {', '.join(sorted(unknown))}; `directions` can be set."
            )
        if "directions" in parameters:
            parameters["directions"] = copy_directions(parameters["directions"])
        return super().set(**parameters)

    @property
    def energies(self) -> NDArray:
        """(n_energies,) axis of the spectra in eV."""
        return self.predictor.energies

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("spectrum",),
        system_changes: Sequence[str] = tuple(all_changes),
    ) -> None:
        """Predict what is asked for and not there yet; see ASE's `Calculator`."""
        super().calculate(atoms, properties, system_changes)
        if system_changes:
            self.results = {}
        isotropic = any(name in self.averages for name in properties) and "isotropic_spectrum" not in self.results
        directions = () if "spectrum" in self.results else self.parameters.directions
        if not isotropic and not directions:
            return
        [spectra] = self.predictor.predict([self.atoms], directions, isotropic)
        if directions:
            self.results |= {name: getattr(spectra, name) for name in self.along_directions}
        if isotropic:
            self.results |= {name: getattr(spectra, name) for name in self.averages}

    def predict(self, structures: Atoms | Iterable[Atoms], isotropic: bool = False) -> Iterator[StructureSpectra]:
        """Predict the spectra of many structures, frames of a trajectory for example, in batches.

        Args:
            structures: structures, or a single one; of an iterator, no more than a batch for each thread and another
                are held at once.
            isotropic: also average over all directions.

        Returns:
            The spectra of each structure, along the calculator's directions, as they are asked for.
        """
        return self.predictor.predict(structures, self.parameters.directions, isotropic)
