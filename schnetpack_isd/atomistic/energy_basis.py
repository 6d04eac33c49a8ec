"""Basis of Gaussians on the energy axis, whose widths follow the broadening of the data."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from schnetpack_isd.spectra.broadening import Broadening

__all__ = ["EnergyBasis"]

LARGEST = 7.5
"""Number of standard deviations at which Gaussians end: denormal numbers beyond slow processors down."""

OVERLAP = 1.05
"""Width of the narrowest Gaussians in units of their distance."""

SMOOTHING = 0.5
"""Width of the Gaussian that smooths, in units of the width of the basis."""

NARROW = math.sqrt(1 - SMOOTHING**2)
"""Width of the Gaussians before they are smoothed, in units of their width afterwards; their height is 1 then."""

REACH = 5
"""Number of standard deviations at which the Gaussian that smooths ends."""


class EnergyBasis(nn.Module):
    r"""Gaussians at equal distances on the energy axis, which are wide where the lines of the data are wide.

    With the broadening :math:`\sigma(E)` of a site, they are Gaussians of one width in the coordinate

    .. math:: s(E) = \int^E \frac{dE'}{\sigma(E')}.

    Each can be made in two steps: a narrower Gaussian, and another one that smooths it.

    Attributes:
        width: width of the Gaussians relative to the broadening.
        needs_thresholds: the broadening is relative to the ionisation threshold of each site.
    """

    axis: Tensor
    grid: Tensor
    centers: Tensor
    knots: Tensor
    starts: Tensor
    lengths: Tensor
    slopes: Tensor
    widths: Tensor

    def __init__(self, n_basis: int, energies: Tensor, broadening: Broadening) -> None:
        """Set up the axis.

        Args:
            n_basis: number of Gaussians.
            energies: (n_energies,) energy axis with equal distances.
            broadening: broadening of the data.
        """
        super().__init__()
        self.first = float(energies[0])
        span = float(energies[-1]) - self.first
        step, distance = span / (len(energies) - 1), span / (n_basis - 1)
        self.width = OVERLAP * distance / min(broadening.widths)
        self.needs_thresholds = broadening.relative_to_threshold
        self.margin = math.ceil(REACH * SMOOTHING * self.width * max(broadening.widths) / step)
        knots = torch.tensor(broadening.energies or (0.0,), dtype=torch.float64)
        if not self.needs_thresholds:
            knots = knots - self.first
        widths = torch.tensor(broadening.widths, dtype=torch.float64)
        slopes = torch.diff(widths) / torch.diff(knots)
        lengths = torch.cumsum(_length(torch.diff(knots), widths[:-1], slopes), dim=0)
        buffers = {  # energies relative to the first one
            "axis": step * torch.arange(len(energies), dtype=torch.float64),
            "grid": step * torch.arange(-self.margin, len(energies) + self.margin, dtype=torch.float64),
            "centers": distance * torch.arange(n_basis, dtype=torch.float64),
            # The broadening is linear before the first knot, between two knots, and after the last one.
            "knots": knots,
            "starts": torch.cat([knots[:1], knots]),
            "lengths": F.pad(lengths, (2, 0)),
            "slopes": F.pad(slopes, (1, 1)),
            "widths": torch.cat([widths[:1], widths]),
        }
        for name, values in buffers.items():
            self.register_buffer(name, values.to(torch.get_default_dtype()), persistent=False)

    def forward(self, coefficients: Tensor, thresholds: Tensor) -> Tensor:
        """Return sums of Gaussians.

        Args:
            coefficients: (n_sites, n_components, n_basis) coefficients.
            thresholds: (n_sites,) ionisation thresholds in eV.

        Returns:
            (n_sites, n_components, n_energies) values on the axis.
        """
        return coefficients @ self._gaussians(self.axis, self.width, thresholds) * NARROW

    def narrow(self, coefficients: Tensor, thresholds: Tensor) -> Tensor:
        """Return sums of narrower Gaussians, on an axis with margins; :meth:`smooth` gives them their width."""
        return coefficients @ self._gaussians(self.grid, NARROW * self.width, thresholds)

    def smooth(self, values: Tensor, thresholds: Tensor) -> Tensor:
        """Smooth values on the axis with margins.

        Args:
            values: (n_sites, n_components, n_energies + margins) values.
            thresholds: (n_sites,) ionisation thresholds in eV.

        Returns:
            (n_sites, n_components, n_energies) values on the axis.
        """
        windows, weights = values.unfold(-1, 2 * self.margin + 1, 1), self._weights(thresholds)
        return torch.einsum("ncew,new->nce", windows, weights.expand(len(values), -1, -1))

    def _gaussians(self, energies: Tensor, width: float, thresholds: Tensor) -> Tensor:
        """Return Gaussians (n_sites or 1, n_basis, n)."""
        centers, _ = self._coordinates(self.centers, thresholds)
        positions, _ = self._coordinates(energies, thresholds)
        return _gaussian((positions[:, None] - centers[:, :, None]) / width)

    def _weights(self, thresholds: Tensor) -> Tensor:
        """Return weights (n_sites or 1, n_energies, 2 margin + 1) of neighbouring energies, which add up to 1."""
        positions, _ = self._coordinates(self.axis, thresholds)
        grid, widths = (part.unfold(-1, 2 * self.margin + 1, 1) for part in self._coordinates(self.grid, thresholds))
        weights = _gaussian((positions[:, :, None] - grid) / (SMOOTHING * self.width)) / widths
        return weights / weights.sum(dim=-1, keepdim=True)

    def _coordinates(self, energies: Tensor, thresholds: Tensor) -> tuple[Tensor, Tensor]:
        """Return coordinates s and widths (n_sites or 1, n) at energies (n,)."""
        origins = thresholds[:, None] - self.first if self.needs_thresholds else thresholds.new_zeros(1, 1)
        positions = (energies - origins).contiguous()
        part = torch.searchsorted(self.knots, positions, right=True)
        distances, widths, slopes = positions - self.starts[part], self.widths[part], self.slopes[part]
        return self.lengths[part] + _length(distances, widths, slopes), widths + slopes * distances


def _length(distances: Tensor, widths: Tensor, slopes: Tensor) -> Tensor:
    """Return the integral of the inverse width over distances from where the width is known."""
    safe = torch.where(slopes == 0, 1.0, slopes)
    return torch.where(slopes == 0, distances / widths, torch.log1p(safe * distances / widths) / safe)


def _gaussian(x: Tensor) -> Tensor:
    return F.threshold(torch.exp(-0.5 * x.clamp(-LARGEST, LARGEST) ** 2), math.exp(-0.5 * (LARGEST - 0.1) ** 2), 0.0)
