"""Descriptions of models as plain values, from which the modules are built again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from schnetpack.atomistic import PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, Dense, GaussianRBF, MollifierCutoff, shifted_softplus
from torch import nn

from schnetpack_isd.atomistic import Directions, OrbitalSpectrumTensor, SiteSpectrum, SpectrumHead, SpectrumTensor
from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble, Uncertainty
from schnetpack_isd.nn import PolynomialEnvelope, ScaledSiLU
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN
from schnetpack_isd.spectra.broadening import Broadening

__all__ = ["model_from_dict", "model_to_dict"]

Description = dict[str, Any]

ACTIVATIONS: dict[str, Callable] = {
    "silu": F.silu, "shifted_softplus": shifted_softplus, "relu": F.relu, "tanh": torch.tanh,
    "scaled_silu": ScaledSiLU(),
}  # fmt: skip

RECORD = ("elements", "broadening", "level_of_theory", "experimental_axis", "sources", "training_ids")
"""Attributes of a head that describe its training data."""


def model_to_dict(module: nn.Module) -> Description:
    """Describe the modules of a model, without their weights.

    Args:
        module: a model, or a part of one.

    Returns:
        `class`, the name of the module's class, and the arguments that build it; JSON can hold them.

    Raises:
        ValueError: a module is of a kind that cannot be described.
    """
    name = type(module).__name__
    if CLASSES.get(name) is not type(module):
        raise ValueError(f"{type(module).__module__}.{name} is not among the modules that can be described")
    return {"class": name, **DESCRIPTIONS[name](module)}


def model_from_dict(description: Description) -> Any:
    """Build a model from its description, with weights that are not trained.

    Raises:
        ValueError: the description names an unknown class, or lacks an argument.
    """
    arguments = dict(description)
    name = arguments.pop("class", None)
    if name not in CLASSES:
        raise ValueError(f"the description names the class {name!r}; known ones are {', '.join(CLASSES)}")
    if "sigma" in arguments:  # of models with a constant width
        sigma = arguments.pop("sigma")
        arguments["broadening"] = None if sigma is None else str(Broadening.constant(sigma))
    if arguments.get("uncertainty") is not None:
        arguments["uncertainty"] = Uncertainty.from_dict(arguments["uncertainty"])
    record = {}
    if issubclass(CLASSES[name], SpectrumHead):
        record = {key: arguments.pop(key) for key in RECORD if key in arguments}
    for key, value in arguments.items():
        if isinstance(value, dict) and "class" in value:
            arguments[key] = model_from_dict(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            arguments[key] = [model_from_dict(part) for part in value]
    if "activation" in arguments:
        arguments["activation"] = ACTIVATIONS[arguments["activation"]]
    try:
        module = CLASSES[name](**arguments)
    except TypeError as error:
        raise ValueError(f"the description of {name} has other arguments than it takes ({error})") from error
    for key, value in record.items():
        setattr(module, key, value)
    return module


def _potential(module: NeuralNetworkPotential) -> Description:
    if len(module.postprocessors) > 0:
        raise ValueError("postprocessors cannot be described")
    return {
        "representation": model_to_dict(module.representation),
        "input_modules": [model_to_dict(part) for part in module.input_modules],
        "output_modules": [model_to_dict(part) for part in module.output_modules],
    }


def _painn(module: ISDPaiNN) -> Description:
    return {
        **_painn_arguments(module),
        "symmetric_message": module.interactions[0].symmetric_message,
        "directional_embedding": module.direction_embedding is not None,
    }


def _painn_arguments(module: ISDPaiNN) -> Description:
    """Describe the arguments that representations after PaiNN have in common."""
    block = module.interactions[0]
    context = next(layer for layer in block.interatomic_context_net if isinstance(layer, Dense))
    _require(type(module.embedding) is nn.Embedding and len(module.electronic_embeddings) == 0, "embeddings")
    return {
        "n_atom_basis": module.n_atom_basis,
        "n_interactions": module.n_interactions,
        "radial_basis": model_to_dict(module.radial_basis),
        "cutoff_fn": model_to_dict(module.cutoff_fn),
        "activation": _activation(context.activation),
        "shared_interactions": module.n_interactions > 1 and module.interactions[1] is block,
        "shared_filters": module.share_filters,
        "epsilon": module.mixing[0].epsilon,
    }


def _ocp_painn(module: OCPISDPaiNN) -> Description:
    return {
        "n_atom_basis": module.n_atom_basis,
        "n_interactions": module.n_interactions,
        "radial_basis": model_to_dict(module.radial_basis),
        "cutoff_fn": model_to_dict(module.cutoff_fn),
        "n_elements": module.n_elements,
        "max_neighbors": module.max_neighbors,
        "symmetric_message": module.interactions[0].symmetric_message,
        "directional_embedding": module.direction_embedding is not None,
    }


def _site_spectrum(module: SiteSpectrum) -> Description:
    layers = list(module.outnet)
    description: Description = {
        "n_in": layers[0].in_features,
        "n_out": module.n_out,
        "n_hidden": [layer.out_features for layer in layers[:-1]],
        "n_layers": len(layers),
        "dropout": module.dropout,
        **_head_arguments(module),
    }
    if len(layers) == 1:
        return description
    return description | {"activation": _activation(layers[0].activation)}


def _spectrum_tensor(module: SpectrumTensor) -> Description:
    basis = {}
    if module.basis_broadening is not None:
        basis = {"basis_broadening": module.basis_broadening, "energies": module.energies.tolist()}
    return {
        "n_in": module.anisotropic.in_features,
        "n_matrix_in": module.n_matrix_in,
        "n_out": module.n_out,
        "n_basis": module.n_basis,
        "dropout": module.dropout.p,
        **basis,
        **_head_arguments(module),
    }


def _orbital_spectrum_tensor(module: OrbitalSpectrumTensor) -> Description:
    hamiltonian = module.hamiltonian
    return {
        **_spectrum_tensor(module),
        "cutoff": float(hamiltonian.cutoff_fn.cutoff),
        "n_hops": hamiltonian.n_hops,
    }


def _head_arguments(module: SpectrumHead) -> Description:
    """Describe the arguments and the record that heads have in common."""
    return {
        "aggregation_mode": module.aggregation_mode,
        "absorbing_element": module.absorbing_element,
        **{name: getattr(module, name) for name in RECORD},
    }


def _ensemble(module: SpectrumEnsemble) -> Description:
    return {
        "members": [model_to_dict(member) for member in module.members],
        "uncertainty": None if module.uncertainty is None else module.uncertainty.to_dict(),
        "neighborhood": None if module.neighborhood is None else model_to_dict(module.neighborhood),
    }


def _gaussians(module: GaussianRBF) -> Description:
    return {
        "n_rbf": module.n_rbf,
        "cutoff": float(module.offsets[-1]),
        "start": float(module.offsets[0]),
        "trainable": isinstance(module.offsets, nn.Parameter),
    }


def _activation(function: Any) -> str:
    for name, known in ACTIVATIONS.items():
        if function is known or (isinstance(known, nn.Module) and type(function) is type(known)):
            return name
    raise ValueError(f"the activation {function} cannot be described")


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(f"its {what} cannot be described")


def _nothing(_: nn.Module) -> Description:
    return {}


def _cutoff(module: nn.Module) -> Description:
    return {"cutoff": float(module.cutoff)}  # type: ignore[arg-type]


CLASSES: dict[str, type[nn.Module]] = {
    kind.__name__: kind
    for kind in (
        NeuralNetworkPotential, PairwiseDistances, Directions, SiteSpectrum, SpectrumTensor, OrbitalSpectrumTensor,
        ISDPaiNN, TensorISDPaiNN, OCPISDPaiNN, GaussianRBF, CosineCutoff, MollifierCutoff, PolynomialEnvelope,
        SpectrumEnsemble, NeighborhoodScore,
    )
}  # fmt: skip
"""The modules that a file can have."""

DESCRIPTIONS: dict[str, Callable[[Any], Description]] = {
    "NeuralNetworkPotential": _potential,
    "PairwiseDistances": _nothing,
    "Directions": lambda module: {"directions": module.directions.tolist()},
    "SiteSpectrum": _site_spectrum,
    "SpectrumTensor": _spectrum_tensor,
    "OrbitalSpectrumTensor": _orbital_spectrum_tensor,
    "ISDPaiNN": _painn,
    "TensorISDPaiNN": lambda module: {**_painn_arguments(module), "n_matrix_basis": module.n_matrix_basis},
    "OCPISDPaiNN": _ocp_painn,
    "GaussianRBF": _gaussians,
    "CosineCutoff": _cutoff,
    "MollifierCutoff": _cutoff,
    "SpectrumEnsemble": _ensemble,
    "NeighborhoodScore": lambda module: {**_cutoff(module), "elements": module.elements},
    "PolynomialEnvelope": lambda module: {**_cutoff(module), "exponent": module.exponent},
}
