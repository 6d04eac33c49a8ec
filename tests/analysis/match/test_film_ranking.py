"""Ranking of candidates by spectra at several angles of a film, from arrays."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from support.structures import random_rotation

from schnetpack_isd.analysis.film import FixedNormal, TiltedAxis
from schnetpack_isd.analysis.match import (
    Bounds,
    CandidateFilm,
    Candidates,
    ErrorModel,
    FilmCandidates,
    FittedTilt,
    match_series,
    match_spectra,
)
from schnetpack_isd.analysis.match.error_model import symmetric_roots
from schnetpack_isd.analysis.molecular_axis import choose_axis
from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.directions import CartesianDirection
from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum
from schnetpack_isd.spectra import smear, weighted_spectra
from schnetpack_isd.spectra.tensor import AS_MATRIX

ENERGIES = np.linspace(282.0, 306.0, 301)
ANGLES = (20.0, 55.0, 90.0)
POLARISATION = 0.95
NORMALS = {"flat": (0.0, 0.0, 1.0), "upright": (1.0, 0.0, 0.0), "tilted": (1.0, 0.0, 1.0), "on edge": (0.0, 1.0, 0.0)}
BENZENE = molecule("C6H6")
PLANE = choose_axis(plane=["all"])


def lines(*peaks: float) -> np.ndarray:
    return sum(np.exp(-0.5 * ((ENERGIES - peak) / 0.4) ** 2) for peak in peaks) + 0.4 * np.exp(
        -0.5 * ((ENERGIES - 297.0) / 4) ** 2
    )


def tensor(*more: float) -> np.ndarray:
    """π* along z, and others along x and y."""
    return np.einsum("ik,ij->ijk", np.stack([lines(289.5), lines(292.0), lines(285.0, *more)]), np.eye(3))


def series_of(
    weights: np.ndarray, of: np.ndarray, noise: float = 0.02, energies: np.ndarray = ENERGIES
) -> MeasuredSeries:
    """Spectra with a shift, a broadening, a scale and offsets."""
    axis = np.arange(energies[0] - 1, energies[-1] - 1.5, 0.1)
    spectra = smear(energies, weighted_spectra(weights, of), 0.25)
    random = np.random.default_rng(0)
    measured = []
    for number, (angle, spectrum) in enumerate(zip(ANGLES, spectra, strict=True)):
        values = np.interp(axis, energies + 0.2, spectrum) + noise * spectra.max() * random.standard_normal(len(axis))
        measured.append(MeasuredSpectrum(axis, 30 * values + number, angle, f"{angle:g}.dat"))
    return MeasuredSeries(tuple(measured), POLARISATION)


def film_weights(film: CandidateFilm, atoms: Atoms = BENZENE) -> np.ndarray:
    return film.weights(ANGLES, POLARISATION, atoms)


def normal_weights(normal: np.ndarray | tuple[float, ...]) -> np.ndarray:
    return film_weights(CandidateFilm(FixedNormal(CartesianDirection(*normal))))


def geometries(of: np.ndarray, std: float = 0.02) -> FilmCandidates:
    tensors = np.stack([of] * len(NORMALS))
    weights = np.stack([normal_weights(normal) for normal in NORMALS.values()])
    deviations = std * np.stack([tensors, -tensors], axis=1)
    return FilmCandidates(list(NORMALS), ENERGIES, tensors, weights, deviations, [np.array([291.0])] * len(NORMALS))


@cache
def calculated(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The calculated tensor of a bundled molecule without equivalent carbon atoms, up to 1, and its thresholds."""
    [number] = [n for n, atoms in iter_structures(MOLECULES_STRUCTURES, range(10**9)) if atoms.info.get("name") == name]
    with open_spectra(MOLECULES_SPECTRA) as file:
        sites = list(file.sites(number))
    assert all(site.multiplicity == 1 for site in sites)
    energies = ENERGIES + 8.0  # the axis of the calculation is not the measured one
    components = sum(site.components(energies, sample_settings().broadening) for site in sites)
    thresholds = np.array([site.ionization_energy for site in sites])
    return components[AS_MATRIX] / components.max(), thresholds - 8.0


