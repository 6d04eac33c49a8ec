"""A model of SchNetPack from a file of weights of the authors' implementation."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path
from typing import Any

import torch
from schnetpack.atomistic import PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import GaussianRBF

from schnetpack_isd.aside import one_at_a_time, written_aside
from schnetpack_isd.atomistic import Directions, SiteSpectrum
from schnetpack_isd.nn import PolynomialEnvelope, ScaledSiLU
from schnetpack_isd.representation import OCPISDPaiNN

from .settings import OCPSettings, combine
from .state_dict import convert, sizes_of

__all__ = ["PAPER_INTENSITY_SCALE", "import_weights", "save_model"]

PAPER_INTENSITY_SCALE = 1.1704213102348149e-4
"""What the authors divided the intensities of their data set by; their weights predict in units of it."""


def import_weights(
    weights: str | os.PathLike,
    config: str | os.PathLike | None = None,
    *,
    cutoff: float | None = None,
    symmetric_message: bool | None = None,
    directional_embedding: bool | None = None,
) -> NeuralNetworkPotential:
    """Make a model of the authors' weights.

    It computes what their implementation computes with them. Sizes are those of the weights; what these do not show
    comes from the configuration file or from the arguments.

    Args:
        weights: a `.pt` file of theirs, a dictionary with the state dict under `model_state_dict`. It is read with
            `weights_only=True`: no code in it runs.
        config: the configuration file that was published with it.
        cutoff: cutoff radius in Å, unless the configuration says so.
        symmetric_message: whether the vector message is symmetrised, unless the configuration says so. (Networks
            with the normalised factor, `message_factor_normalize: true`, are not supported.)
        directional_embedding: False for weights of the ablation without it, unless the configuration says so.

    Returns:
        Model with :class:`~schnetpack_isd.representation.OCPISDPaiNN`, and a
        :class:`~schnetpack_isd.atomistic.SiteSpectrum` on the paper's energy axis and intensity scale.

    Raises:
        OSError: a file is not there or cannot be read.
        ValueError: a file is not what it should be, weights and configuration do not belong together, or something
            is not known.
    """
    settings = combine(
        config, cutoff=cutoff, symmetric_message=symmetric_message, directional_embedding=directional_embedding
    )
    state = _read_state_dict(weights)
    try:
        sizes = sizes_of(state)
        _compare(sizes, settings, config)
        converted = convert(state, sizes, settings.directional_embedding)
    except ValueError as error:
        raise ValueError(f"{weights}: {error}.") from error
    model = _build(sizes, settings)
    model.load_state_dict(model.state_dict() | converted)
    return model.eval()


def save_model(model: NeuralNetworkPotential, path: str | os.PathLike, overwrite: bool = False) -> None:
    """Save a model as SchNetPack's training saves its `best_model`.

    Args:
        model: the model.
        path: file to write.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: there is such a file.
    """
    path = Path(path)
    with one_at_a_time(path):
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} exists; it is replaced only with --force (`overwrite`).")
        with written_aside(path) as aside:
            torch.save(model, aside)


def _read_state_dict(path: str | os.PathLike) -> dict[str, Any]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except pickle.UnpicklingError as error:
        held = re.search(r"GLOBAL (\S+)", str(error))
        if held is None:
            raise ValueError(f"{path} is not a file of weights, or damaged.") from error
        raise ValueError(
            f"{path} holds more than tensors and plain values ({held[1]}), and is not read, as this could run code "
            "of whoever made it. If you trust them, write the weights alone to another file, and import that: "
            f"`torch.save({{'model_state_dict': torch.load({str(path)!r}, map_location='cpu', weights_only=False)"
            "['model_state_dict']}, 'weights.pt')`."
        ) from error
    except Exception as error:  # what reading a damaged file raises is of many kinds
        raise ValueError(f"{path} is not a file of weights, or damaged ({error!r}).") from error
    state = content.get("model_state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise ValueError(f"{path} is not a dictionary with a state dict under `model_state_dict`.")
    return state


def _compare(sizes: dict[str, int], settings: OCPSettings, config: str | os.PathLike | None) -> None:
    for name, told in settings.sizes.items():
        if sizes[name] != told:
            raise ValueError(f"`{name}` is {sizes[name]}, but {told} in {config}; the two do not belong together")


def _build(sizes: dict[str, int], settings: OCPSettings) -> NeuralNetworkPotential:
    n_features, n_energies = sizes["hidden_channels"], sizes["out_channels"]
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
        energies=torch.linspace(*settings.window, n_energies),
        intensity_scale=PAPER_INTENSITY_SCALE,
    )
    return NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], [head])
