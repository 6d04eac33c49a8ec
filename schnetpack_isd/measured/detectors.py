"""Kinds of detectors in raw scans, and signs that a wrong one was chosen."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from .noise import estimate_noise
from .series import MeasuredSpectrum

__all__ = ["DetectorKind", "detector_kind", "warn_of_jumps", "warn_of_mixed_kinds"]

DetectorKind: TypeAlias = Literal["counter", "ammeter"]

COUNTER = re.compile(r"scaler|scalar|\bcounts?\b|\bcounter\b|\bcps\b", re.IGNORECASE)

AMMETER = re.compile(r"\bcurr(?:ent)?\b|curr_monitor|,\s*[fpnuµm]?A\s*$", re.IGNORECASE)

ABOVE_NOISE = 8.0
"""Steps between neighbouring points that are larger, in standard deviations, are no noise, whose largest is about 4."""

VISIBLE = 0.02
"""Steps that are smaller, relative to the range of the intensities, do no harm."""

MARGIN = 3.0
"""Distance in eV from the beginning of the range of an edge to where resonances can begin."""


def detector_kind(label: str) -> DetectorKind | None:
    """Return the kind of detector that the label of a column tells: a counter, or the read-back of an ammeter."""
    if COUNTER.search(label):
        return "counter"
    return "ammeter" if AMMETER.search(label) else None


def warn_of_mixed_kinds(columns: Sequence[tuple[str, str]]) -> None:
    """Warn if counters are divided by read-backs of ammeters, or the reverse.

    Args:
        columns: file and label of each column of a quotient.

    Warns:
        UserWarning: there are both kinds.
    """
    found = {detector_kind(label): f"{label} in {source}" for source, label in reversed(columns)}
    if "counter" in found and "ammeter" in found:
        warnings.warn(
            f"{found['counter']} is a counter, but {found['ammeter']} is the read-back of an ammeter, which lags "
            "behind; their quotient has peaks that are not in the sample. Choose counters for signal, monitor and "
            "reference.",
            stacklevel=4,
        )


def warn_of_jumps(spectrum: MeasuredSpectrum, edge: float) -> None:
    """Warn if a spectrum jumps between neighbouring points before the edge.

    Args:
        spectrum: the spectrum.
        edge: beginning in eV of the range of the edge.

    Warns:
        UserWarning: a step is much larger than the noise.
    """
    before = spectrum.energies <= edge + MARGIN
    if np.count_nonzero(before) < 10:
        return
    energies, intensities = spectrum.energies[before], spectrum.intensities[before]
    steps = np.abs(np.diff(intensities))
    noise = np.sqrt(2) * estimate_noise([(energies, intensities)])
    if steps.max() > max(ABOVE_NOISE * noise, VISIBLE * float(np.ptp(spectrum.intensities))):
        warnings.warn(
            f"{spectrum.source} jumps by {steps.max():.2g} at {energies[steps.argmax()]:.1f} eV, before the edge. A "
            "read-back that lags behind makes such spikes where the flux changes quickly; choose counters for signal, "
            "monitor and reference.",
            stacklevel=4,
        )
