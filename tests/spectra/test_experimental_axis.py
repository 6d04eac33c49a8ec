"""The record of the shift to the experimental axis."""

from __future__ import annotations

import pytest

from schnetpack_isd.spectra import ExperimentalAxis


def test_the_text_gives_the_record_again() -> None:
    axis = ExperimentalAxis(-7.4, 0.2, -6.65, 0.21)
    assert str(axis) == "-7.4+-0.2, thresholds -6.65+-0.21"
    assert ExperimentalAxis.parse(str(axis)) == axis


@pytest.mark.parametrize("text", ["-7.4", "-7.4+-0.2", "-7.4+-0.2, thresholds low"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not of the form -7\.4\+-0\.2, thresholds"):
        ExperimentalAxis.parse(text)
