"""Task, callbacks and metrics for trainings."""

from .finite_loss import FiniteLoss
from .task import SpectrumTask
from .unexplained import UnexplainedVariance

__all__ = ["FiniteLoss", "SpectrumTask", "UnexplainedVariance"]
