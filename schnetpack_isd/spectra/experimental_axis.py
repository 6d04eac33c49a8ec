"""Shift from a calculated energy axis to that of experiments."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["ExperimentalAxis"]

_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+))"
_TEXT = re.compile(rf"{_NUMBER}\+-{_NUMBER}, thresholds {_NUMBER}\+-{_NUMBER}")


@dataclass(frozen=True)
class ExperimentalAxis:
    """Measured minus calculated energies, in eV, with their scatter.

    Resonances and ionisation thresholds have shifts of their own. The text of the record is, for example, "-7.4+-0.2,
    thresholds -6.65+-0.21".

    Attributes:
        shift: mean shift of π* resonances.
        uncertainty: its standard deviation between molecules.
        threshold_shift: mean shift of ionisation thresholds.
        threshold_uncertainty: its standard deviation between molecules.
    """

    shift: float
    uncertainty: float
    threshold_shift: float
    threshold_uncertainty: float

    @classmethod
    def parse(cls, text: str) -> ExperimentalAxis:
        """Read the text of a record, as `str` writes it.

        Raises:
            ValueError: it is not such a text.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"The experimental axis {text!r} is not of the form -7.4+-0.2, thresholds -6.65+-0.21 (shifts and "
                "their uncertainties in eV)."
            )
        return cls(*map(float, match.groups()))

    def __str__(self) -> str:
        return (
            f"{self.shift:g}+-{self.uncertainty:g}, thresholds {self.threshold_shift:g}+-{self.threshold_uncertainty:g}"
        )
