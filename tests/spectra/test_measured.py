"""Reading and alignment of measured spectra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from schnetpack_isd.spectra import (
    align,
    read_spectrum,
)

ENERGIES = np.linspace(285.0, 305.0, 401)


def peak(centre: float, sigma: float, area: float = 1.0) -> np.ndarray:
    return area * np.exp(-0.5 * ((ENERGIES - centre) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def test_alignment_finds_shift_scale_and_offset(tmp_path: Path) -> None:
    predicted = peak(292.0, 0.5) + peak(297.0, 1.5, area=3.0)
    axis = np.arange(280.0, 300.0, 0.1)
    measured = 0.2 + 4.0 * np.interp(axis + 7.3, ENERGIES, predicted)
    lines = [f"{e:.3f}, {i:.6f}" for e, i in zip(axis[::-1], measured[::-1], strict=True)]
    (tmp_path / "measured.dat").write_text("\n".join(["# a measurement", "energy intensity", *lines]))
    found = align(ENERGIES, predicted, *read_spectrum(tmp_path / "measured.dat"))
    assert found.shift == pytest.approx(-7.3, abs=0.0011)
    assert (found.scale, found.offset) == pytest.approx((4.0, 0.2), abs=0.02)
    assert found.correlation > 0.999
    with pytest.raises(ValueError, match="do not overlap enough"):
        align(ENERGIES, predicted, axis + 500, measured)
    with pytest.warns(UserWarning, match=r"The best shift, -6 eV, is at the end"):
        align(ENERGIES, predicted, axis, measured, largest_shift=6.0)


def test_columns_of_text_are_read(tmp_path: Path) -> None:
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
        ("words\n", "does not hold columns"),
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
