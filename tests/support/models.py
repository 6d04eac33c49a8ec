"""Sizes of the small models that tests build."""

from __future__ import annotations

from schnetpack.nn import CosineCutoff

from schnetpack_isd.nn import PolynomialEnvelope
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN

CUTOFF = 5.0
N_FEATURES = 12
N_ENERGIES = 7
CUTOFF_FUNCTIONS = {ISDPaiNN: CosineCutoff, OCPISDPaiNN: PolynomialEnvelope}
