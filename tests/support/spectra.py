"""Exact spectra."""

from __future__ import annotations

import numpy as np

ENERGIES = np.linspace(285.0, 305.0, 401)


def peak(centre: float, sigma: float, area: float = 1.0) -> np.ndarray:
    """A Gaussian on the axis `ENERGIES`."""
    return area * np.exp(-0.5 * ((ENERGIES - centre) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))


def random_tensors(seed: int) -> np.ndarray:
    """Positive semi-definite tensors (5 energies, 3, 3)."""
    half = np.random.default_rng(seed).standard_normal((5, 3, 3))
    return half @ half.transpose(0, 2, 1)


def tensor_spectra(tensors: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Exact spectra (n_directions, n_energies) of tensors (n_energies, 3, 3)."""
    return np.einsum("da,eab,db->de", directions, tensors, directions)


def rotations_about_z(angles: np.ndarray) -> np.ndarray:
    """Rotation matrices (n_angles, 3, 3) for angles in degrees."""
    radians = np.radians(angles)
    zero, one = np.zeros(len(radians)), np.ones(len(radians))
    cosine, sine = np.cos(radians), np.sin(radians)
    rows = [[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]]
    return np.moveaxis(np.array(rows), -1, 0)
