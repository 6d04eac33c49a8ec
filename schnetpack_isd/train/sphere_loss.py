"""Loss of absorption tensors, averaged exactly over all directions."""

from __future__ import annotations

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from schnetpack_isd.nn.tensors import as_components
from schnetpack_isd.spectra.tensor import sphere_mean_square

__all__ = ["SphereMSELoss"]


class SphereMSELoss(nn.Module):
    r"""Mean squared error of spectra, averaged over sites, energies and exactly over all directions.

    .. math:: L = \frac{1}{N} \sum_{nE} \langle (u^\mathsf{T} D_n(E)\, u)^2 \rangle_u
        + \frac{w}{N} \sum_{nE} \left\langle \left( u^\mathsf{T} \frac{dD_n}{dE} u \right)^2 \right\rangle_u,
        \qquad D_n = \hat\sigma_n - \sigma_n

    The second term compares the slopes of spectra, as differences between neighbouring energies.

    References:
        Grizzi, Pretzie, Xu and Liu, arXiv:2604.12140 (XANE(3): terms with derivatives).
    """

    steps: Tensor

    def __init__(self, derivative_weight: float = 0.0, energies: ArrayLike | None = None) -> None:
        """Choose the weight of the slopes.

        Args:
            derivative_weight: weight w of the squared error of the slope, in eV².
            energies: (n_energies,) energy axis in eV, for the slopes.

        Raises:
            ValueError: the weight is negative, or there is a weight, but no axis.
        """
        super().__init__()
        if derivative_weight < 0 or (derivative_weight > 0 and energies is None):
            raise ValueError(
                f"`derivative_weight` must be at least 0, and needs `energies` above, but is {derivative_weight}."
            )
        self.derivative_weight = derivative_weight
        axis = torch.zeros(1) if energies is None else torch.as_tensor(energies)
        self.register_buffer("steps", torch.diff(axis).float(), persistent=False)

    def forward(self, predicted: Tensor, calculated: Tensor) -> Tensor:
        """Compare tensors.

        Args:
            predicted: (n_sites, 3, 3, n_energies) tensors of the model.
            calculated: (n_sites, 6, n_energies) reference tensors, as databases have them.

        Returns:
            The loss, a scalar.
        """
        difference = as_components(predicted) - calculated
        loss = sphere_mean_square(difference).mean()
        if self.derivative_weight > 0:
            slopes = torch.diff(difference, dim=-1) / self.steps.to(difference)
            loss = loss + self.derivative_weight * sphere_mean_square(slopes).mean()
        return loss
