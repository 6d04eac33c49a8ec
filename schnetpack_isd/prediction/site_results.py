"""Predictions for the sites of a batch, and the spectra of a structure that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra import project
from schnetpack_isd.spectra.powder import powder_average

from .structure_checks import are_plausible
from .structure_spectra import Deviations, StructureSpectra, along_directions

__all__ = ["SiteResults"]


@dataclass(frozen=True)
class SiteResults:
    """Normalised predictions of a model for sites.

    Attributes:
        site_atom: (n_sites,) index of each absorbing atom in its structure.
        lowest: (n_sites,) lowest intensity, or eigenvalue of a tensor before tensors were made positive.
        tensor: (n_sites, 3, 3, n_energies) absorption tensors; None if the model predicts none.
        spectrum: (n_sites, n_directions, n_energies) spectra, if there are no tensors.
        ionization_energy: (n_sites,) ionisation thresholds in eV; None if the model predicts none.
        deviation: (n_sites, n_members, 6 or n_directions, n_energies) deviations of an ensemble's members, of the
            components of tensors or of spectra; None for a single model.
        ionization_energy_deviation: (n_sites, n_members) the same of the thresholds.
        score: (n_sites,) scores of extrapolation; None if the model has none.
    """

    site_atom: NDArray
    lowest: NDArray
    tensor: NDArray | None = None
    spectrum: NDArray | None = None
    ionization_energy: NDArray | None = None
    deviation: NDArray | None = None
    ionization_energy_deviation: NDArray | None = None
    score: NDArray | None = None

    @property
    def intensities(self) -> NDArray:
        """Tensors, or spectra if there are none."""
        values = self.spectrum if self.tensor is None else self.tensor
        assert values is not None
        return values

    def part(self, sites: slice) -> SiteResults:
        """Return the predictions of some sites."""
        every = {field.name: getattr(self, field.name) for field in fields(self)}
        parts: dict[str, Any] = {name: None if values is None else values[sites] for name, values in every.items()}
        return SiteResults(**parts)

    def scaled(self, factor: float) -> SiteResults:
        """Return the predictions with intensities times a factor; the lowest values stay as they are."""
        values = {name: getattr(self, name) for name in ("tensor", "spectrum", "deviation")}
        scaled: dict[str, Any] = {name: None if value is None else factor * value for name, value in values.items()}
        return replace(self, **scaled)

    def shifted(self, shift: float) -> SiteResults:
        """Return the predictions with ionisation thresholds shifted by some eV."""
        thresholds = self.ionization_energy
        return self if thresholds is None else replace(self, ionization_energy=thresholds + shift)

    def assemble(self, energies: NDArray, unit: NDArray, isotropic: bool, scale: float) -> StructureSpectra:
        """Return the spectra of the structure to which the sites belong.

        Args:
            energies: (n_energies,) axis in eV.
            unit: (n_directions, 3) unit vectors. If there are no tensors, the spectra are along these, then along those
                of :func:`~schnetpack_isd.spectra.sphere_quadrature` if the average is wanted.
            isotropic: also average over all directions.
            scale: intensities in units of the intensity scale are those of the predictions divided by this.
        """
        n_directions = len(unit)
        if self.tensor is not None:
            along = along_directions(self.tensor, unit)
            highest = max(np.diagonal(self.tensor, axis1=1, axis2=2).max(), along.max(initial=-np.inf))
            molecular_tensor = self.tensor.sum(axis=0)
            molecular = along_directions(molecular_tensor[None], unit)[0]
        else:
            assert self.spectrum is not None
            along, highest, molecular_tensor = self.spectrum[:, :n_directions], self.spectrum.max(), None
            molecular = along.sum(axis=0)
        limits = float(self.lowest.min()), float(highest) / scale
        found = StructureSpectra(
            energies,
            self.site_atom,
            unit,
            along,
            molecular,
            tensor=self.tensor,
            molecular_tensor=molecular_tensor,
            ionization_energy=self.ionization_energy,
            extrapolation_score=self.score,
            deviations=self._deviations(unit, isotropic),
            limits=limits,
            is_plausible=are_plausible(*limits) and (self.score is None or bool((self.score <= 1).all())),
        )
        return replace(found, **self._averages(n_directions)) if isotropic else found

    def _averages(self, n_directions: int) -> dict[str, Any]:
        """Return the isotropic spectra, and the errors of the quadrature, by their attributes."""
        if self.tensor is not None:
            average = np.trace(self.tensor, axis1=1, axis2=2) / 3
            error, molecular, molecular_error = np.zeros(len(average), average.dtype), average.sum(axis=0), np.zeros(())
        else:
            assert self.spectrum is not None
            sphere = self.spectrum[:, n_directions:]
            average, error = powder_average(sphere)
            molecular, molecular_error = powder_average(sphere.sum(axis=0))
        return {
            "isotropic_spectrum": average,
            "isotropic_error": error,
            "isotropic_molecular_spectrum": molecular,
            "isotropic_molecular_error": float(molecular_error),
        }

    def _deviations(self, unit: NDArray, isotropic: bool) -> Deviations | None:
        """Return the deviations of the members, with the members as the first axis."""
        if self.deviation is None:
            return None
        deviation, n_directions = self.deviation.swapaxes(0, 1), len(unit)
        thresholds = self.ionization_energy_deviation
        thresholds = None if thresholds is None else thresholds.T
        if self.tensor is not None:
            along = project(deviation.reshape(-1, *deviation.shape[2:]), unit)
            along = along.reshape(*deviation.shape[:2], *along.shape[1:])
            average = deviation[:, :, :3].mean(axis=2) if isotropic else None
            return Deviations(along, average, deviation, thresholds)
        average = powder_average(deviation[:, :, n_directions:])[0] if isotropic else None
        return Deviations(deviation[:, :, :n_directions], average, None, thresholds)
