"""Small models that tests build."""

from __future__ import annotations

import numpy as np
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
