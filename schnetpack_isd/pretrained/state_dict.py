"""Keys and shapes of the authors' state dict, and their names in this package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from schnetpack_isd.utils.text import shorten

__all__ = ["rename_weights", "sizes_of"]

EQUIVARIANT = "equivariant_atom_emb.embeddings.weight"


def sizes_of(state: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes of a network, by their names in the authors' configuration.

    Raises:
        ValueError: a tensor that shows one of them is missing or has other dimensions.
    """
    num_layers = _count(
        state, r"(?:message_layers\.|update_layers\.|upd_out_scalar_scale_)(\d+)\.", "message_layers", 1
    )
    num_out_layers = _count(state, r"out_invariant\.(\d*[02468])\.", "out_invariant", 2)
    num_elements, hidden_channels = _shape(state, "invariant_atom_emb.embeddings.weight", 2, least=1)
    return {
        "hidden_channels": hidden_channels,
        "num_layers": num_layers,
        "num_rbf": _shape(state, "radial_basis.rbf.offset", 1, least=2)[0],
        "num_elements": num_elements,
        "num_out_layers": num_out_layers,
        "out_channels": _shape(state, f"out_invariant.{2 * num_out_layers - 2}.weight", 2, least=1)[0],
    }


def rename_weights(
    state: Mapping[str, Any], sizes: Mapping[str, int], cutoff: float, directional_embedding: bool
) -> dict[str, Tensor]:
    """Rename the weights, and put them in the order of SchNetPack's PaiNN.

    Three parts that lie side by side are in the authors' order: scalar, with mu_j (or the inner product), with r_ij (or
    the vectors). PaiNN swaps the second and third, and also the two parts of the channel mixing.

    Args:
        state: state dict of the authors.
        sizes: sizes from :func:`sizes_of`.
        cutoff: cutoff radius in Å, which is the unit of the centres of their Gaussians.
        directional_embedding: vector features start from the direction.

    Returns:
        State dict of a model of :class:`~schnetpack_isd.representation.OCPISDPaiNN` and a
        :class:`~schnetpack_isd.atomistic.SiteSpectrum`, without the constants that the weights lack.

    Raises:
        ValueError: keys are missing or unexpected, or values are not finite tensors of the right shape.
    """
    _check(state, _shapes(sizes, directional_embedding))
    layers = range(sizes["num_layers"])

    def joined(key: str) -> Tensor:
        return torch.cat([_swapped(state[f"message_layers.{layer}.rbf_proj.{key}"], 3) for layer in layers])

    offsets = state["radial_basis.rbf.offset"] * cutoff
    ours = {
        "representation.radial_basis.offsets": offsets,
        "representation.radial_basis.widths": (offsets[1] - offsets[0]).expand(len(offsets)),
        "representation.embedding.weight": _with_row_0(state["invariant_atom_emb.embeddings.weight"]),
        "representation.filter_net.weight": joined("weight"),
        "representation.filter_net.bias": joined("bias"),
    }
    if directional_embedding:
        weight = state[EQUIVARIANT]
        ours["representation.direction_embedding.weight"] = _with_row_0(weight)
    for layer in layers:
        message, update = f"message_layers.{layer}", f"update_layers.{layer}"
        interaction = f"representation.interactions.{layer}.interatomic_context_net"
        mixing = f"representation.mixing.{layer}"
        for key in ("weight", "bias"):
            ours |= {
                f"{interaction}.0.{key}": state[f"{message}.x_layernorm.{key}"],
                f"{interaction}.1.{key}": state[f"{message}.x_proj.0.{key}"],
                f"{interaction}.2.{key}": _swapped(state[f"{message}.x_proj.2.{key}"], 3),
                f"{mixing}.intraatomic_context_net.0.{key}": state[f"{update}.xvec_proj.0.{key}"],
                f"{mixing}.intraatomic_context_net.1.{key}": _swapped(state[f"{update}.xvec_proj.2.{key}"], 3),
            }
        ours[f"{mixing}.mu_channel_mix.weight"] = _swapped(state[f"{update}.vec_proj.weight"], 2)
        ours[f"{mixing}.scale_factor"] = _fitted(state[f"upd_out_scalar_scale_{layer}.scale_factor"])
    for layer in range(sizes["num_out_layers"]):
        for key in ("weight", "bias"):
            ours[f"output_modules.0.outnet.{layer}.{key}"] = state[f"out_invariant.{2 * layer}.{key}"]
    return {key: value.float() for key, value in ours.items()}


