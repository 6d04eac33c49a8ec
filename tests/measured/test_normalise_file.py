"""The command that normalises raw scans."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.beamline import film_signal, write_raw_scans

from schnetpack_isd.cli import main
from schnetpack_isd.measured import read_spectrum


@pytest.fixture(autouse=True)
def _raw_scans(tmp_path: Path) -> None:
    write_raw_scans(tmp_path)


def test_raw_scans_become_xdi_files_and_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["normalise", "film.yaml", "--output", "normalised", "--plot", "film.png"]) == 0
    printed = capsys.readouterr().out.split()
    assert printed == ["normalised/20deg.xdi", "normalised/90deg.xdi", "film.png"]
    assert Path("film.png").is_file()
    energies, intensities = read_spectrum("normalised/20deg.xdi")
    np.testing.assert_allclose(intensities, film_signal(energies, 20.0), atol=5e-3)
    text = Path("normalised/20deg.xdi").read_text()
    assert "# schnetpack_isd.angle: 20 degrees\n# schnetpack_isd.polarisation: 0.98\n" in text
    assert "# schnetpack_isd.energies: column 4 (PGM_CALC_ENERGY_MONITOR.P, calculated ph energy)" in text
    assert "# i0_column: scaler1.S18" in text  # the YAML file


def test_outputs_are_replaced_only_if_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["normalise", "film.yaml", "--output", "normalised"]
    assert main(command) == 0
    assert main(command) == 1
    assert "normalised exists" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0
    Path("normalised/notes.txt").write_text("mine")
    assert main([*command, "--force"]) == 1
    assert "folder with files other than spectra" in capsys.readouterr().err


def test_there_must_be_something_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["normalise", "film.yaml"]) == 1
    assert "nothing to write: give a folder for the spectra (`--output film_normalised`)" in capsys.readouterr().err
    assert main(["normalise", "film20.asc"]) == 1
    assert "write a YAML file that names it: `files: [{file: film20.asc, angle: 20}]`" in capsys.readouterr().err
