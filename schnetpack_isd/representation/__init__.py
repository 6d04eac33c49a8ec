"""Representations of atoms that depend on a direction."""

from .isd_painn import ISDPaiNN, ISDPaiNNInteraction
from .ocp_isd_painn import OCPInteraction, OCPISDPaiNN, OCPMixing
from .output_modules import check_output_modules

__all__ = ["ISDPaiNN", "ISDPaiNNInteraction", "OCPISDPaiNN", "OCPInteraction", "OCPMixing", "check_output_modules"]
