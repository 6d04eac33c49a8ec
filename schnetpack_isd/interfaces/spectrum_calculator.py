"""ASE calculator for spectra."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes
from numpy.typing import NDArray

from schnetpack_isd import properties
from schnetpack_isd.directions import CARTESIAN, DirectionLike, as_directions
from schnetpack_isd.models import ModelSource, SpectrumModel
from schnetpack_isd.prediction import SpectrumPredictor, StructureSpectra
from schnetpack_isd.prediction.structure_checks import NumberedStructure, unit_vectors_in
from schnetpack_isd.pretrained.names import DEFAULT_MODEL

if TYPE_CHECKING:
    from schnetpack_isd.view.notebook import View

__all__ = ["SpectrumCalculator"]


class SpectrumCalculator(Calculator):
    """Calculate the spectra of the absorbing atoms of a structure, like ASE's calculators and SchNetPack's.

    ::

        atoms.calc = SpectrumCalculator(directions=[(0, 0, 1), LatticeDirection(1, 1, 0)])
        atoms.calc.get_property("molecular_spectrum", atoms)  # (2 directions, n_energies)
        atoms.calc.energies  # (n_energies,) eV

    Properties are the attributes of :class:`~schnetpack_isd.prediction.StructureSpectra`: `spectrum`,
    `molecular_spectrum`, `isotropic_spectrum`, `isotropic_molecular_spectrum` with their errors, `site_atom` and
    `direction`. If the model predicts tensors, there are `spectrum_tensor` (n_sites, 3, 3, n_energies) and
    `molecular_tensor` (3, 3, n_energies) too, and the errors are 0: the averages are exact. If it predicts ionisation
    thresholds, there is `ionization_energy` (n_sites,) in eV. If the model is an ensemble, there are standard
    deviations: `spectrum_std`, `molecular_spectrum_std`, `isotropic_spectrum_std`, `isotropic_molecular_spectrum_std`
    and `ionization_energy_std`, in the shapes of the properties that they belong to; and if it has a score of
    extrapolation, `extrapolation_score` (n_sites,).

    The calculator computes a property when it is first requested, and again only if the structure or the directions
    have changed. The directions are a parameter: ``calc.set(directions=...)``. If the model predicts tensors, other
    directions do not need the network again.
    """

    along_directions: ClassVar[tuple[str, ...]] = ("spectrum", "molecular_spectrum", "site_atom", "direction")
    averages: ClassVar[tuple[str, ...]] = (
        "isotropic_spectrum",
        "isotropic_error",
        "isotropic_molecular_spectrum",
        "isotropic_molecular_error",
    )
    tensors: ClassVar[tuple[str, ...]] = ("spectrum_tensor", "molecular_tensor")
    stds: ClassVar[tuple[str, ...]] = ("spectrum_std", "molecular_spectrum_std")
    of_sites: ClassVar[tuple[str, ...]] = ("ionization_energy", "ionization_energy_std", "extrapolation_score")
    average_stds: ClassVar[tuple[str, ...]] = ("isotropic_spectrum_std", "isotropic_molecular_spectrum_std")
    implemented_properties: list[str] = [*along_directions, *averages]  # noqa: RUF012  as ASE declares it
    default_parameters: dict[str, Any] = {"directions": as_directions(CARTESIAN)}  # noqa: RUF012
    discard_results_on_any_change = True

    def __init__(
        self,
        model: ModelSource | SpectrumModel = DEFAULT_MODEL,
        directions: Sequence[DirectionLike] = CARTESIAN,
        *,
        device: str | torch.device = "cpu",
        batch_size: int = 32,
        intensity: str = "normalised",
        energy_shift: float = 0.0,
        experimental_axis: bool = False,
        **parameters: Any,
    ) -> None:
        """Load a model.

        Args:
            model: `best_model` of a training, name of the bundled model or of published weights, or a model; see
                :func:`~schnetpack_isd.models.load_spectrum_model`.
            directions: directions of polarisation or momentum transfer: Cartesian vectors, labels, and for crystals
                :class:`~schnetpack_isd.directions.LatticeDirection` and
                :class:`~schnetpack_isd.directions.PlaneNormal`.
            device: device to run on.
            batch_size: number of structures in a batch of :meth:`predict`.
            intensity: "normalised", in units of the model's intensity scale, or "raw", in those of its training data.
            energy_shift: added to the energy axis, eV.
            experimental_axis: instead, shift energies and ionisation thresholds to measured ones, by what the model
                knows of its training data.
            parameters: parameters of ASE's calculators.

        Raises:
            FileNotFoundError: there is no such model.
            ValueError: the model predicts no spectrum, or an argument is not as described.
        """
        self.predictor = SpectrumPredictor(model, device, batch_size, intensity, energy_shift, experimental_axis)
        if self.predictor.head.predicts_tensors:
            self.implemented_properties = [*self.implemented_properties, *self.tensors]
            if properties.ionization_energy in self.predictor.head.model_outputs:
                self.implemented_properties.append(properties.ionization_energy)
            self.discard_results_on_any_change = False  # other directions follow from the tensors
        if self.predictor.model.uncertainty is not None:
            self.implemented_properties = [*self.implemented_properties, *self.stds, *self.average_stds]
            thresholds = properties.ionization_energy in self.implemented_properties
            if thresholds and self.predictor.model.has_threshold_std:
                self.implemented_properties.append(properties.ionization_energy_std)
        if self.predictor.model.has_extrapolation_score:
            self.implemented_properties = [*self.implemented_properties, properties.extrapolation_score]
        super().__init__(directions=directions, **parameters)

    def set(self, **parameters: Any) -> dict[str, Any]:
        """Change the directions; see ASE's `Calculator`.

        Raises:
            ValueError: there is no direction, one is zero or not finite, or the parameter is not `directions`.
        """
        if unknown := parameters.keys() - {"directions"}:
            raise ValueError(
                f"SpectrumCalculator has no parameter {', '.join(sorted(unknown))}; only `directions` can be set."
            )
        if "directions" in parameters:
            parameters["directions"] = as_directions(parameters["directions"])
            if not parameters["directions"]:
                raise ValueError("SpectrumCalculator needs at least one direction.")
        changed = super().set(**parameters)
        for name in ("spectrum", "molecular_spectrum", "direction", *self.stds) if changed else ():
            self.results.pop(name, None)
        return changed

    def todict(self, skip_default: bool = True) -> dict[str, Any]:
        """Return the parameters as plain values, directions as their labels; ASE's writers store them."""
        directions = self.parameters["directions"]
        if skip_default and directions == self.default_parameters["directions"]:
            return {}
        return {"directions": [direction.label for direction in directions]}

    @property
    def energies(self) -> NDArray:
        """(n_energies,) axis of the spectra in eV."""
        return self.predictor.energies

    def get_property(self, name: str, atoms: Atoms | None = None, allow_calculation: bool = True) -> Any:
        """Return a property; see ASE's `Calculator`.

        Raises:
            PropertyNotImplementedError: there is no such property, or the model does not predict it.
        """
        if name in self.tensors and name not in self.implemented_properties:
            raise PropertyNotImplementedError(
                f"{name}: the model {self.predictor.model.name} predicts spectra along directions, but no tensors; a "
                "model with the head SpectrumTensor does."
            )
        if name not in self.implemented_properties:
            raise PropertyNotImplementedError(
                f"{name}: the model {self.predictor.model.name} does not predict it; the properties are "
                f"{', '.join(self.implemented_properties)}."
            )
        return super().get_property(name, atoms, allow_calculation)

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("spectrum",),
        system_changes: Sequence[str] = tuple(all_changes),
    ) -> None:
        """Predict the requested properties unless there are results already; see ASE's `Calculator`."""
        super().calculate(atoms, properties, system_changes)
        if system_changes:
            self.results = {}
        assert self.atoms is not None
        if self.predictor.head.predicts_tensors:
            self._calculate_with_tensors(self.atoms)
        else:
            self._calculate_along_directions(self.atoms, properties)

    def _calculate_along_directions(self, atoms: Atoms, properties: Sequence[str]) -> None:
        averages = (*self.averages, *self.average_stds)
        isotropic = any(name in averages for name in properties) and "isotropic_spectrum" not in self.results
        directions = () if "spectrum" in self.results else self.parameters["directions"]
        if not isotropic and not directions:
            return
        [spectra] = self.predictor.predict([atoms], directions, isotropic)
        if directions:
            self._keep(spectra, (*self.along_directions, *self.stds, *self.of_sites))
        if isotropic:
            self._keep(spectra, averages)

    def _calculate_with_tensors(self, atoms: Atoms) -> None:
        """Predict everything; if there are tensors already, compute the spectra along the directions from them."""
        directions = self.parameters["directions"]
        if "spectrum_tensor" not in self.results:
            [self._spectra] = self.predictor.predict([atoms], directions, isotropic=True)
            names = (*self.along_directions, *self.averages, *self.stds, *self.average_stds, *self.of_sites)
            self._keep(self._spectra, (*names, "molecular_tensor"))
            self.results["spectrum_tensor"] = self._spectra.tensor
        elif "spectrum" not in self.results:
            units = unit_vectors_in(NumberedStructure(0, atoms), directions)
            self._keep(self._spectra.along(units), (*self.along_directions, *self.stds))

    def _keep(self, spectra: StructureSpectra, names: Iterable[str]) -> None:
        """Keep the properties that the model predicts."""
        self.results |= {name: getattr(spectra, name) for name in names if name in self.implemented_properties}

    def view(self, atoms: Atoms | None = None, height: int = 900) -> View:
        """Return a page in which the molecule and the polarisation are turned, and the spectra follow.

        A notebook shows it; :meth:`~schnetpack_isd.view.notebook.View.save` writes it to a file. It shows the structure
        with its absorption tensors, whatever the calculator's directions.

        Args:
            atoms: the structure; the last one that was calculated if None.
            height: height in a notebook, pixels.

        Raises:
            PropertyNotImplementedError: the model predicts no tensors.
            ValueError: the structure is too large for a page, or cannot be predicted.
        """
        from schnetpack_isd.view.notebook import view_structure

        atoms = self.atoms if atoms is None else atoms
        if atoms is None:
            raise ValueError("There is no structure to view yet; give one.")
        self.get_property("spectrum_tensor", atoms)
        return view_structure(atoms, self._spectra, self.predictor, height)

    def predict(self, structures: Atoms | Iterable[Atoms], isotropic: bool = False) -> Iterator[StructureSpectra]:
        """Predict the spectra of many structures along the calculator's directions, in batches.

        Args:
            structures: one structure or several, for example the frames of a trajectory. Of an iterator, at most one
                batch for each thread and another one are in memory.
            isotropic: also average over all directions.

        Returns:
            Iterator over the spectra of each structure.
        """
        return self.predictor.predict(structures, self.parameters["directions"], isotropic)
