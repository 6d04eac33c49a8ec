"""Task and callbacks for trainings."""

from .finite_loss import FiniteLoss
from .task import SpectrumTask

__all__ = ["FiniteLoss", "SpectrumTask"]
