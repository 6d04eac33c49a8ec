"""The messages of all pairs in one pass over memory, compiled by Numba, for predictions on a CPU."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["add_messages", "is_installed"]


def is_installed() -> bool:
    """Whether Numba is there (the extra `fast`)."""
    return _compiled() is not None


@torch.library.custom_op(
    "schnetpack_isd::add_messages",
    mutates_args=(),
    device_types="cpu",
    schema="(Tensor q, Tensor mu, Tensor context, Tensor Wij, Tensor dir_ij, Tensor idx_i, Tensor idx_j, "
    "bool symmetric) -> (Tensor, Tensor)",
)
def add_messages(
    q: Tensor, mu: Tensor, context: Tensor, Wij: Tensor, dir_ij: Tensor, idx_i: Tensor, idx_j: Tensor, symmetric: bool
) -> tuple[Tensor, Tensor]:
    """What :class:`~schnetpack_isd.representation.ISDPaiNNInteraction` gives, without gradients.

    Args:
        q: (n_atoms, n_directions or 1, F) scalar features.
        mu: (n_atoms, n_directions, 3, F) vector features.
        context: (n_atoms, n_directions or 1, 3F) output of the context network.
        Wij: (n_pairs, 1, 3F) filters.
        dir_ij: (n_pairs, 3) unit vectors.
        idx_i: (n_pairs,) receiving atoms.
        idx_j: (n_pairs,) sending atoms.
        symmetric: symmetrise the vector message, eqn (4).

    Returns:
        Scalar and vector features after the interaction.

    Raises:
        IndexError: there is no such atom.
    """
    for idx in (idx_i, idx_j) if len(idx_i) else ():
        if not 0 <= idx.min() <= idx.max() < len(mu):
            raise IndexError(f"Pairs are of atoms {int(idx.min())} to {int(idx.max())}; there are {len(mu)} atoms.")
    inputs = (context.to(mu), mu, Wij[:, 0].to(mu), dir_ij, idx_i, idx_j)
    sums = tuple(features.clone(memory_format=torch.contiguous_format) for features in (q, mu))
    _compiled()(*(tensor.contiguous().numpy() for tensor in inputs), *(total.numpy() for total in sums), symmetric)
    return sums


@add_messages.register_fake
def _(q: Tensor, mu: Tensor, *_: object) -> tuple[Tensor, Tensor]:
    return tuple(torch.empty_like(features, memory_format=torch.contiguous_format) for features in (q, mu))


@functools.cache
def _compiled() -> Callable[..., None] | None:
    try:
        import numba
    except ImportError:
        return None
    # Sums may be reordered; numbers that are not finite stay what they are.
    compile_for = functools.partial(numba.njit, nogil=True, fastmath={"reassoc", "contract", "nsz"})
    try:
        return compile_for(cache=True)(_add_messages)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return compile_for()(_add_messages)


def _add_messages(
    context: NDArray,
    mu: NDArray,
    Wij: NDArray,
    dir_ij: NDArray,
    idx_i: NDArray,
    idx_j: NDArray,
    q_sum: NDArray,
    mu_sum: NDArray,
    symmetric: bool,
) -> None:
    """Eqn (4). A loop for each product, as the compiler has each of them work on whole registers then."""
    n_directions, n_features = mu.shape[1], mu.shape[3]
    n_contexts = context.shape[1]
    dmuR, dmumu = np.empty(n_features, mu.dtype), np.empty(n_features, mu.dtype)
    for pair in range(len(idx_i)):
        i, j = idx_i[pair], idx_j[pair]
        x, y, z = dir_ij[pair, 0], dir_ij[pair, 1], dir_ij[pair, 2]
        W_q, W_R, W_mu = Wij[pair, :n_features], Wij[pair, n_features:-n_features], Wij[pair, -n_features:]
        for direction in range(n_contexts):
            phi_q, sum_q = context[j, direction], q_sum[i, direction]
            for f in range(n_features):
                sum_q[f] += W_q[f] * phi_q[f]
        for direction in range(n_directions):
            phi = context[j, direction if n_contexts > 1 else 0]
            phi_R, phi_mu = phi[n_features:-n_features], phi[-n_features:]
            mu_x, mu_y, mu_z = mu[j, direction, 0], mu[j, direction, 1], mu[j, direction, 2]
            sum_x, sum_y, sum_z = mu_sum[i, direction, 0], mu_sum[i, direction, 1], mu_sum[i, direction, 2]
            for f in range(n_features):
                dmuR[f] = W_R[f] * phi_R[f]
            if symmetric:
                for f in range(n_features):
                    dmuR[f] *= mu_x[f] * x + mu_y[f] * y + mu_z[f] * z
            for f in range(n_features):
                dmumu[f] = W_mu[f] * phi_mu[f]
            for f in range(n_features):
                sum_x[f] += dmumu[f] * mu_x[f] + dmuR[f] * x
            for f in range(n_features):
                sum_y[f] += dmumu[f] * mu_y[f] + dmuR[f] * y
            for f in range(n_features):
                sum_z[f] += dmumu[f] * mu_z[f] + dmuR[f] * z