@pytest.mark.parametrize("right", NORMALS)
def test_the_right_adsorption_geometry_is_first_by_calculated_tensors(right: str) -> None:
    of, thresholds = calculated("methyl-vinyl-ketone")
    candidates = geometries(of)
    candidates = FilmCandidates(
        candidates.names,
        ENERGIES,
        candidates.tensors,
        candidates.weights,
        candidates.deviations,
        [thresholds] * 4,
    )
    match = match_series(candidates, series_of(normal_weights(NORMALS[right])[0], of))
    assert match.names[0] == right
    assert match.is_decided
    assert match.fits[0].shift == pytest.approx(0.2, abs=0.03)
    assert match.fits[0].broadening == pytest.approx(0.25, abs=0.05)
    assert match.fits[0].scale * match.measurement.height == pytest.approx(30.0, rel=0.05)
    assert match.measurement.angles == ANGLES
    assert match.fits[0].tilt is None


def test_the_tilt_of_each_candidate_is_fitted() -> None:
    tensors = np.stack([tensor(287.0), tensor(288.0)])
    weights = np.stack([film_weights(CandidateFilm(FittedTilt(PLANE)))] * 2)
    candidates = FilmCandidates(["right", "wrong"], ENERGIES, tensors, weights)
    measured = film_weights(CandidateFilm(TiltedAxis(PLANE, 35.0)))[0]
    match = match_series(candidates, series_of(measured, tensors[0]))
    assert match.names[0] == "right"
    assert match.is_decided
    assert match.fits[0].tilt == pytest.approx(35.0, abs=2.0)


def probabilities(candidates: FilmCandidates, measured: MeasuredSeries) -> np.ndarray:
    match = match_series(candidates, measured, Bounds((0.2, 0.2), (0.25, 0.25)))
    return np.stack([match.probabilities, match.order, [fit.chi2 for fit in match.fits]])


def test_a_candidate_turned_about_the_surface_normal_has_the_same_probability() -> None:
    one = geometries(tensor(287.0))
    measured = series_of(one.weights[2, 0], one.tensors[0])
    angle = np.radians(37.0)
    about_z = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    turned = rotated(one, about_z, slice(0, 1), one.weights)  # the normal of the flat one is z
    rotation = random_rotation(1)
    everywhere = rotated(
        one, rotation, slice(None), np.stack([normal_weights(rotation @ normal) for normal in NORMALS.values()])
    )
    expected = probabilities(one, measured)
    assert expected[1, 0] == 2
    for candidates in (turned, everywhere):
        np.testing.assert_allclose(probabilities(candidates, measured), expected, rtol=1e-7)


def rotated(of: FilmCandidates, rotation: np.ndarray, which: slice, weights: np.ndarray) -> FilmCandidates:
    """Candidates some of which are rotated, with their members."""
    tensors, deviations = of.tensors.copy(), of.deviations.copy()
    tensors[which] = np.einsum("ai,bj,cijk->cabk", rotation, rotation, tensors[which])
    deviations[which] = np.einsum("ai,bj,cmijk->cmabk", rotation, rotation, deviations[which])
    return FilmCandidates(of.names, of.energies, tensors, weights, deviations, of.thresholds)


def test_normal_and_axis_have_no_sign() -> None:
    for sign in (1.0, -1.0):
        along = sign * np.array([0.3, -0.5, 0.8])
        films = (
            CandidateFilm(FixedNormal(CartesianDirection(*along))),
            CandidateFilm(FittedTilt(choose_axis(axis=along))),
            CandidateFilm(FittedTilt(choose_axis(axis=along)), fold=2, azimuth=25.0),
        )
        found = [weighted_spectra(film_weights(film), tensor(287.0)) for film in films]
        if sign > 0:
            expected = found
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_a_single_isotropic_spectrum_is_ranked_as_by_the_isotropic_way() -> None:
    tensors = np.stack([tensor(287.0), tensor(288.0), tensor(286.9)])
    isotropic = np.einsum("ciik->ck", tensors) / 3
    deviations = 0.03 * np.stack([tensors, -tensors], axis=1)
    weights = np.broadcast_to(np.eye(3) / 3, (3, 1, 1, 3, 3))
    measured = MeasuredSpectrum(
        ENERGIES[:-20], isotropic[0][:-20] + 0.01 * np.random.default_rng(0).normal(size=281), 55.0
    )
    thresholds = [np.array([291.0])] * 3
    film = match_series(
        FilmCandidates("abc", ENERGIES, tensors, weights, deviations, thresholds),
        MeasuredSeries((measured,)),
        errors=ErrorModel(),
    )
    known = match_spectra(
        Candidates("abc", ENERGIES, isotropic, np.einsum("cmiik->cmk", deviations) / 3, thresholds), measured
    )
    np.testing.assert_allclose(film.probabilities, known.probabilities, rtol=1e-6)
    np.testing.assert_allclose([fit.chi2 for fit in film.fits], [fit.chi2 for fit in known.fits], rtol=1e-6)
    assert film.names == known.names


