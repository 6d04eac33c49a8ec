"""Series of angles from files."""

from __future__ import annotations

import numpy as np
import pytest

from schnetpack_isd.measured import parse_angles, read_series

ENERGIES = np.linspace(280.0, 300.0, 21)


def write_columns(name: str, *columns: np.ndarray, header: str = "") -> str:
    np.savetxt(name, np.column_stack([ENERGIES, *columns]), header=header)
    return name


def test_files_with_energies_of_their_own_are_sorted_by_angle() -> None:
    np.savetxt("a.dat", np.column_stack([ENERGIES + 0.03, ENERGIES]))
    write_columns("b.dat", 2 * ENERGIES)
    series = read_series([(90.0, "a.dat"), (20, "b.dat"), (None, "b.dat")], polarisation=0.9)
    assert [spectrum.angle for spectrum in series.spectra] == [None, 20, 90]
    assert series.polarisation == 0.9
    np.testing.assert_allclose(series.spectra[2].energies, ENERGIES + 0.03)


def test_columns_of_one_file_have_given_angles_or_those_of_the_header() -> None:
    write_columns("film.dat", ENERGIES, 2 * ENERGIES, 3 * ENERGIES, header="energy 20deg mu_55.5 i0")
    given = read_series([(parse_angles("90,55,20"), "film.dat")])
    assert given.angles.tolist() == [20, 55, 90]
    np.testing.assert_allclose(given.spectra[0].intensities, 3 * ENERGIES)
    labelled = read_series([("header", "film.dat")])
    assert labelled.angles.tolist() == [20, 55.5]
    np.testing.assert_allclose(labelled.spectra[1].intensities, 2 * ENERGIES)


def test_one_angle_for_several_columns_gives_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    name = write_columns("film.dat", ENERGIES, 2 * ENERGIES, 3 * ENERGIES)
    read_series([(20, name)], column=2)
    read_series([(20, write_columns("one.dat", ENERGIES))])
    assert not recwarn.list
    with pytest.warns(UserWarning, match=r"film.dat: one angle is given, but columns 2, 3, 4 can be spectra"):
        series = read_series([(20, name)])
    np.testing.assert_allclose(series.spectra[0].intensities, ENERGIES)


@pytest.mark.parametrize(
    ("scale", "shift", "message"),
    [
        (1e-3, 0.0, r"reaches from 0\.28 to 0\.3 eV, which looks like keV; multiply"),
        (1.0, 120.0, r"reaches from 400 to 420 eV \(is it the N K-edge\?\), but the edge is expected from 280 to 310"),
        (1.0, 28.0, r"has 3 points from 280 to 310 eV; at least 10 are needed"),
    ],
)
def test_energies_away_from_the_edge_are_refused(scale: float, shift: float, message: str) -> None:
    np.savetxt("film.dat", np.column_stack([scale * (ENERGIES + shift), ENERGIES]))
    with pytest.raises(ValueError, match=message):
        read_series([(20, "film.dat")])


def test_energies_in_kev_are_converted_if_the_label_says_so() -> None:
    np.savetxt("film.dat", np.column_stack([ENERGIES / 1000, ENERGIES]), header="energy_keV mu")
    np.testing.assert_allclose(read_series([(20, "film.dat")]).spectra[0].energies, ENERGIES)


@pytest.mark.parametrize(
    ("angles", "message"),
    [
        ((0.35, 1.5708), r"the angles 0\.35, 1\.5708 look like radians; give degrees"),
        ((20.0, 110.0), r"from 0 to 90 degrees, not 110"),
        ((20.0, 55.0, 90.0), r"3 angles are given, but there are 2 spectra"),
        ("header", r"no label is an angle such as 20 or 20deg; give the angles"),
    ],
)
def test_wrong_angles_are_refused(angles: tuple[float, ...] | str, message: str) -> None:
    write_columns("film.dat", ENERGIES, ENERGIES)
    with pytest.raises(ValueError, match=message):
        read_series([(angles, "film.dat")])


def test_angles_are_parsed() -> None:
    assert [parse_angles(text) for text in ("20", "20,55", "header", "isotropic")] == [
        20.0,
        (20.0, 55.0),
        "header",
        None,
    ]
    with pytest.raises(ValueError, match="not a number of degrees"):
        parse_angles("grazing")