def _shapes(sizes: Mapping[str, int], directional_embedding: bool) -> dict[str, tuple[int, ...]]:
    n_features, n_rbf, n_elements = (sizes[name] for name in ("hidden_channels", "num_rbf", "num_elements"))
    shapes: dict[str, tuple[int, ...]] = {
        "invariant_atom_emb.embeddings.weight": (n_elements, n_features),
        "radial_basis.rbf.offset": (n_rbf,),
    }
    if directional_embedding:
        shapes[EQUIVARIANT] = (n_elements, n_features)

    def linear(name: str, n_in: int, n_out: int) -> None:
        shapes[f"{name}.weight"] = (n_out, n_in)
        shapes[f"{name}.bias"] = (n_out,)

    for layer in range(sizes["num_layers"]):
        message, update = f"message_layers.{layer}", f"update_layers.{layer}"
        linear(f"{message}.x_proj.0", n_features, n_features)
        linear(f"{message}.x_proj.2", n_features, 3 * n_features)
        linear(f"{message}.rbf_proj", n_rbf, 3 * n_features)
        shapes[f"{message}.x_layernorm.weight"] = shapes[f"{message}.x_layernorm.bias"] = (n_features,)
        shapes[f"{update}.vec_proj.weight"] = (2 * n_features, n_features)
        linear(f"{update}.xvec_proj.0", 2 * n_features, n_features)
        linear(f"{update}.xvec_proj.2", n_features, 3 * n_features)
        shapes[f"upd_out_scalar_scale_{layer}.scale_factor"] = ()
    for layer in range(sizes["num_out_layers"]):
        last = layer == sizes["num_out_layers"] - 1
        linear(f"out_invariant.{2 * layer}", n_features, sizes["out_channels"] if last else n_features)
    return shapes


def _check(state: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
    missing, surplus = sorted(shapes.keys() - state.keys()), sorted(state.keys() - shapes.keys(), key=str)
    tensors = {key: state[key] for key in shapes if _is_numbers(state.get(key))}
    misshapen = [key for key in tensors if tuple(tensors[key].shape) != shapes[key]]
    problems = {
        "missing": missing,
        "unexpected": surplus,
        "not tensors of floating-point numbers": [key for key in shapes if key in state and key not in tensors],
        "of another shape": [f"{key} {tuple(tensors[key].shape)} instead of {shapes[key]}" for key in misshapen],
        "not finite": [key for key, tensor in tensors.items() if not tensor.float().isfinite().all()],
    }
    found = "; ".join(f"{what}: {shorten(keys)}" for what, keys in problems.items() if keys)
    if EQUIVARIANT in missing:
        found += " (for weights of the ablation without it, use --no-directional-embedding)"
    if EQUIVARIANT in surplus:
        found += " (according to the configuration, or --no-directional-embedding, vectors start from zero)"
    if found:
        raise ValueError(found)


def _count(state: Mapping[str, Any], pattern: str, name: str, step: int) -> int:
    """Return the number of layers with a name, whose numbers increase in steps without a gap."""
    numbers = {int(match[1]) for key in state if (match := re.match(pattern, str(key)))}
    if not numbers:
        keys = shorten(sorted(map(str, state))) or "none"
        raise ValueError(f"missing: {name}.*; this is not the state dict of an ISD-PaiNN, its keys are: {keys}")
    for layer in range(len(numbers)):
        if step * layer not in numbers:
            raise ValueError(f"missing: {name}.{step * layer}.*, but there is {name}.{max(numbers)}")
    return len(numbers)


def _shape(state: Mapping[str, Any], key: str, ndim: int, least: int) -> tuple[int, ...]:
    if key not in state:
        raise ValueError(f"missing: {key}")
    if not _is_numbers(state[key]) or state[key].ndim != ndim or min(state[key].shape) < least:
        raise ValueError(f"{key} is not a tensor of {ndim} dimension{'s' * (ndim > 1)} of at least {least} numbers")
    return tuple(state[key].shape)


def _is_numbers(value: object) -> bool:
    if not isinstance(value, Tensor) or value.layout is not torch.strided or value.is_meta:
        return False
    return value.dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def _with_row_0(weight: Tensor) -> Tensor:
    """Add a row 0: the authors index rows by Z - 1, this package by Z."""
    return torch.cat([weight.new_zeros(1, weight.shape[1]), weight])


def _swapped(tensor: Tensor, n_parts: int) -> Tensor:
    """Exchange the last two of the parts along the first dimension."""
    *first, second, third = tensor.chunk(n_parts)
    return torch.cat([*first, third, second])


def _fitted(scale_factor: Tensor) -> Tensor:
    """Replace a scale factor of 0, which was never fitted, by 1."""
    return torch.where(scale_factor == 0, 1.0, scale_factor)
