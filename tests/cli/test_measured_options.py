"""Options of commands that compare with measured spectra."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from support.beamline import write_raw_scans

from schnetpack_isd.cli.measured_options import add_measured_series, measured_files, measured_series


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_measured_series(parser)
    return parser.parse_args(words)


def test_pairs_of_angles_and_files_are_read(tmp_path: Path) -> None:
    write_raw_scans(tmp_path)
    words = ["--measured", "90", "film90.asc", "--measured", "20", "film20.asc"]
    options = parse(*words, "--column", "Sample Drain", "--polarisation", "0.9")
    series = measured_series(options)
    assert (series.angles.tolist(), series.polarisation) == ([20, 90], 0.9)
    assert measured_files(options) == ["film90.asc", "film20.asc"]
    numbered = measured_series(parse(*words, "--column", "4", "--energy-column", "2"))
    np.testing.assert_allclose(numbered.spectra[0].energies[:2], [270.0, 270.1])


def test_a_series_file_states_everything_itself(tmp_path: Path) -> None:
    write_raw_scans(tmp_path)
    assert measured_series(parse("--series", "film.yaml")).angles.tolist() == [20, 90]
    with pytest.raises(ValueError, match=r"--polarisation goes with --measured; film\.yaml states it itself"):
        measured_series(parse("--series", "film.yaml", "--polarisation", "1"))


def test_the_model_and_not_the_command_line_knows_the_edge() -> None:
    energies = np.linspace(395.0, 425.0, 50)
    np.savetxt("nitrogen.dat", np.column_stack([energies, energies]))
    assert measured_series(parse("--measured", "20", "nitrogen.dat")).spectra[0].energies[0] == 395.0


def test_either_of_the_options_is_needed() -> None:
    with pytest.raises(SystemExit):
        parse()
