"""Import of weights of the authors' implementation as a model of SchNetPack."""

from __future__ import annotations

import os
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from schnetpack.atomistic import PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import GaussianRBF

from schnetpack_isd.atomistic import Directions, SiteSpectrum
from schnetpack_isd.nn import PolynomialEnvelope, ScaledSiLU
from schnetpack_isd.representation import OCPISDPaiNN
from schnetpack_isd.spectra.broadening import Broadening

from .config import OCPSettings, combine
from .state_dict import rename_weights, sizes_of

__all__ = ["PAPER_INTENSITY_SCALE", "import_weights"]

PAPER_INTENSITY_SCALE = 1.1704213102348149e-4
"""Divisor of the intensities in the authors' data set, hence the unit of their predictions."""

PAPER_WINDOW = (288.0, 310.0)
PAPER_N_ENERGIES = 256
PAPER_SIGMA = 0.5


def import_weights(
    weights: str | os.PathLike[str],
    config: str | os.PathLike[str] | None = None,
    *,
    cutoff: float | None = None,
    symmetric_message: bool | None = None,
    directional_embedding: bool | None = None,
) -> NeuralNetworkPotential:
    """Build a model from the authors' weights that reproduces their implementation.

    The sizes come from the shapes of the weights; everything else comes from the configuration file or the arguments.

    Args:
        weights: `.pt` file of the authors, a dictionary with the state dict under `model_state_dict`. It is read with
            `weights_only=True`, so it cannot run code.
        config: configuration file that was published with the weights.
        cutoff: cutoff radius in Å, unless the configuration has it.
        symmetric_message: the vector message is symmetrised, unless the configuration has this switch. Networks with a
            normalised factor, `message_factor_normalize: true`, are not supported.
        directional_embedding: False for weights of the ablation without it, unless the configuration has this switch.

    Returns:
        Model with :class:`~schnetpack_isd.representation.OCPISDPaiNN`, and a
        :class:`~schnetpack_isd.atomistic.SiteSpectrum` on the paper's energy axis and intensity scale.

    Raises:
        OSError: a file does not exist or cannot be read.
        ValueError: a file is invalid, weights and configuration do not match, or a value is missing.

    Warns:
        UserWarning: a missing value is assumed to be that of the published weights.
    """
    settings = combine(
        config, cutoff=cutoff, symmetric_message=symmetric_message, directional_embedding=directional_embedding
    )
    state = _read_state_dict(weights)
    try:
        sizes = sizes_of(state)
        _compare(sizes, settings, config)
        converted = rename_weights(state, sizes, settings.cutoff, settings.directional_embedding)
    except ValueError as error:
        raise ValueError(f"{weights}: {error}.") from error
    model = _build(sizes, settings)
    constants = {name: tensor for name, tensor in model.named_buffers() if name not in converted}
    model.load_state_dict(constants | converted)
    return model.eval()


def _read_state_dict(path: str | os.PathLike[str]) -> dict[Any, Any]:
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except PermissionError:
        raise
    except Exception as error:  # reading a damaged file raises errors of many kinds
        held = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if held is None:
            raise ValueError(f"{path} is not a file of weights, or is damaged.") from error
        raise ValueError(_more_than_weights(path, held[1])) from error
    state = content.get("model_state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise ValueError(f"{path} is not a dictionary with a state dict under `model_state_dict`.")
    return state


def _more_than_weights(path: str | os.PathLike[str], held: str) -> str:
    if held.startswith("schnetpack"):
        return f"{path} is already a model of SchNetPack; there is nothing to import."
    return (
        f"{path} holds more than tensors and plain values ({held}), and is not read, because this could run code of "
        "its author. If you trust the author, write the weights alone to another file, and import that with --config: "
        f"`torch.save({{'model_state_dict': torch.load({str(path)!r}, map_location='cpu', weights_only=False)"
        "['model_state_dict']}, 'weights.pt')`."
    )


def _compare(sizes: dict[str, int], settings: OCPSettings, config: str | os.PathLike[str] | None) -> None:
    for name, told in settings.sizes.items():
        if sizes[name] != told:
            raise ValueError(
                f"`{name}` is {sizes[name]}, but {told!r} in {config}; weights and configuration do not match"
            )


def _build(sizes: dict[str, int], settings: OCPSettings) -> NeuralNetworkPotential:
    n_features, n_energies = sizes["hidden_channels"], sizes["out_channels"]
    if settings.window is None and n_energies != PAPER_N_ENERGIES:
        warnings.warn(
            f"The energies of the {n_energies} intensities are unknown. They are put on the paper's axis, from "
            f"{PAPER_WINDOW[0]:g} to {PAPER_WINDOW[1]:g} eV.",
            stacklevel=3,
        )
    representation = OCPISDPaiNN(
        n_atom_basis=n_features,
        n_interactions=sizes["num_layers"],
        radial_basis=GaussianRBF(sizes["num_rbf"], settings.cutoff),
        cutoff_fn=PolynomialEnvelope(settings.cutoff),
        n_elements=sizes["num_elements"],
        max_neighbors=settings.max_neighbors,
        symmetric_message=settings.symmetric_message,
        directional_embedding=settings.directional_embedding,
    )
    head = SiteSpectrum(
        n_features,
        n_energies,
        n_layers=sizes["num_out_layers"],
        activation=ScaledSiLU(),
        energies=torch.linspace(*(settings.window or PAPER_WINDOW), n_energies),
        intensity_scale=PAPER_INTENSITY_SCALE,
    )
    head.broadening = str(Broadening.constant(PAPER_SIGMA))
    return NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], [head])
