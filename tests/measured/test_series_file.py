"""YAML files of series: raw scans become normalised spectra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.beamline import film_signal, write_raw_scans

from schnetpack_isd.measured import read_series_file


@pytest.fixture
def _raw_scans(tmp_path: Path) -> None:
    write_raw_scans(tmp_path)


@pytest.mark.usefixtures("_raw_scans")
def test_double_normalisation_recovers_the_absorption_of_the_film() -> None:
    series = read_series_file("film.yaml")
    assert series.angles.tolist() == [20.0, 90.0]
    assert series.polarisation == 0.98
    for spectrum in series.spectra:
        expected = film_signal(spectrum.energies, spectrum.angle)
        np.testing.assert_allclose(spectrum.intensities, expected, atol=5e-3)


@pytest.mark.usefixtures("_raw_scans")
def test_a_file_overrides_what_is_given_for_all() -> None:
    content = Path("film.yaml").read_text().replace("angle: 90,", "angle: 90, energy_shift: -0.5,")
    Path("film.yaml").write_text(content)
    first, second = read_series_file("film.yaml").spectra
    assert first.energies[0] == pytest.approx(270.0, abs=0.01)
    assert second.energies[0] == pytest.approx(269.5, abs=0.01)


@pytest.mark.usefixtures("_raw_scans")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "scaler1.S20",
            "izero",
            r"film20\.asc: no label has the text 'izero'[\s\S]*9  AMP09:\S+ I0 Chamber",
        ),
        ("scaler1.S20", "AMP", r"the labels of columns 8, 9, 10 have the text 'AMP'"),
        ("column: scaler1.S20", "", r"film20\.asc: choose the spectrum by number or label"),
        ("polarisation", "polarization", r"`polarization` is not known; the keys are files, polarisation"),
        ("angle: 20, ", "", r"film\.yaml: `angle` is missing"),
        ("angle: 20", "angle: 0.35", r"film\.yaml: .*0\.35 looks like radians; give degrees"),
        ("angle: 20", "angle: 160", r"must be from 0 to 90 degrees, not 160"),
        ("[270, 280]", "[250, 260]", r"no points in `pre_edge` from 250 to 260 eV; .* from 270"),
        ("[270, 280]", "270", r"`pre_edge` and `post_edge` must be two energies"),
        ("[320, 330]", "[275, 276]", r"must lie below `post_edge`"),
        ("energy_shift: 0.0", "energy_shift: some", r"`energy_shift` must be a number"),
        (
            "photodiode:  ",
            "reference: {file: x}\nphotodiode:  ",
            r"give `photodiode` or `reference`, not both",
        ),
        ("file: photodiode.asc", "file: none.asc", r"none\.asc: no such file"),
        ("column: scaler1.S17", "column: 1.5", r"`column` must be a number or a part of a label"),
        ("files:", "files: [", r"film\.yaml is not a YAML file"),
    ],
)
def test_mistakes_are_named(old: str, new: str, message: str) -> None:
    content = Path("film.yaml").read_text()
    assert old in content
    Path("film.yaml").write_text(content.replace(old, new, 1))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        read_series_file("film.yaml")


@pytest.mark.usefixtures("_raw_scans")
def test_a_reference_must_cover_the_scan() -> None:
    lines = Path("photodiode.asc").read_text().splitlines()
    Path("photodiode.asc").write_text("\n".join(lines[:-100]))
    with pytest.raises(ValueError, match=r"photodiode\.asc reaches from 270.* to 320.*give a reference that covers it"):
        read_series_file("film.yaml")


@pytest.mark.usefixtures("_raw_scans")
def test_counters_give_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    first, _ = read_series_file("film.yaml").spectra
    assert first.energies_from == "column 4 (PGM_CALC_ENERGY_MONITOR.P, calculated ph energy)"
    assert not recwarn.list


@pytest.mark.usefixtures("_raw_scans")
def test_counters_divided_by_read_backs_are_noticed() -> None:
    content = Path("film.yaml").read_text()
    Path("film.yaml").write_text(content.replace("column: scaler1.S17", "column: Photodiode"))
    with pytest.warns(UserWarning, match=r"S20 in film20\.asc is a counter, but AMP05.* in photodiode\.asc is the"):
        read_series_file("film.yaml")
