"""Fast path of the messages for inference on a CPU.

:class:`~schnetpack_isd.representation.ISDPaiNNInteraction` has the equation. This module computes the same numbers
faster where no gradients are needed: in one pass over memory, compiled by Numba (the extra `fast`), or else in blocks
of pairs that fit the cache. ``benchmarks/predicting.py`` measures it.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual

from schnetpack_isd.nn.vector_features import components_first
from schnetpack_isd.utils.compiled import compile_function

__all__ = [
    "BLOCK_SIZE",
    "MANY_PAIRS",
    "PairFilters",
    "add_messages",
    "compile_messages",
    "is_applicable",
    "keep_freed_memory",
    "pass_messages",
]

Messages: TypeAlias = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""The equation, :meth:`ISDPaiNNInteraction.messages <schnetpack_isd.representation.ISDPaiNNInteraction.messages>`."""

BLOCK_SIZE = 1 << 18
"""Number of components of the vector messages in a block: 1 MiB in float32, so that a block stays in the cache."""

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""

MANY_PAIRS = 1 << 17
"""Number of pairs whose filters are in memory at a time."""


class PairFilters:
    """Filters of the pairs of atoms, computed for some of them at a time, since those of all pairs can need gigabytes.

    ``filters[pairs]`` are the filters (len(pairs), 1, F + 2G) of a slice of the pairs.
    """

    def __init__(self, d_ij: Tensor, filters: Callable[[Tensor], Tensor]) -> None:
        """Keep what the filters are made of.

        Args:
            d_ij: (n_pairs, 1) distances.
            filters: function that makes filters from distances.
        """
        self._d_ij = d_ij
        self._filters = filters

    def __len__(self) -> int:
        return len(self._d_ij)

    def __getitem__(self, pairs: slice) -> Tensor:
        return self._filters(self._d_ij[pairs])


def is_applicable(q: Tensor, mu: Tensor, Wij: Tensor | PairFilters | None = None) -> bool:
    """Return whether the CPU inference fast path applies (no gradients, tracing, compilation or GPU)."""
    is_tracing = torch.jit.is_tracing()  # type: ignore[attr-defined]
    if torch.is_grad_enabled() or torch.compiler.is_compiling() or is_tracing:
        return False
    plain = mu.device.type == "cpu" and mu.dtype in (torch.float32, torch.float64) and q.dtype == mu.dtype
    tensors = [features for features in (q, mu, Wij) if isinstance(features, Tensor)]
    return plain and all(unpack_dual(features).tangent is None for features in tensors)


def pass_messages(
    messages: Messages,
    q: Tensor,
    mu: Tensor,
    phi: Tensor,
    Wij: Tensor | PairFilters,
    dir_ij: Tensor,
    idx_i: Tensor,
    idx_j: Tensor,
    symmetric: bool,
) -> tuple[Tensor, Tensor]:
    """Return the features after an interaction block, as its `forward` defines them.

    Args:
        messages: the equation for some of the pairs; not called if Numba is installed.
        q: (n_atoms, n_directions or 1, F) scalar features.
        mu: (n_atoms, n_directions, 3, G) vector features.
        phi: (n_atoms, n_directions or 1, F + 2G) output of the context network.
        Wij: (n_pairs, 1, F + 2G) filters.
        dir_ij: (n_pairs, 3) unit vectors.
        idx_i: (n_pairs,) receiving atoms.
        idx_j: (n_pairs,) sending atoms.
        symmetric: symmetrise the vector message, eqn (4).
    """
    if compile_messages() is not None and isinstance(Wij, Tensor):
        q, mu = add_messages(q, mu, phi, Wij, dir_ij, idx_i, idx_j, symmetric)
        return q, mu
    if compile_messages() is not None:
        return _add_in_parts(q, mu, phi, Wij, dir_ij, idx_i, idx_j, symmetric)
    mu_by_component = components_first(mu)
    dq, dmu = torch.zeros_like(q), torch.zeros_like(mu_by_component)
    for pairs in _blocks(len(Wij), mu):
        i, j = idx_i[pairs], idx_j[pairs]
        dq_ij, dmu_ij = messages(phi.index_select(0, j), mu_by_component.index_select(0, j), Wij[pairs], dir_ij[pairs])
        dq.index_add_(0, i, dq_ij.to(dq))
        dmu.index_add_(0, i, dmu_ij.to(dmu))
    return q + dq, mu + dmu.transpose(1, 2)


