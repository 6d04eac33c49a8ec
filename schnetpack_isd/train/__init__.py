"""Task, callbacks and metrics for trainings."""

from .finite_loss import FiniteLoss
from .sphere_loss import SphereMSELoss
from .task import SpectrumTask
from .unexplained import UnexplainedSphereVariance, UnexplainedVariance

__all__ = ["FiniteLoss", "SpectrumTask", "SphereMSELoss", "UnexplainedSphereVariance", "UnexplainedVariance"]
