"""A folder with models and structures."""

from __future__ import annotations

from pathlib import Path

import pytest
from ase.build import bulk, molecule
from ase.io import write
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.models import save_model


@pytest.fixture
def folder(
    tmp_path: Path,
    tensor_ensemble: SpectrumEnsemble,
    tensor_model: NeuralNetworkPotential,
    spectrum_model: NeuralNetworkPotential,
) -> Path:
    """The working folder: an ensemble and a model of tensors in float64, a model without tensors, and structures."""
    save_model(tensor_ensemble, tmp_path / "ensemble.safetensors")
    save_model(tensor_model, tmp_path / "single")
    save_model(spectrum_model, tmp_path / "no_tensors")
    write(tmp_path / "benzene.xyz", molecule("C6H6"))
    write(tmp_path / "two.xyz", [molecule("CH4"), molecule("C2H4")])
    write(tmp_path / "crystal.cif", bulk("SiC", "wurtzite", a=3.08, c=5.05))
    return tmp_path
