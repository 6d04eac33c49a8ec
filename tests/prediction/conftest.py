"""A folder with a model and files of structures."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from ase.build import bulk, molecule
from ase.io import write
from schnetpack.atomistic import Atomwise
from schnetpack.model import NeuralNetworkPotential
from support.models import CUTOFF, N_FEATURES, members_like
from support.structures import random_molecule

from schnetpack_isd.atomistic import PerDirection
from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble
from schnetpack_isd.models import save_model


@pytest.fixture
def folder(tmp_path: Path, spectrum_model: NeuralNetworkPotential, tensor_model: NeuralNetworkPotential) -> Path:
    """The working folder: models in float32 of spectra and of tensors, one without either, molecules, and a crystal."""
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, 5.0)  # plausible intensities
    torch.save(spectrum_model.float(), tmp_path / "best_model")
    torch.save(tensor_model.float(), tmp_path / "tensor_model")
    no_spectrum = NeuralNetworkPotential(
        spectrum_model.representation, output_modules=[PerDirection(Atomwise(N_FEATURES))]
    )
    torch.save(no_spectrum, tmp_path / "no_spectrum")
    write(tmp_path / "ethanol.xyz", molecule("CH3CH2OH"))
    write(tmp_path / "frames.extxyz", [random_molecule(seed, n_atoms=6) for seed in range(7)])
    write(tmp_path / "water.xyz", [molecule("CH4"), molecule("H2O")])
    write(tmp_path / "crystal.cif", bulk("SiC", "zincblende", a=4.36))
    return tmp_path


@pytest.fixture
def ensembles(folder: Path, spectrum_model: NeuralNetworkPotential, tensor_model: NeuralNetworkPotential) -> Path:
    """The folder with an ensemble of either kind; only the one of tensors scores sites, all far below the limit."""
    score = NeighborhoodScore(spectrum_model.output_modules[0].elements, CUTOFF)
    score.limit.fill_(1e3)
    save_model(SpectrumEnsemble(members_like(spectrum_model)), folder / "spectra.safetensors")
    save_model(SpectrumEnsemble(members_like(tensor_model), None, score), folder / "tensors.safetensors")
    return folder
