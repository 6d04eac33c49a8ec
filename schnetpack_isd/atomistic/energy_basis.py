"""Basis of Gaussians on the energy axis, whose widths follow the broadening of the data."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from schnetpack_isd.spectra.broadening import Broadening
from schnetpack_isd.utils.compiled import can_compile, compile_function

__all__ = ["EnergyBasis"]

LARGEST = 5.5
"""Number of standard deviations at which Gaussians end: denormal numbers beyond slow processors down."""

OVERLAP = 1.05
"""Width of the narrowest Gaussians in units of their distance."""

SMOOTHING = 0.5
"""Width of the Gaussian that smooths, in units of the width of the basis."""

NARROW = math.sqrt(1 - SMOOTHING**2)
"""Width of the Gaussians before they are smoothed, in units of their width afterwards; their height is 1 then."""

SPACING = 0.75
"""Distance between points of the grid that is smoothed, in units of the width of the Gaussian that smooths."""

NARROWEST = 0.3
"""Smallest width, in units of the broadening, over which a line is spread among Gaussians that are as wide as it."""

MARGIN = LARGEST + SPACING / 2
"""Length of the grid before and after the axis, in the same units; no point of it lies where a Gaussian ends."""


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
    steps: Tensor
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
        self.smoothing = SMOOTHING * self.width
        longest = span / min(broadening.widths) + 2 * MARGIN * self.smoothing
        n_points = math.ceil(longest / (SPACING * self.smoothing)) + 1
        knots = torch.tensor(broadening.energies or (0.0,), dtype=torch.float64)
        if not self.needs_thresholds:
            knots = knots - self.first
        widths = torch.tensor(broadening.widths, dtype=torch.float64)
        slopes = torch.diff(widths) / torch.diff(knots)
        lengths = torch.cumsum(_length(torch.diff(knots), widths[:-1], slopes), dim=0)
        buffers = {  # energies relative to the first one
            "axis": step * torch.arange(len(energies), dtype=torch.float64),
            "steps": SPACING * self.smoothing * torch.arange(n_points, dtype=torch.float64),
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
        centers, positions = (self._coordinates(energies, thresholds) for energies in (self.centers, self.axis))
        if can_compile(coefficients, _add_gaussians):
            return _sums(coefficients, centers, positions, self.width, normalise=False) * NARROW
        return coefficients @ _gaussians(centers, positions, self.width) * NARROW

    def narrow(self, coefficients: Tensor, thresholds: Tensor) -> Tensor:
        """Return sums of narrower Gaussians (n_sites, n_components, n) on a grid of s; :meth:`smooth` widens them."""
        width, centers, grid = NARROW * self.width, self._coordinates(self.centers, thresholds), self._grid(thresholds)
        if can_compile(coefficients, _add_gaussians):
            return _sums(coefficients, centers, grid, width, normalise=False)
        return coefficients @ _gaussians(centers, grid, width)

    def smooth(self, values: Tensor, thresholds: Tensor) -> Tensor:
        """Smooth values on the grid of :meth:`narrow`.

        Args:
            values: (n_sites, n_components, n) values.
            thresholds: (n_sites,) ionisation thresholds in eV.

        Returns:
            (n_sites, n_components, n_energies) values on the axis.
        """
        grid, positions = self._grid(thresholds), self._coordinates(self.axis, thresholds)
        if can_compile(values, _add_gaussians):
            return _sums(values, grid, positions, self.smoothing, normalise=True)
        weights = _gaussians(grid, positions, self.smoothing)
        return values @ (weights / weights.sum(dim=1, keepdim=True))

    def lines(self, energies: Tensor, thresholds: Tensor) -> Tensor:
        """Return the coefficients of lines of unit area, with the broadening of the data at their energies.

        Args:
            energies: (n_sites, n_lines) energies in eV.
            thresholds: (n_sites,) ionisation thresholds in eV.

        Returns:
            (n_sites, n_lines, n_basis) coefficients. Lines near an end of the axis lose a part of their tails.
        """
        centers = self._coordinates(self.centers, thresholds)
        positions, broadening = self._places(energies - self.first, thresholds)
        missing = math.sqrt(max(1 - self.width**2, NARROWEST**2))  # width that the Gaussians lack
        x = (centers[:, None] - positions[..., None]) / missing
        spacing = torch.gradient(centers, dim=1)[0]
        heights = spacing[:, None] / (2 * math.pi * self.width * missing * NARROW * broadening[..., None])
        return heights * torch.exp(-0.5 * x.clamp(-LARGEST, LARGEST) ** 2) * (x.abs() <= LARGEST)

    def _grid(self, thresholds: Tensor) -> Tensor:
        """Return coordinates s (n_sites or 1, n) at equal distances, from before the axis to beyond its end."""
        first = self._coordinates(self.axis[:1], thresholds) - MARGIN * self.smoothing
        return first + self.steps

    def _coordinates(self, energies: Tensor, thresholds: Tensor) -> Tensor:
        """Return coordinates s (n_sites or 1, n) at energies (n,) or (n_sites, n) from the first one."""
        return self._places(energies, thresholds)[0]

    def _places(self, energies: Tensor, thresholds: Tensor) -> tuple[Tensor, Tensor]:
        """Return coordinates s, see :meth:`_coordinates`, and the broadening in eV there."""
        origins = thresholds[:, None] - self.first if self.needs_thresholds else thresholds.new_zeros(1, 1)
        positions = (energies - origins).contiguous()
        part = torch.searchsorted(self.knots, positions, right=True)
        distances, widths, slopes = positions - self.starts[part], self.widths[part], self.slopes[part]
        return self.lengths[part] + _length(distances, widths, slopes), widths + slopes * distances


def _length(distances: Tensor, widths: Tensor, slopes: Tensor) -> Tensor:
    """Return the integral of the inverse width over distances from where the width is known."""
    safe = torch.where(slopes == 0, 1.0, slopes)
    return torch.where(slopes == 0, distances / widths, torch.log1p(safe * distances / widths) / safe)


def _gaussians(sources: Tensor, targets: Tensor, width: float) -> Tensor:
    """Return Gaussians (n_sites or 1, n_sources, n_targets) about coordinates (n_sites or 1, n_sources)."""
    if not (sources.requires_grad or targets.requires_grad):
        with torch.no_grad():
            if can_compile(sources, _write_gaussians):
                return _compiled_gaussians(sources, targets, width)
    x = (targets[:, None] - sources[:, :, None]) / width
    return torch.exp(-0.5 * x.clamp(-LARGEST, LARGEST) ** 2) * (x.abs() <= LARGEST)


def _compiled_gaussians(sources: Tensor, targets: Tensor, width: float) -> Tensor:
    """Return Gaussians by the compiled loop, see :func:`_write_gaussians`."""
    gaussians = sources.new_zeros(len(sources), sources.shape[1], targets.shape[1])
    function = compile_function(_write_gaussians)
    assert function is not None
    function(*(part.contiguous().numpy() for part in (sources, targets, gaussians)), width, LARGEST)
    return gaussians


def _sums(values: Tensor, sources: Tensor, targets: Tensor, width: float, normalise: bool) -> Tensor:
    """Return sums of Gaussians, see :func:`_add_gaussians`, by the compiled loop."""
    sums = values.new_empty(len(values), targets.shape[1], values.shape[1])
    arrays = (part.contiguous().numpy() for part in (values.transpose(1, 2), sources, targets, sums))
    function = compile_function(_add_gaussians)
    assert function is not None
    function(*arrays, width, LARGEST, normalise)
    return sums.transpose(1, 2)


def _add_gaussians(
    values: NDArray, sources: NDArray, targets: NDArray, sums: NDArray, width: float, reach: float, normalise: bool
) -> None:
    """Write sums of Gaussians about sources at targets, whose coordinates ascend; one row of them may serve all sites.

    Values and sums have the shape (n_sites, n, n_components). Gaussians end at `reach` widths. Normalised ones add up
    to 1 at each target.
    """
    for n in range(values.shape[0]):
        row = n if sources.shape[0] > 1 else 0
        first = 0
        for target in range(targets.shape[1]):
            position = targets[row, target]
            while first < sources.shape[1] and sources[row, first] < position - reach * width:
                first += 1
            sums[n, target] = 0.0
            norm = 0.0
            for source in range(first, sources.shape[1]):
                distance = (sources[row, source] - position) / width
                if distance > reach:
                    break
                gaussian = math.exp(-0.5 * distance * distance)
                norm += gaussian
                for component in range(values.shape[2]):
                    sums[n, target, component] += gaussian * values[n, source, component]
            if normalise:
                sums[n, target] /= norm


def _write_gaussians(sources: NDArray, targets: NDArray, gaussians: NDArray, width: float, reach: float) -> None:
    """Write Gaussians about sources at targets, whose coordinates ascend, where they are not zero."""
    for n in range(gaussians.shape[0]):
        first = 0
        for source in range(sources.shape[1]):
            position = sources[n, source]
            while first < targets.shape[1] and targets[n, first] < position - reach * width:
                first += 1
            for target in range(first, targets.shape[1]):
                distance = (targets[n, target] - position) / width
                if distance > reach:
                    break
                gaussians[n, source, target] = math.exp(-0.5 * distance * distance)
