"""Metric: the share of the variance of spectra that a model leaves unexplained."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric

from schnetpack_isd.nn.tensors import as_components
from schnetpack_isd.spectra.tensor import sphere_mean_square

__all__ = ["UnexplainedSphereVariance", "UnexplainedVariance"]

NO_VARIANCE = 1e-12
"""Variance, relative to the mean square, that is rounding of single precision only; it counts as 0."""


class UnexplainedVariance(Metric):
    r"""Share of the variance of the calculated spectra that a model leaves unexplained.

    .. math:: \frac{\sum_{nuE} (\hat S_n(u, E) - S_n(u, E))^2}{\sum_{nuE} (S_n(u, E) - \bar S(E))^2}

    where n are sites, u directions, and :math:`\bar S(E)` is the mean over both in all batches. A perfect model has 0,
    the mean spectrum has 1. It is 1 - R2Score with `multioutput="variance_weighted"`, without the thresholds of that
    class, which depend on the scale of the intensities. `spkisd evaluate` prints the same number.

    If the calculated spectra do not vary, it is 1, or 0 for a perfect prediction.
    """

    is_differentiable = False
    higher_is_better = False
    full_state_update = False

    squared_error: Tensor
    target_square: Tensor
    target_sum: Tensor
    number: Tensor

    def __init__(self, part: int | None = None, n_parts: int | None = None) -> None:
        """Choose the energies.

        Args:
            part: number of a part of the energy axis, from 1; the whole axis if None.
            n_parts: number of equal parts of the axis.

        Raises:
            ValueError: only one of both is given, or there is no such part.
        """
        super().__init__()
        if (part is None) != (n_parts is None):
            raise ValueError("`part` and `n_parts` go together: give both, or neither for all energies.")
        if part is not None and n_parts is not None and not 1 <= part <= n_parts:
            raise ValueError(f"`part` must be from 1 to `n_parts` = {n_parts}, not {part}.")
        self.part = part
        self.n_parts = n_parts
        for name in ("squared_error", "target_square", "target_sum"):
            self.add_state(name, default=torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("number", default=torch.tensor(0), dist_reduce_fx="sum")

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Add the spectra of a batch.

        Args:
            preds: (n_sites, n_directions, n_energies) spectra of the model.
            target: (n_sites, n_directions, n_energies) calculated spectra.

        Raises:
            ValueError: the shapes differ, or the axis has fewer energies than parts.
        """
        if preds.shape != target.shape:
            raise ValueError(f"Spectra of one shape were expected, not {tuple(preds.shape)} and {tuple(target.shape)}.")
        preds, target = (self._part(spectra).flatten(end_dim=-2) for spectra in (preds, target))
        self._add((preds - target) ** 2, target**2, target)

    def _add(self, squared_errors: Tensor, squares: Tensor, spectra: Tensor) -> None:
        """Add rows (n, n_energies)."""
        self.squared_error = self.squared_error + squared_errors.sum(dim=0)
        self.target_square = self.target_square + squares.sum(dim=0)
        self.target_sum = self.target_sum + spectra.sum(dim=0)
        self.number = self.number + len(spectra)

    def _part(self, spectra: Tensor) -> Tensor:
        """Return the part of the axis in double precision, without gradients."""
        dtype = torch.float32 if spectra.device.type == "mps" else torch.float64  # Apple's GPUs have no float64
        return spectra.detach()[..., self._energies(spectra.shape[-1])].to(dtype)

    def compute(self) -> Tensor:
        """Return the share for all batches."""
        variance = self.target_square - self.target_sum**2 / self.number
        variance = torch.where(variance > NO_VARIANCE * self.target_square, variance, 0.0).sum()
        error = self.squared_error.sum()
        return torch.where(variance > 0, error / variance, (error > 0).to(error))

    def _energies(self, n_energies: int) -> slice:
        """Return the part of the axis, which is that of the energies in a band of an equidistant axis."""
        if self.part is None or self.n_parts is None:
            return slice(None)
        if self.n_parts > n_energies:
            raise ValueError(f"An axis of {n_energies} energies has no {self.n_parts} parts; choose fewer `n_parts`.")
        edges = [-(-k * (n_energies - 1) // self.n_parts) for k in range(self.n_parts)] + [n_energies]
        return slice(edges[self.part - 1], edges[self.part])


class UnexplainedSphereVariance(UnexplainedVariance):
    """Unexplained share of the variance, averaged exactly over all directions; see :class:`UnexplainedVariance`."""

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Add the tensors of a batch.

        Args:
            preds: (n_sites, 3, 3, n_energies) tensors of the model.
            target: (n_sites, 6, n_energies) reference tensors, as databases have them.

        Raises:
            ValueError: the axis has fewer energies than parts.
        """
        preds, target = self._part(as_components(preds)), self._part(target)
        isotropic = target[:, :3].mean(dim=1)
        self._add(sphere_mean_square(preds - target), sphere_mean_square(target), isotropic)
