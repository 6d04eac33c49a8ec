"""Models imported from reference outputs, and their inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from schnetpack.interfaces import AtomsConverter
from schnetpack.model import NeuralNetworkPotential
from schnetpack.transform import ASENeighborList

from schnetpack_isd.pretrained import import_weights
from schnetpack_isd.testing.authors_network import reference, write_files

REFERENCE = Path(__file__).parent.parent / "reference"
"""Folder of the reference outputs."""

TEMPLATE = reference(REFERENCE, "symmetric_1out").state
"""Weights whose keys and shapes are the template of random ones."""


def imported(folder: Path, state: dict, config: dict, **settings: object) -> NeuralNetworkPotential:
    """A model imported from files that are written first."""
    return import_weights(*write_files(folder, state, config), **settings)


def inputs_of(
    atoms: list[Atoms], directions: np.ndarray, cutoff: float = 8.0, dtype: torch.dtype = torch.float32
) -> dict[str, torch.Tensor]:
    """Inputs for the spectra of all atoms."""
    inputs = AtomsConverter(ASENeighborList(cutoff=cutoff), dtype=dtype)(atoms)
    inputs["direction"] = torch.tensor(directions, dtype=dtype).repeat(len(atoms), 1, 1)
    inputs["site_mask"] = torch.ones(len(inputs["_atomic_numbers"]), dtype=torch.bool)
    return inputs


def assert_close(result: torch.Tensor, expected: np.ndarray, tolerance: float = 1e-5) -> None:
    """Compare with a tolerance relative to the largest value."""
    assert result.shape == expected.shape
    assert np.abs(result.detach().numpy() - expected).max() <= tolerance * np.abs(expected).max()
