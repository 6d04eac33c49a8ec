"""Compiled messages for training on a CPU, with their gradients.

The equation is :meth:`ISDPaiNNInteraction.messages
<schnetpack_isd.representation.ISDPaiNNInteraction.messages>`. PyTorch's own operations write each of its factors to
memory, for every pair, and keep them for the gradients. This module computes messages and gradients in one pass over
the pairs each, and keeps only the inputs. It needs Numba (the extra `fast`); ``benchmarks/training_step.py`` measures
it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual
from torch.autograd.function import once_differentiable
from torch.utils._python_dispatch import _get_current_dispatch_mode

from schnetpack_isd.utils.compiled import compile_function

from .cpu_inference import add_messages, compile_messages

__all__ = ["CompiledMessages", "is_applicable"]

MOST_THREADS = 4
"""Largest number of threads for which one compiled pass is faster than PyTorch's operations on all of them."""


def is_applicable(q: Tensor, mu: Tensor, phi: Tensor, Wij: object, dir_ij: Tensor) -> bool:
    """Return whether compiled training messages apply.

    They need Numba, a CPU with few threads, one floating-point type, and gradients of the features and filters only:
    no gradients of the positions (forces), and no tracing, compilation or transform of functions.
    """
    if not torch.is_grad_enabled() or torch.compiler.is_compiling() or torch.jit.is_tracing():  # type: ignore[attr-defined]
        return False
    tensors = (q, mu, phi, Wij, dir_ij)
    plain = all(
        type(tensor) is Tensor and tensor.device.type == "cpu" and tensor.dtype == mu.dtype for tensor in tensors
    )
    return (
        plain
        and mu.dtype in (torch.float32, torch.float64)
        and not dir_ij.requires_grad
        and torch.get_num_threads() <= MOST_THREADS
        and _get_current_dispatch_mode() is None
        and not torch._C._are_functorch_transforms_active()
        and all(unpack_dual(tensor).tangent is None for tensor in (q, mu, phi))
        and compile_messages() is not None
    )


