"""A small ensemble."""

from __future__ import annotations

import copy

import pytest
import torch
from schnetpack.model import NeuralNetworkPotential
from support.models import CUTOFF

from schnetpack_isd.ensemble import NeighborhoodScore, SpectrumEnsemble


@pytest.fixture
def ensemble(either_model: NeuralNetworkPotential) -> SpectrumEnsemble:
    """Three members that predict spectra, or tensors; most neighbourhoods are far from each other."""
    return build_ensemble(either_model)


@pytest.fixture
def tensor_ensemble(tensor_model: NeuralNetworkPotential) -> SpectrumEnsemble:
    """As `ensemble`, of members that predict tensors."""
    return build_ensemble(tensor_model)


def build_ensemble(model: NeuralNetworkPotential) -> SpectrumEnsemble:
    members = [copy.deepcopy(model) for _ in range(3)]
    with torch.no_grad():
        for number, member in enumerate(members):
            for parameter in member.parameters():
                parameter *= 1 + 0.05 * number
    score = NeighborhoodScore(model.output_modules[0].elements, CUTOFF).double()
    score.limit.fill_(1e-3)
    return SpectrumEnsemble(members, neighborhood=score)