def _add_in_parts(
    q: Tensor,
    mu: Tensor,
    phi: Tensor,
    filters: Tensor | PairFilters,
    dir_ij: Tensor,
    idx_i: Tensor,
    idx_j: Tensor,
    symmetric: bool,
) -> tuple[Tensor, Tensor]:
    """Return the features after an interaction block, computed by Numba's function for some of the pairs at a time."""
    compiled = compile_messages()
    assert compiled is not None
    sums = tuple(features.clone(memory_format=torch.contiguous_format) for features in (q, mu))
    phi, mu = phi.contiguous(), mu.contiguous()
    for start in range(0, len(filters), MANY_PAIRS):
        pairs = slice(start, start + MANY_PAIRS)
        inputs = (phi, mu, filters[pairs][:, 0].contiguous(), dir_ij[pairs], idx_i[pairs], idx_j[pairs])
        compiled(*(tensor.contiguous().numpy() for tensor in inputs), *(total.numpy() for total in sums), symmetric)
    return sums[0], sums[1]


def _blocks(n_pairs: int, mu: Tensor) -> Iterator[slice]:
    """Divide the pairs into blocks whose messages fit the cache."""
    step = max(1, BLOCK_SIZE // math.prod(mu.shape[1:]))
    return (slice(start, start + step) for start in range(0, n_pairs, step))


@torch.library.custom_op(
    "schnetpack_isd::add_messages",
    mutates_args=(),
    device_types="cpu",
    schema="(Tensor q, Tensor mu, Tensor phi, Tensor Wij, Tensor dir_ij, Tensor idx_i, Tensor idx_j, "
    "bool symmetric) -> (Tensor, Tensor)",
)
def add_messages(
    q: Tensor, mu: Tensor, phi: Tensor, Wij: Tensor, dir_ij: Tensor, idx_i: Tensor, idx_j: Tensor, symmetric: bool
) -> tuple[Tensor, Tensor]:
    """Return the features after an interaction block, computed by the function that Numba compiled.

    This is a PyTorch operator without gradients. Its arguments are those of :func:`pass_messages`.

    Raises:
        IndexError: a pair refers to an atom that does not exist.
    """
    for idx in (idx_i, idx_j) if len(idx_i) else ():
        if not 0 <= idx.min() <= idx.max() < len(mu):
            raise IndexError(f"Pairs refer to atoms {int(idx.min())} to {int(idx.max())}; there are {len(mu)} atoms.")
    inputs = (phi.to(mu), mu, Wij[:, 0].to(mu), dir_ij, idx_i, idx_j)
    sums = tuple(features.clone(memory_format=torch.contiguous_format) for features in (q, mu))
    compiled = compile_messages()
    assert compiled is not None
    compiled(*(tensor.contiguous().numpy() for tensor in inputs), *(total.numpy() for total in sums), symmetric)
    return sums[0], sums[1]


@add_messages.register_fake
def _(q: Tensor, mu: Tensor, *_: object) -> tuple[Tensor, Tensor]:
    return (
        torch.empty_like(q, memory_format=torch.contiguous_format),
        torch.empty_like(mu, memory_format=torch.contiguous_format),
    )


def compile_messages() -> Callable[..., None] | None:
    """Compile the loop over pairs, once per process; return None if Numba is not installed."""
    return compile_function(_add_messages)


def keep_freed_memory() -> None:
    """Make the process reuse the memory of freed tensors instead of returning it to the system.

    Freeing a block of 31 MiB raises the thresholds of glibc: it then takes blocks up to that size from the heap, and
    returns the end of the heap only above twice that size (mallopt(3)). Other C libraries are not affected. A threshold
    in the environment, as Dask gives to its workers, stops glibc from raising them; then they are set.
    """
    torch.empty(31 << 20, dtype=torch.uint8)
    if "MALLOC_TRIM_THRESHOLD_" in os.environ and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_MMAP_THRESHOLD, 31 << 20)
        mallopt(M_TRIM_THRESHOLD, 62 << 20)


def _add_messages(
    phi: NDArray,
    mu: NDArray,
    Wij: NDArray,
    dir_ij: NDArray,
    idx_i: NDArray,
    idx_j: NDArray,
    q_sum: NDArray,
    mu_sum: NDArray,
    symmetric: bool,
) -> None:
    """Add the messages of eqn (4) to the sums. A loop for each product lets the compiler vectorise it."""
    n_scalars, n_directions, n_features = q_sum.shape[2], mu.shape[1], mu.shape[3]
    n_phi = phi.shape[1]  # 1 as long as the scalar features do not depend on the direction
    dmuR, dmumu = np.empty(n_features, mu.dtype), np.empty(n_features, mu.dtype)
    for pair in range(len(idx_i)):
        i, j = idx_i[pair], idx_j[pair]
        x, y, z = dir_ij[pair, 0], dir_ij[pair, 1], dir_ij[pair, 2]
        W_q, W_R, W_mu = Wij[pair, :n_scalars], Wij[pair, n_scalars:-n_features], Wij[pair, -n_features:]
        for direction in range(n_phi):
            phi_q, sum_q = phi[j, direction], q_sum[i, direction]
            for f in range(n_scalars):
                sum_q[f] += W_q[f] * phi_q[f]
        for direction in range(n_directions):
            phi_j = phi[j, direction if n_phi > 1 else 0]
            phi_R, phi_mu = phi_j[n_scalars:-n_features], phi_j[-n_features:]
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
