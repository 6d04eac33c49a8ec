"""Reading and alignment of measured spectra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.spectra import ENERGIES, peak

from schnetpack_isd.spectra import align, read_spectrum

PREDICTED = peak(292.0, 0.5) + peak(297.0, 1.5, area=3.0)
AXIS = np.arange(280.0, 300.0, 0.1)
MEASURED = 0.2 + 4.0 * np.interp(AXIS + 7.3, ENERGIES, PREDICTED)


def test_alignment_finds_shift_scale_and_offset() -> None:
    found = align(ENERGIES, PREDICTED, AXIS, MEASURED)
    assert found.shift == pytest.approx(-7.3, abs=0.0011)
    assert (found.scale, found.offset) == pytest.approx((4.0, 0.2), abs=0.02)
    assert found.correlation > 0.999


def test_axes_that_do_not_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="do not overlap enough"):
        align(ENERGIES, PREDICTED, AXIS + 500, MEASURED)


def test_a_shift_at_the_limit_gives_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"The best shift, -6 eV, is at the end"):
        align(ENERGIES, PREDICTED, AXIS, MEASURED, largest_shift=6.0)


def test_text_is_read_whatever_the_order_and_separators(tmp_path: Path) -> None:
    (tmp_path / "measured.dat").write_text("# a measurement\nenergy intensity\n285.2, 3\n285.1;\t2\n285.0  1\n")
    energies, intensities = read_spectrum(tmp_path / "measured.dat")
    assert energies.tolist() == [285.0, 285.1, 285.2]
    assert intensities.tolist() == [1, 2, 3]


def test_another_column_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "three.txt").write_text("1 2 3\n2 3 4\n")
    assert read_spectrum(tmp_path / "three.txt", column=3)[1].tolist() == [3, 4]


XDI = "# XDI/1.0\n# Column.1: energy keV\n# Column.2: i0\n# Column.3: {}\n# ---\n0.285 1 2\n0.286 1 3\n"


def test_xdi_files_are_read_by_their_labels(tmp_path: Path) -> None:
    (tmp_path / "many.xdi").write_text(XDI.format("mutrans"))
    energies, intensities = read_spectrum(tmp_path / "many.xdi")
    assert energies.tolist() == pytest.approx([285.0, 286.0])
    assert intensities.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words\n", "expected a column of energies and at least 1 more"),
        ("1 2\n2 x\n", "line 2"),
        ("1 2\n1 3\n", "differ from"),
        ("285,10 0,52\n285,20 0,53\n", "decimal points"),
        (XDI.format("time"), "give `column`"),
        (XDI.replace("energy keV", "angle degrees"), "must be the energy"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"bad\.txt.*{message}"):
        read_spectrum(tmp_path / "bad.txt")


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.txt: no such file"):
        read_spectrum(tmp_path / "none.txt")