def test_errors_at_all_angles_are_those_of_one_tensor() -> None:
    """Blocks at one energy are the covariance of the members and the floor; the whole is positive semi-definite."""
    random = np.random.default_rng(0)
    weights = normal_weights(NORMALS["tilted"])[0]
    members = random.normal(size=(4, 3, 3, 40))
    deviations = weighted_spectra(weights, np.moveaxis(members, 0, -1).reshape(3, 3, -1)).reshape(3, 40, 4)
    among = np.einsum("kem,lem->ekl", deviations, deviations) / 4
    overlap = 3 * np.einsum("kij,lij->kl", weights, weights)
    energies, spectrum = np.tile(np.linspace(285.0, 290.0, 40), 3), np.repeat(np.arange(3), 40)
    errors = ErrorModel(floor=0.1)
    covariance = errors.covariance(energies, spectrum, np.tile(symmetric_roots(among), (3, 1, 1)), overlap, 2.0, np.inf)
    blocks = covariance.reshape(3, 40, 3, 40)
    for place in (0, 17, 39):
        np.testing.assert_allclose(blocks[:, place, :, place], among[place] + 0.04 * overlap, atol=1e-10)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9


def test_errors_that_all_angles_share_do_not_excuse_a_wrong_dichroism() -> None:
    """Members that scale the tensor leave a wrong tilt unlikely; members that differ in the dichroism do not."""
    tensors = np.stack([tensor(287.0)] * 2)
    weights = np.stack([film_weights(CandidateFilm(TiltedAxis(PLANE, tilt))) for tilt in (15.0, 30.0)])
    measured = series_of(weights[0, 0], tensors[0], noise=0.005)
    dichroism = np.multiply.outer(np.diag([-1.0, -1.0, 2.0]), lines(285.0, 287.0))
    chi2 = []
    for change in (0.1 * tensors[0], 0.1 * dichroism):
        deviations = np.stack([[change, -change]] * 2)
        match = match_series(FilmCandidates("ab", ENERGIES, tensors, weights, deviations), measured)
        chi2.append(match.fits[match.names.index("b")].chi2 / len(match.measurement.energies))
    assert chi2[0] > 1.5 * chi2[1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"angle": None}, "20.dat has no angle; a comparison in a film needs the angle"),
        ({"intensities": np.ones(100)}, "20.dat: the intensities do not vary"),
        ({"energies": np.linspace(395, 420, 100)}, "N K-edge"),
    ],
)
def test_bad_spectra_are_named(changes: dict, message: str) -> None:
    values = {"energies": np.linspace(283.0, 300.0, 100), "intensities": np.sin(np.arange(100.0)), "angle": 20.0}
    first = MeasuredSpectrum(**{**values, **changes}, source="20.dat")
    others = [MeasuredSpectrum(**{**values, "angle": angle}) for angle in (55.0, 90.0)]
    with pytest.raises(ValueError, match=message):
        match_series(geometries(tensor()), MeasuredSeries((first, *others)))


def test_wrong_numbers_of_angles_or_candidates_are_refused() -> None:
    one = geometries(tensor())
    two = MeasuredSeries(series_of(one.weights[0, 0], one.tensors[0]).spectra[:2])
    with pytest.raises(ValueError, match="weights for 3 angles, but there are 2"):
        match_series(one, two)
    with pytest.raises(ValueError, match="at least two candidates, not 1"):
        FilmCandidates(["flat"], ENERGIES, one.tensors[:1], one.weights[:1])
    with pytest.raises(ValueError, match=r"Weights of shape \(4, n_terms, n_angles, 3, 3\)"):
        FilmCandidates(one.names, ENERGIES, one.tensors, one.weights[:3])
    with pytest.raises(ValueError, match="tilt of molecules in a single domain is not fitted"):
        CandidateFilm(FittedTilt(PLANE), fold=1, azimuth=0.0)


def test_angles_in_radians_are_refused() -> None:
    spectra = [MeasuredSpectrum(ENERGIES, ENERGIES, angle) for angle in (0.35, 0.96, 1.22)]
    with pytest.raises(ValueError, match=r"The angles 0\.35, 0\.96, 1\.22 look like radians; give degrees"):
        MeasuredSeries(tuple(spectra))
