"""Calculated and predicted spectra, and the errors between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra import linear_dichroism

from .uncertainty import PredictedUncertainty
from .unexplained import VarianceShares

__all__ = ["Evaluation"]


@dataclass(frozen=True)
class Evaluation:
    """Calculated and predicted spectra of the sites of some molecules, in units of the intensity scale.

    Attributes:
        energies: (n_energies,) energy axis in eV.
        molecule_id: (n_sites,) id of the molecule of each site.
        site_atom: (n_sites,) index of the atom of each site in its molecule.
        multiplicity: (n_sites,) number of equivalent atoms that each site represents.
        directions: (n_sites, n_directions, 3) directions.
        calculated: (n_sites, n_directions, n_energies) reference spectra.
        predicted: (n_sites, n_directions, n_energies) spectra of the model.
        sphere: errors and variance over all directions, if they were computed.
        ionization_energy: (n_sites,) ionisation threshold of each site in eV, if the database has them.
        predicted_ionization_energy: (n_sites,) those of the model, if it predicts them.
        uncertainty: standard deviations of an ensemble's predictions; None for a single model.
    """

    energies: NDArray
    molecule_id: NDArray[np.int64]
    site_atom: NDArray[np.int64]
    multiplicity: NDArray
    directions: NDArray
    calculated: NDArray
    predicted: NDArray
    sphere: VarianceShares | None = None
    ionization_energy: NDArray | None = None
    predicted_ionization_energy: NDArray | None = None
    uncertainty: PredictedUncertainty | None = None

    def variance_shares(self) -> VarianceShares:
        """Return the squared errors beside the variance of the calculated spectra, along the directions."""
        return VarianceShares.along_directions(self.calculated, self.predicted)

    def squared_errors(self, prediction: NDArray | None = None) -> NDArray:
        """Return the mean squared error of each spectrum, the paper's measure.

        Args:
            prediction: spectra to compare with the calculated ones, broadcast to their shape; those of the model if
                not given.

        Returns:
            (n_sites, n_directions) errors.
        """
        prediction = self.predicted if prediction is None else prediction
        return np.asarray(np.mean((prediction - self.calculated) ** 2, axis=-1))

    def cosine_similarities(self) -> NDArray:
        r"""Return the cosine of the angle between calculated and predicted spectra as vectors.

        .. math:: \sum_E S(E)\, \hat S(E) \Big/ \sqrt{\sum_E S(E)^2 \sum_E \hat S(E)^2}

        Returns:
            (n_sites, n_directions) similarities; NaN where a spectrum is zero.
        """
        products = np.sum(self.calculated * self.predicted, axis=-1)
        norms = np.sqrt(np.sum(self.calculated**2, axis=-1) * np.sum(self.predicted**2, axis=-1))
        return np.divide(products, norms, out=np.full_like(products, np.nan), where=norms > 0)

    def wasserstein_distances(self) -> NDArray:
        r"""Return the Wasserstein distance between calculated and predicted spectra as distributions over the energy.

        .. math:: \int |F(E) - \hat F(E)|\, dE

        F is the cumulative spectrum, scaled to end at 1. Negative intensities count as 0.

        Returns:
            (n_sites, n_directions) distances in eV; NaN where a spectrum has no positive intensity.
        """
        cumulative = [np.cumsum(np.clip(spectra, 0.0, None), axis=-1) for spectra in (self.calculated, self.predicted)]
        known = np.all([sums[..., -1] > 0 for sums in cumulative], axis=0)
        calculated, predicted = (sums / np.where(known, sums[..., -1], 1.0)[..., None] for sums in cumulative)
        return np.where(known, np.abs(calculated - predicted)[..., :-1] @ np.diff(self.energies), np.nan)

    def along_axes(self) -> bool:
        """Return whether the directions of all sites are x, y and z, in this order."""
        return self.directions.shape[1:] == (3, 3) and bool(np.all(self.directions == np.eye(3)))

    def z_dichroism(self) -> tuple[NDArray, NDArray]:
        """Return the linear dichroism with respect to z: the spectrum along z minus the mean of those along x and y.

        Returns:
            (n_sites, n_energies) dichroism of the calculated and of the predicted spectra.

        Raises:
            ValueError: the directions are not x, y and z.
        """
        if not self.along_axes():
            raise ValueError("Linear dichroism needs spectra along x, y and z.")
        return (
            linear_dichroism(self.calculated[:, 2], self.calculated[:, :2].mean(axis=1)),
            linear_dichroism(self.predicted[:, 2], self.predicted[:, :2].mean(axis=1)),
        )
