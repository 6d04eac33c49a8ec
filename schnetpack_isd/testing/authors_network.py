"""The authors' network: outputs of their code, independently written formulas, and files in their layout."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from ase import Atoms
from omegaconf import OmegaConf
from torch import Tensor

NAMES = (
    "symmetric_1out",
    "symmetric_2out",
    "without_symmetric_message",
    "without_directional_embedding",
    "without_both",
)
PAPER = {
    "hidden_channels": 512, "num_layers": 8, "num_rbf": 64, "num_elements": 9, "num_out_layers": 1, "cutoff": 8.0,
    "out_channels": 256, "energies": [288, 310, 256], "symmetric_message": True, "use_pbc": False,
    "message_factor_normalize": False, "max_neighbors": 50,
}  # fmt: skip
State = dict[str, Tensor]


@dataclass(frozen=True)
class Reference:
    """Weights, inputs and outputs of the authors' code."""

    config: dict
    state: State
    atoms: list[Atoms]
    directions: np.ndarray
    output: np.ndarray
    scalar_features: np.ndarray
    vector_features: np.ndarray


def reference(folder: Path, name: str) -> Reference:
    """Read a file of reference outputs, one of :data:`NAMES`."""
    with np.load(folder / f"{name}.npz") as file:
        arrays = {key.removeprefix("in_out/"): file[key] for key in file.files}
    structure = arrays["structure"]
    return Reference(
        config={"symmetric_message": True} | json.loads(str(arrays["config"])),
        state={
            key.removeprefix("state/"): torch.from_numpy(value)
            for key, value in arrays.items()
            if key.startswith("state/")
        },
        atoms=[
            Atoms(arrays["numbers"][structure == number], arrays["positions"][structure == number])
            for number in range(structure.max() + 1)
        ],
        **{key: arrays[key] for key in ("directions", "output", "scalar_features", "vector_features")},
    )


def write_files(folder: Path, state: State, config: dict) -> tuple[Path, Path]:
    """Write a `.pt` and a configuration file as the authors publish them."""
    weights, path = folder / "model_state.pt", folder / "config-defaults.yaml"
    torch.save({"model_state_dict": state, "optimizer_state_dict": {}, "epoch": 7, "loss": {"loss": [0.5]}}, weights)
    OmegaConf.save({key: {"value": value} for key, value in config.items()}, path)
    return weights, path


def random_state(template: State, n_features: int, n_layers: int, n_rbf: int, n_energies: int) -> State:
    """Return random weights of the given sizes, with the keys of a state dict of symmetric_1out."""
    sizes = {32: n_features, 64: 2 * n_features, 96: 3 * n_features, 16: n_rbf, 24: n_energies, 9: 9}
    generator = torch.Generator().manual_seed(0)
    state = {}
    for key, tensor in template.items():
        if "_layers." in key or "scale_" in key:
            if not ("_layers.0." in key or "scale_0." in key):
                continue
            names = [key.replace("layers.0.", f"layers.{n}.").replace("scale_0.", f"scale_{n}.")
                     for n in range(n_layers)]  # fmt: skip
        else:
            names = [key]
        shape = [sizes[length] for length in tensor.shape]
        for name in names:
            spread = shape[-1] ** -0.5 if len(shape) == 2 else 0.3
            state[name] = torch.randn(shape, generator=generator) * spread + ("layernorm.weight" in name)
    state["radial_basis.rbf.offset"] = torch.linspace(0, 1, n_rbf)
    return state


def formulas(state: State, config: dict, atoms: Atoms, direction: np.ndarray) -> Tensor:
    """Evaluate the authors' equations for a molecule and a direction, all pairs at once, in float64.

    Returns:
        (n_atoms, n_energies) spectra of all atoms.
    """
    weights = {key: value.double() for key, value in state.items()}

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))

    def activation(x: Tensor) -> Tensor:
        return F.silu(x) / 0.6

    z = torch.tensor(atoms.numbers) - 1
    positions = torch.tensor(atoms.positions)
    vectors = positions[None] - positions[:, None]  # from the receiving atom i to its neighbour j
    distances = vectors.norm(dim=-1) + torch.eye(len(z))
    pairs = ((distances <= config["cutoff"]) & ~torch.eye(len(z), dtype=torch.bool)).double()[..., None]
    u = vectors / distances[..., None]
    x = (distances / config["cutoff"])[..., None]
    centres = weights["radial_basis.rbf.offset"]
    rbf = torch.exp(-0.5 * ((x - centres) / (centres[1] - centres[0])) ** 2)
    rbf = rbf * (1 - 21 * x**5 + 35 * x**6 - 15 * x**7) * (x < 1)

    s = weights["invariant_atom_emb.embeddings.weight"][z]
    n_features = s.shape[1]
    mu = torch.zeros(len(z), 3, n_features, dtype=torch.float64)
    if "equivariant_atom_emb.embeddings.weight" in weights:
        unit = torch.tensor(direction, dtype=torch.float64)
        mu = weights["equivariant_atom_emb.embeddings.weight"][z][:, None, :] * (unit / unit.norm())[:, None]
    for layer in range(sum(key.endswith("scale_factor") for key in weights)):
        message, update = f"message_layers.{layer}", f"update_layers.{layer}"
        scale, shift = (weights[f"{message}.x_layernorm.{key}"] for key in ("weight", "bias"))
        phi = linear(
            f"{message}.x_proj.2",
            activation(linear(f"{message}.x_proj.0", F.layer_norm(s, (n_features,), scale, shift))),
        )
        ds, to_mu, to_u = (phi[None] * linear(f"{message}.rbf_proj", rbf) * pairs).chunk(3, dim=-1)
        if config["symmetric_message"]:
            to_u = to_u * torch.einsum("jaf,ija->ijf", mu, u)
        dmu = torch.einsum("jaf,ijf->iaf", mu, to_mu) / math.sqrt(3) + torch.einsum("ija,ijf->iaf", u, to_u)
        s = (s + ds.sum(dim=1)) / math.sqrt(2)
        mu = mu + dmu / math.sqrt(n_features)
        v, w = linear(f"{update}.vec_proj", mu).chunk(2, dim=-1)
        context = torch.cat([s, w.norm(dim=1)], dim=-1)
        a, b, c = linear(f"{update}.xvec_proj.2", activation(linear(f"{update}.xvec_proj.0", context))).chunk(3, dim=-1)
        scale = weights[f"upd_out_scalar_scale_{layer}.scale_factor"]
        s = (s + (a + b * (v * w).sum(dim=1) / math.sqrt(n_features)) / math.sqrt(2)) * (scale if scale != 0 else 1)
        mu = mu + c[:, None] * v
    last = max(int(key.split(".")[1]) for key in weights if key.startswith("out_invariant"))
    for layer in range(0, last, 2):
        s = activation(linear(f"out_invariant.{layer}", s))
    return linear(f"out_invariant.{last}", s)
