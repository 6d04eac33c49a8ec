"""Representations of atoms that depend on a direction."""

from .isd_painn import ISDPaiNN, ISDPaiNNInteraction
from .matrix_blocks import MatrixInteraction, MatrixMixing
from .ocp_isd_painn import OCPInteraction, OCPISDPaiNN, OCPMixing
from .output_modules import check_output_modules
from .tensor_isd_painn import TensorISDPaiNN

__all__ = [
    "ISDPaiNN",
    "ISDPaiNNInteraction",
    "MatrixInteraction",
    "MatrixMixing",
    "OCPISDPaiNN",
    "OCPInteraction",
    "OCPMixing",
    "TensorISDPaiNN",
    "check_output_modules",
]
