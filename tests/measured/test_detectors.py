"""Kinds of detectors, and jumps before the edge."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.measured import MeasuredSpectrum
from schnetpack_isd.measured.detectors import detector_kind, warn_of_jumps


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("IOC68:scaler1.S20", "counter"),
        ("I0 counts", "counter"),
        ("AMP08:CURR_MONITOR, Sample Drain, A", "ammeter"),
        ("drain, nA", "ammeter"),
        ("mu", None),
        ("MCA", None),
    ],
)
def test_labels_tell_counters_from_ammeters(label: str, kind: str | None) -> None:
    assert detector_kind(label) == kind


def spectrum(spike: float) -> MeasuredSpectrum:
    """An edge of height 1 at 288 eV with noise of 0.002, and a spike at 282.5 eV."""
    energies = np.arange(270.0, 320.0, 0.1)
    intensities = 1 / (1 + np.exp(-(energies - 288.0) / 0.3)) + np.random.default_rng(0).normal(0, 0.002, len(energies))
    intensities[125] += spike
    return MeasuredSpectrum(energies, intensities, source="film.asc")


def test_a_spike_before_the_edge_gives_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    warn_of_jumps(spectrum(0.0), 280.0)
    assert not recwarn.list
    with pytest.warns(UserWarning, match=r"film\.asc jumps by 0\.1 at 282\.[45] eV, before the edge"):
        warn_of_jumps(spectrum(0.1), 280.0)
