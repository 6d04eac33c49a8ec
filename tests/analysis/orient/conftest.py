"""A molecule with peaks along the normal of a plane and in it, and measurements of its films."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from schnetpack_isd.analysis.orient import FilmMolecule, uncertainty
from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum
from schnetpack_isd.spectra import edge_step, film_components, film_spectrum, normal_matrix, smear

ENERGIES = np.linspace(281.0, 306.0, 251)
MEASURED = np.arange(282.0, 304.0, 0.2)
NORMAL = np.array([0.0, 0.6, 0.8])
THRESHOLD = 290.5


@pytest.fixture(autouse=True)
def _few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uncertainty, "N_RESAMPLED", 12)


def gaussian(centre: float, sigma: float) -> np.ndarray:
    return np.exp(-0.5 * ((ENERGIES - centre) / sigma) ** 2)


def planar_molecule() -> FilmMolecule:
    """π* peaks along NORMAL, others in the plane, more along x."""
    across = np.cross(NORMAL, [1.0, 0.0, 0.0])
    parts = [
        (NORMAL, gaussian(285.0, 0.4) + 0.4 * gaussian(288.8, 0.5)),
        (np.array([1.0, 0.0, 0.0]), 1.2 * gaussian(293.0, 1.2) + 0.7 * gaussian(300.0, 2.0)),
        (across, 0.5 * gaussian(293.0, 1.2) + 0.9 * gaussian(301.0, 2.5)),
    ]
    tensor = sum(np.multiply.outer(np.outer(along, along), peak) for along, peak in parts)
    return FilmMolecule(ENERGIES, np.asarray(tensor), np.array([THRESHOLD, THRESHOLD + 1.0]))


@pytest.fixture
def molecule() -> FilmMolecule:
    """The molecule; its members have π* peaks 5 % higher and lower."""
    plain = planar_molecule()
    change = 0.05 * np.multiply.outer(np.outer(NORMAL, NORMAL), gaussian(285.0, 0.4))
    members = plain.tensor + np.array([1.0, -1.0])[:, None, None, None] * change
    return FilmMolecule(ENERGIES, plain.tensor, plain.thresholds, members, np.stack([plain.thresholds] * 2))


@pytest.fixture
def measure() -> Callable[..., MeasuredSeries]:
    """Exact spectra of a film, with noise if wanted."""

    def make(
        molecule: FilmMolecule,
        moments: np.ndarray | float = 0.5,
        angles: tuple[float, ...] = (20.0, 55.0, 90.0),
        polarisation: float | None = 0.95,
        shift: float = 0.23,
        broadening: float = 0.2,
        noise: float = 0.0,
    ) -> MeasuredSeries:
        matrix = normal_matrix(NORMAL, moments) if np.ndim(moments) == 0 else np.asarray(moments)
        step = np.mean([edge_step(ENERGIES, edge) for edge in molecule.thresholds], axis=0)
        along, across, step = smear(ENERGIES, np.stack([*film_components(molecule.tensor, matrix), step]), broadening)
        films = 3.0 * film_spectrum(along, across, angles, polarisation or 0.95) + 0.4 * step + 0.1
        rng = np.random.default_rng(0)
        spectra = []
        for angle, film in zip(angles, films, strict=True):
            values = np.interp(MEASURED - shift, ENERGIES, film) + noise * rng.standard_normal(len(MEASURED))
            spectra.append(MeasuredSpectrum(MEASURED, values, angle, f"{angle:g}.dat"))
        return MeasuredSeries(tuple(spectra), polarisation)

    return make
