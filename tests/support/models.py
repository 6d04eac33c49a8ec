"""Small models that tests build."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
from schnetpack.nn import CosineCutoff, GaussianRBF
from schnetpack.representation import PaiNN

from schnetpack_isd.nn import PolynomialEnvelope
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN

CUTOFF = 5.0
N_FEATURES = 12
N_ENERGIES = 7
AXIS = np.linspace(290.0, 306.0, N_ENERGIES)
CUTOFF_FUNCTIONS = {ISDPaiNN: CosineCutoff, OCPISDPaiNN: PolynomialEnvelope, TensorISDPaiNN: CosineCutoff}


def build_representation(kind: type[PaiNN], **arguments: object) -> PaiNN:
    """A representation of three interactions in float64."""
    return kind(N_FEATURES, 3, GaussianRBF(8, CUTOFF), CosineCutoff(CUTOFF), **arguments).double()


def members_like(model: torch.nn.Module, number: int = 3, spread: float = 0.05) -> list[torch.nn.Module]:
    """Copies of a model with weights that differ at random."""
    members = []
    for seed in range(number):
        generator = torch.Generator().manual_seed(seed)
        member = deepcopy(model)
        for parameter in member.parameters():
            parameter.data += spread * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
        members.append(member)
    return members
