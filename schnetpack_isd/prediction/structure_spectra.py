"""Predicted spectra of a structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra import project
from schnetpack_isd.spectra.tensor import AS_MATRIX, COLUMNS, ROWS

__all__ = ["Deviations", "StructureSpectra", "along_directions"]


@dataclass(frozen=True)
class Deviations:
    """Deviations of the members of an ensemble from their mean, scaled to the calibrated standard deviation.

    The standard deviation of a quantity is the root of the mean square of its deviations; see
    :class:`~schnetpack_isd.ensemble.SpectrumEnsemble`.

    Attributes:
        spectrum: (n_members, n_sites, n_directions, n_energies) of the site spectra along the directions.
        isotropic_spectrum: (n_members, n_sites, n_energies) of the averages over all directions; None if they are not
            known.
        tensor: (n_members, n_sites, 6, n_energies) of the tensors, as xx, yy, zz, yz, xz, xy; None if the models
            predict none.
        ionization_energy: (n_members, n_sites) of the ionisation thresholds in eV; None if the models predict none,
            or the calibration does not have their factors.
    """

    spectrum: NDArray
    isotropic_spectrum: NDArray | None
    tensor: NDArray | None
    ionization_energy: NDArray | None


@dataclass(frozen=True)
class StructureSpectra:
    r"""Spectra of the absorbing atoms of a structure.

    A model that predicts tensors has the spectra along all directions, :math:`S(u, E) = u^\mathsf{T} \sigma(E)\, u`,
    and exact isotropic spectra, a third of the trace of :math:`\sigma(E)`.

    Attributes:
        energies: (n_energies,) axis in eV.
        site_atom: (n_sites,) index of each absorbing atom, from 0.
        direction: (n_directions, 3) unit vectors.
        spectrum: (n_sites, n_directions, n_energies) site spectra along the directions.
        molecular_spectrum: (n_directions, n_energies) sum of the site spectra over all absorbing atoms.
        isotropic_spectrum: (n_sites, n_energies) site spectra averaged over all directions; None unless requested.
        isotropic_error: (n_sites,) estimated errors of the quadrature, see
            :func:`~schnetpack_isd.spectra.powder_average`; not the errors of the model. 0 for a model that predicts
            tensors.
        isotropic_molecular_spectrum: (n_energies,) sum of the isotropic site spectra.
        isotropic_molecular_error: estimated error of the quadrature of that sum; 0 for a model that predicts tensors.
        tensor: (n_sites, 3, 3, n_energies) absorption tensors of the sites, in the unit of the spectra; None if the
            model predicts none.
        molecular_tensor: (3, 3, n_energies) sum of the tensors over all absorbing atoms.
        ionization_energy: (n_sites,) ionisation thresholds in eV, on the axis of the spectra; None if the model
            predicts none.
        extrapolation_score: (n_sites,) distance of each site's neighbourhood from those of the training data, above 1
            for sites far from them; None if the model has no such score.
        deviations: deviations of the members, if the model is an ensemble; else None.
        limits: lowest and highest intensity of all site spectra that were predicted, in units of the intensity scale;
            those of the directions of the average are among them. For a model that predicts tensors, the lowest is the
            smallest eigenvalue before tensors were made positive, and intensities along x, y and z are among the
            others.
        is_plausible: False for intensities that no absorption spectrum has, far below zero or very large, and for
            structures with a site whose score of extrapolation is above 1.
    """

    energies: NDArray
    site_atom: NDArray[np.int64]
    direction: NDArray
    spectrum: NDArray
    molecular_spectrum: NDArray
    isotropic_spectrum: NDArray | None = None
    isotropic_error: NDArray | None = None
    isotropic_molecular_spectrum: NDArray | None = None
    isotropic_molecular_error: float | None = None
    tensor: NDArray | None = None
    molecular_tensor: NDArray | None = None
    ionization_energy: NDArray | None = None
    extrapolation_score: NDArray | None = None
    deviations: Deviations | None = None
    limits: tuple[float, float] = (0.0, 0.0)
    is_plausible: bool = True

    @property
    def spectrum_std(self) -> NDArray | None:
        """(n_sites, n_directions, n_energies) standard deviation of `spectrum`; None without an ensemble."""
        return None if self.deviations is None else root_mean_square(self.deviations.spectrum)

    @property
    def molecular_spectrum_std(self) -> NDArray | None:
        """(n_directions, n_energies) standard deviation of `molecular_spectrum`; None without an ensemble."""
        return None if self.deviations is None else root_mean_square(self.deviations.spectrum.sum(axis=1))

    @property
    def isotropic_spectrum_std(self) -> NDArray | None:
        """(n_sites, n_energies) standard deviation of `isotropic_spectrum`; None if there is none."""
        if self.deviations is None or self.deviations.isotropic_spectrum is None:
            return None
        return root_mean_square(self.deviations.isotropic_spectrum)

    @property
    def isotropic_molecular_spectrum_std(self) -> NDArray | None:
        """(n_energies,) standard deviation of `isotropic_molecular_spectrum`; None if there is none."""
        if self.deviations is None or self.deviations.isotropic_spectrum is None:
            return None
        return root_mean_square(self.deviations.isotropic_spectrum.sum(axis=1))

    @property
    def ionization_energy_std(self) -> NDArray | None:
        """(n_sites,) standard deviation of `ionization_energy` in eV; None if there is none."""
        if self.deviations is None or self.deviations.ionization_energy is None:
            return None
        return root_mean_square(self.deviations.ionization_energy)

    def along(self, directions: NDArray) -> StructureSpectra:
        """Return the spectra along other directions, which follow from the tensors.

        Args:
            directions: (n_directions, 3) unit vectors.

        Raises:
            ValueError: there are no tensors.
        """
        if self.tensor is None or self.molecular_tensor is None:
            raise ValueError("Spectra along other directions need a model that predicts tensors.")
        deviations = self.deviations
        if deviations is not None and deviations.tensor is not None:
            tensors = deviations.tensor
            along = project(tensors.reshape(-1, *tensors.shape[2:]), directions)
            deviations = replace(deviations, spectrum=along.reshape(*tensors.shape[:2], *along.shape[1:]))
        return replace(
            self,
            direction=directions,
            spectrum=along_directions(self.tensor, directions),
            molecular_spectrum=along_directions(self.molecular_tensor[None], directions)[0],
            deviations=deviations,
        )

    def members(self) -> Iterator[StructureSpectra]:
        """Iterate over the spectra of each member of an ensemble, with the scaled deviations; none without one.

        Ionisation thresholds are NaN if their deviations are unknown.
        """
        if self.deviations is None:
            return
        for number, along in enumerate(self.deviations.spectrum):
            changes = {"spectrum": self.spectrum + along, "molecular_spectrum": self.molecular_spectrum + along.sum(0)}
            if self.isotropic_spectrum is not None and self.deviations.isotropic_spectrum is not None:
                average = self.deviations.isotropic_spectrum[number]
                changes["isotropic_spectrum"] = self.isotropic_spectrum + average
                changes["isotropic_molecular_spectrum"] = self.isotropic_molecular_spectrum + average.sum(axis=0)
            if self.tensor is not None and self.deviations.tensor is not None:
                tensor = self.deviations.tensor[number][:, AS_MATRIX]
                changes["tensor"], changes["molecular_tensor"] = (
                    self.tensor + tensor,
                    self.molecular_tensor + tensor.sum(0),
                )
            if self.ionization_energy is not None:
                thresholds = self.deviations.ionization_energy
                changes["ionization_energy"] = self.ionization_energy + (
                    np.nan if thresholds is None else thresholds[number]
                )
            yield replace(self, deviations=None, **changes)

    def with_std(self, function: Callable[[StructureSpectra], NDArray | float]) -> tuple[NDArray, NDArray]:
        """Return a number that depends on the spectra, and its standard deviation.

        Args:
            function: returns the number, or an array, from spectra: a dichroism, or the position of a peak.

        Returns:
            The function of these spectra, and the root of the mean square of the differences between it and the
            function of the spectra of each member.

        Raises:
            ValueError: the spectra are those of a single model.
        """
        value = np.asarray(function(self))
        of_members = [np.asarray(function(member)) for member in self.members()]
        if not of_members:
            raise ValueError("A standard deviation needs the spectra of an ensemble, not those of a single model.")
        return value, root_mean_square(np.stack(of_members) - value)


def root_mean_square(deviations: NDArray) -> NDArray:
    """Return the root of the mean square over the first axis."""
    return np.sqrt(np.square(deviations).mean(axis=0))


def along_directions(tensor: NDArray, directions: NDArray) -> NDArray:
    """Return the exact spectra of absorption tensors along directions.

    Args:
        tensor: (n_sites, 3, 3, n_energies) tensors.
        directions: (n_directions, 3) vectors of any non-zero length.

    Returns:
        (n_sites, n_directions, n_energies) spectra.
    """
    return project(tensor[:, ROWS, COLUMNS], directions)
