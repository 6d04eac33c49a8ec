"""Callbacks for trainings."""

from .finite_loss import FiniteLoss

__all__ = ["FiniteLoss"]
