"""What is made of spectra, against exact dipole spectra and known convolutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from schnetpack_isd.directions import about_axis
from schnetpack_isd.prediction.store import Row
from schnetpack_isd.prediction.xdi import write_xdi
from schnetpack_isd.spectra import (
    MAGIC_ANGLE,
    align,
    film_spectrum,
    isotropic_from_unique_sites,
    linear_dichroism,
    molecular_spectrum,
    read_spectrum,
    smear,
    tilted_film_spectrum,
    widths_above_edge,
)

ENERGIES = np.linspace(285.0, 305.0, 401)


def tensor_spectra(tensors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Exact spectra (n_directions, n_energies) of tensors (n_energies, 3, 3)."""
    return np.einsum("da,eab,db->de", directions, tensors, directions)


def uniaxial_tensors(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    along, across = rng.uniform(0, 1, (2, 5))
    return along, across, np.array([np.diag([b, b, a]) for a, b in zip(along, across, strict=True)])


def peak(centre: float, sigma: float, area: float = 1.0) -> np.ndarray:
    return area * np.exp(-0.5 * ((ENERGIES - centre) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def test_a_film_of_any_molecules_follows_the_cosine_squared() -> None:
    """A film without order in the plane, by turning the molecule about the normal."""
    half = np.random.default_rng(0).standard_normal((5, 3, 3))
    tensors = half @ half.transpose(0, 2, 1)
    azimuths = np.radians(np.arange(0, 360, 10))
    turns = np.array([[[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]] for a in azimuths])
    film = np.einsum("tab,ebc,tdc->ead", turns, tensors, turns) / len(turns)
    parallel = tensor_spectra(tensors, np.array([[0.0, 0.0, 1.0]]))[0]
    perpendicular = tensor_spectra(tensors, about_axis([0, 0, 1], [0, 90])).mean(axis=0)
    angles = np.array([0.0, 20.0, MAGIC_ANGLE, 90.0])
    directions = np.stack([np.sin(np.radians(angles)), 0 * angles, np.cos(np.radians(angles))], axis=1)
    found = film_spectrum(parallel, perpendicular, angles)
    np.testing.assert_allclose(found, tensor_spectra(film, directions), rtol=1e-12)
    np.testing.assert_allclose(found[2], np.trace(tensors, axis1=1, axis2=2) / 3, rtol=1e-12)
    np.testing.assert_allclose(linear_dichroism(parallel, perpendicular), found[0] - found[3], rtol=1e-12)
    partly = film_spectrum(parallel, perpendicular, angles, polarisation=0.8)
    np.testing.assert_allclose(partly, 0.8 * found + 0.2 * perpendicular, rtol=1e-12)
    several = film_spectrum(np.stack([parallel, perpendicular])[:, None], perpendicular, angles)
    np.testing.assert_allclose(several[0], found, rtol=1e-12)
    np.testing.assert_allclose(several[1], np.tile(perpendicular, (4, 1)), rtol=1e-12)


def test_tilted_molecules_at_any_azimuth() -> None:
    along, across, tensors = uniaxial_tensors(np.random.default_rng(1))
    tilt, angle = 35.0, 20.0
    direction = np.array([np.sin(np.radians(angle)), 0, np.cos(np.radians(angle))])
    axes = [
        (np.sin(np.radians(tilt)) * np.cos(a), np.sin(np.radians(tilt)) * np.sin(a), np.cos(np.radians(tilt)))
        for a in np.radians(np.arange(0, 360, 10))
    ]
    cosines2 = np.mean([np.dot(direction, axis) ** 2 for axis in axes])
    expected = along * cosines2 + across * (1 - cosines2)
    np.testing.assert_allclose(tilted_film_spectrum(along, across, angle, tilt), expected, rtol=1e-12)
    np.testing.assert_allclose(
        tilted_film_spectrum(along, across, [angle], 0.0)[0], film_spectrum(along, across, angle)
    )
    isotropic = np.trace(tensors, axis1=1, axis2=2) / 3
    np.testing.assert_allclose(tilted_film_spectrum(along, across, MAGIC_ANGLE, tilt), isotropic, rtol=1e-12)
    np.testing.assert_allclose(tilted_film_spectrum(along, across, angle, MAGIC_ANGLE), isotropic, rtol=1e-12)
    partly = tilted_film_spectrum(along, across, angle, tilt, polarisation=0.8)
    in_plane = tilted_film_spectrum(along, across, 90.0, tilt)
    np.testing.assert_allclose(partly, 0.8 * expected + 0.2 * in_plane, rtol=1e-12)
    across_film = tilted_film_spectrum(along, 0 * along, 90.0, tilt)
    np.testing.assert_allclose(across_film, along * np.sin(np.radians(tilt)) ** 2 / 2, rtol=1e-12)
    theta, alpha = np.radians(angle), np.radians(tilt)
    stohr = (1 + 0.5 * (3 * np.cos(theta) ** 2 - 1) * (3 * np.cos(alpha) ** 2 - 1)) / 3
    np.testing.assert_allclose(tilted_film_spectrum(along, 0 * along, angle, tilt), along * stohr, rtol=1e-12)


def test_unique_sites_make_isotropic_molecular_spectra_only() -> None:
    """Benzene-like: a site tensor turned by 60 degrees six times."""
    half = np.random.default_rng(2).standard_normal((5, 3, 3))
    tensors = half @ half.transpose(0, 2, 1)
    turns = [about_axis([0, 0, 1], [a, a + 90]) for a in range(0, 360, 60)]
    turns = np.array([np.vstack([turn, [0, 0, 1]]).T for turn in turns])
    sites = np.einsum("tab,ebc,tdc->tead", turns, tensors, turns)
    isotropic = np.trace(sites, axis1=2, axis2=3) / 3
    np.testing.assert_allclose(
        isotropic_from_unique_sites(isotropic[:1], [6]), molecular_spectrum(isotropic), rtol=1e-12
    )
    along_x = np.array([tensor_spectra(site, np.eye(3)[:1])[0] for site in sites])
    assert np.abs(6 * along_x[0] - molecular_spectrum(along_x)).max() > 0.1 * along_x.max()
    with pytest.raises(ValueError, match=r"\(n_sites, n_energies\)"):
        isotropic_from_unique_sites(sites[:, :, 0], [6] * 6)


def test_smearing_adds_variances_and_keeps_area() -> None:
    narrow, wide = peak(295.0, 0.5), peak(295.0, 0.8)
    found = smear(ENERGIES, np.stack([narrow, 2 * narrow]), np.sqrt(0.8**2 - 0.5**2))
    np.testing.assert_allclose(found, [wide, 2 * wide], atol=1e-6)
    np.testing.assert_allclose(smear(ENERGIES, narrow, 0.0), narrow, atol=1e-12)
    np.testing.assert_allclose(smear(ENERGIES, np.ones_like(ENERGIES), 1.0), 1.0, rtol=1e-9)
    widths = widths_above_edge(ENERGIES, edge=290.0, sigma=0.2, slope=0.1, largest=0.9)
    assert widths[ENERGIES < 290].tolist() == [0.2] * (ENERGIES < 290).sum()
    assert widths[-1] == 0.9
    np.testing.assert_allclose(widths[np.searchsorted(ENERGIES, 292)], 0.4, atol=0.01)
    two = smear(ENERGIES, peak(289.0, 0.1) + peak(300.0, 0.1), widths)
    assert two.max() == pytest.approx(1 / (np.sqrt(2 * np.pi) * np.hypot(0.1, 0.2)), rel=0.02)
    assert two[ENERGIES > 296].max() == pytest.approx(1 / (np.sqrt(2 * np.pi) * np.hypot(0.1, 0.9)), rel=0.03)
    with pytest.raises(ValueError, match="equal steps"):
        smear(ENERGIES**2, narrow, 0.1)
    with pytest.raises(ValueError, match="not negative"):
        smear(ENERGIES, narrow, -0.1)
    with pytest.raises(ValueError, match="are not on an energy axis"):
        smear(ENERGIES, narrow[:-1], 0.1)


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


def test_measured_spectra_are_read_from_text_and_xdi(tmp_path: Path) -> None:
    row = Row(0, "C6H6", -1, "x", np.array([1.0, 0, 0]), np.nan, peak(292.0, 0.5))
    write_xdi(tmp_path / "one.xdi", row, ENERGIES, {"absorbing_element": "C"})
    energies, intensities = read_spectrum(tmp_path / "one.xdi")
    np.testing.assert_allclose(energies, ENERGIES, atol=1e-4)
    np.testing.assert_allclose(intensities, row.spectrum, rtol=1e-5, atol=1e-12)
    (tmp_path / "three.txt").write_text("1 2 3\n2 3 4\n")
    assert read_spectrum(tmp_path / "three.txt", column=3)[1].tolist() == [3, 4]
    xdi = "# XDI/1.0\n# Column.1: energy keV\n# Column.2: i0\n# Column.3: {}\n# ---\n0.285 1 2\n0.286 1 3\n"
    (tmp_path / "many.xdi").write_text(xdi.format("mutrans"))
    energies, intensities = read_spectrum(tmp_path / "many.xdi")
    assert energies.tolist() == pytest.approx([285.0, 286.0])
    assert intensities.tolist() == [2.0, 3.0]
    faults = {
        "words\n": "does not hold columns",
        "1 2\n2 x\n": "line 2",
        "1 2\n1 3\n": "different from",
        "285,10 0,52\n285,20 0,53\n": "decimal points",
        xdi.format("time"): "give `column`",
        xdi.replace("energy keV", "angle degrees"): "must be the energy",
    }
    for text, message in faults.items():
        (tmp_path / "bad.txt").write_text(text)
        with pytest.raises(ValueError, match=message):
            read_spectrum(tmp_path / "bad.txt")
    with pytest.raises(FileNotFoundError, match=r"none\.txt: no such file"):
        read_spectrum(tmp_path / "none.txt")