class CompiledMessages(torch.autograd.Function):
    """Features after an interaction block, from the compiled messages, with compiled gradients."""

    @staticmethod
    def forward(
        ctx: Any,
        q: Tensor,
        mu: Tensor,
        phi: Tensor,
        Wij: Tensor,
        dir_ij: Tensor,
        idx_i: Tensor,
        idx_j: Tensor,
        symmetric: bool,
    ) -> tuple[Tensor, Tensor]:
        """Add the messages.

        Args:
            ctx: context of the gradients.
            q: (n_atoms, n_directions or 1, F) scalar features.
            mu: (n_atoms, n_directions, 3, G) vector features.
            phi: (n_atoms, n_directions or 1, F + 2G) output of the context network.
            Wij: (n_pairs, 1, F + 2G) filters.
            dir_ij: (n_pairs, 3) unit vectors.
            idx_i: (n_pairs,) receiving atoms.
            idx_j: (n_pairs,) sending atoms.
            symmetric: symmetrise the vector message, eqn (4).
        """
        ctx.save_for_backward(mu, phi, Wij, dir_ij, idx_i, idx_j)
        ctx.symmetric = symmetric
        return add_messages(q, mu, phi, Wij, dir_ij, idx_i, idx_j, symmetric)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, q_gradient: Tensor, mu_gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of q, mu, phi and the filters."""
        mu, phi, Wij, *others = ctx.saved_tensors
        filters = Wij[:, 0].contiguous()
        mu_sum, phi_sum = mu_gradient.clone(memory_format=torch.contiguous_format), torch.zeros_like(phi)
        filter_gradient = torch.empty_like(filters)
        inputs = (phi, mu, filters, *others, q_gradient, mu_gradient)
        compiled = compile_function(_add_gradients)
        assert compiled is not None
        compiled(
            *(tensor.detach().contiguous().numpy() for tensor in inputs),
            phi_sum.numpy(),
            mu_sum.numpy(),
            filter_gradient.numpy(),
            ctx.symmetric,
        )
        return q_gradient, mu_sum, phi_sum, filter_gradient[:, None], None, None, None, None


def _add_gradients(
    phi: NDArray,
    mu: NDArray,
    Wij: NDArray,
    dir_ij: NDArray,
    idx_i: NDArray,
    idx_j: NDArray,
    q_gradient: NDArray,
    mu_gradient: NDArray,
    phi_sum: NDArray,
    mu_sum: NDArray,
    filter_gradient: NDArray,
    symmetric: bool,
) -> None:
    """Add the gradients of the messages of eqn (4) to the sums. A loop for each product lets it be vectorised."""
    n_scalars, n_directions, n_features = q_gradient.shape[2], mu.shape[1], mu.shape[3]
    n_phi = phi.shape[1]
    of_unit, of_mu, along, inner, of_inner, total_R, total_mu = np.empty((7, n_features), mu.dtype)
    of_inner[:] = 0
    for pair in range(len(idx_i)):
        i, j = idx_i[pair], idx_j[pair]
        x, y, z = dir_ij[pair, 0], dir_ij[pair, 1], dir_ij[pair, 2]
        W_q, W_R, W_mu = Wij[pair, :n_scalars], Wij[pair, n_scalars:-n_features], Wij[pair, -n_features:]
        of_W = filter_gradient[pair]
        of_W[:] = 0
        of_W_q, of_W_R, of_W_mu = of_W[:n_scalars], of_W[n_scalars:-n_features], of_W[-n_features:]
        for direction in range(n_phi):
            phi_q, of_q, sum_q = phi[j, direction], q_gradient[i, direction], phi_sum[j, direction]
            for f in range(n_scalars):
                of_W_q[f] += phi_q[f] * of_q[f]
            for f in range(n_scalars):
                sum_q[f] += W_q[f] * of_q[f]
        for direction in range(n_directions):
            shared = direction if n_phi > 1 else 0
            phi_R, phi_mu = phi[j, shared, n_scalars:-n_features], phi[j, shared, -n_features:]
            if direction < n_phi:  # otherwise the factors are those of the direction before, and the totals go on
                for f in range(n_features):
                    of_unit[f] = W_R[f] * phi_R[f]
                for f in range(n_features):
                    of_mu[f] = W_mu[f] * phi_mu[f]
                total_R[:] = 0
                total_mu[:] = 0
            mu_x, mu_y, mu_z = mu[j, direction, 0], mu[j, direction, 1], mu[j, direction, 2]
            of_x, of_y, of_z = mu_gradient[i, direction, 0], mu_gradient[i, direction, 1], mu_gradient[i, direction, 2]
            sum_x, sum_y, sum_z = mu_sum[j, direction, 0], mu_sum[j, direction, 1], mu_sum[j, direction, 2]
            for f in range(n_features):
                along[f] = of_x[f] * x + of_y[f] * y + of_z[f] * z
            if symmetric:
                for f in range(n_features):
                    inner[f] = mu_x[f] * x + mu_y[f] * y + mu_z[f] * z
                for f in range(n_features):
                    of_inner[f] = of_unit[f] * along[f]
                for f in range(n_features):
                    along[f] *= inner[f]
            for f in range(n_features):
                total_R[f] += along[f]
            for f in range(n_features):
                total_mu[f] += of_x[f] * mu_x[f] + of_y[f] * mu_y[f] + of_z[f] * mu_z[f]
            for f in range(n_features):
                sum_x[f] += of_inner[f] * x + of_mu[f] * of_x[f]
            for f in range(n_features):
                sum_y[f] += of_inner[f] * y + of_mu[f] * of_y[f]
            for f in range(n_features):
                sum_z[f] += of_inner[f] * z + of_mu[f] * of_z[f]
            if n_phi == 1 and direction < n_directions - 1:
                continue
            sum_R, sum_phi = phi_sum[j, shared, n_scalars:-n_features], phi_sum[j, shared, -n_features:]
            for f in range(n_features):
                of_W_R[f] += phi_R[f] * total_R[f]
            for f in range(n_features):
                sum_R[f] += W_R[f] * total_R[f]
            for f in range(n_features):
                of_W_mu[f] += phi_mu[f] * total_mu[f]
            for f in range(n_features):
                sum_phi[f] += W_mu[f] * total_mu[f]
