"""Spectra of uniaxial films (ordered about the surface normal, random in the plane)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MAGIC_ANGLE", "film_spectrum", "linear_dichroism", "tilted_film_spectrum"]

MAGIC_ANGLE = float(np.degrees(np.arccos(3**-0.5)))
r"""54.7 degrees, where :math:`3\cos^2\theta - 1` vanishes. At full polarisation the spectrum of a film does not depend
on its orientation there: :math:`(A_\parallel + 2 A_\perp) / 3`."""


def linear_dichroism(parallel: ArrayLike, perpendicular: ArrayLike) -> NDArray:
    r"""Return the difference :math:`\Delta S(E) = S_\parallel(E) - S_\perp(E)` of spectra along and normal to an axis.

    Args:
        parallel: (..., n_energies) spectra along the axis.
        perpendicular: (..., n_energies) spectra normal to it, the mean over two directions if they differ.

    Returns:
        (..., n_energies) differences.
    """
    return np.asarray(parallel) - np.asarray(perpendicular)


def film_spectrum(
    parallel: ArrayLike, perpendicular: ArrayLike, angle: ArrayLike, polarisation: float = 1.0
) -> NDArray:
    r"""Return the spectrum of a uniaxial film along a direction at an angle to its axis.

    .. math:: I(\theta, E) = A_\parallel(E) \cos^2\theta + A_\perp(E) \sin^2\theta

    For light polarised in the plane of incidence, :math:`\theta` is the angle of incidence measured from the surface:
    at grazing incidence the field is along the normal.

    Args:
        parallel: (..., n_energies) spectra along the axis.
        perpendicular: (..., n_energies) mean spectra over the directions perpendicular to it.
        angle: (...) angles in degrees between direction and axis. For several angles of several spectra, the spectra
            have the shape (n_spectra, 1, n_energies).
        polarisation: fraction :math:`P = I_\parallel / (I_\parallel + I_\perp)` of the light that is polarised in the
            plane of incidence. The field of the rest is in the surface: :math:`P\, I(\theta) + (1 - P)\, A_\perp`.

    Returns:
        (..., n_energies) spectra.

    Raises:
        ValueError: the spectra have different energies, or the degree of polarisation is not from 0 to 1.

    References:
        Stöhr, NEXAFS Spectroscopy, Springer 1992, chapter 9.
    """
    _check(parallel, perpendicular, polarisation)
    cosine2 = polarisation * np.cos(np.radians(np.asarray(angle, dtype=np.float64)))[..., None] ** 2
    return cosine2 * np.asarray(parallel) + (1.0 - cosine2) * np.asarray(perpendicular)


def tilted_film_spectrum(
    parallel: ArrayLike, perpendicular: ArrayLike, angle: ArrayLike, tilt: float, polarisation: float = 1.0
) -> NDArray:
    r"""Return the spectrum of a film of uniaxial molecules whose axes are tilted from its normal, at all azimuths.

    .. math:: I(\theta, \alpha, E) = \frac{A_\parallel + 2 A_\perp}{3}
        + \frac{A_\parallel - A_\perp}{6}\,(3\cos^2\theta - 1)(3\cos^2\alpha - 1)

    With :math:`A_\perp = 0`, a single vector, this is Stöhr's eqn (9.16) for light polarised in the plane of incidence.
    At full polarisation the spectrum is isotropic if angle or tilt is the magic angle, :data:`MAGIC_ANGLE`.

    Args:
        parallel: (..., n_energies) spectra along the molecular axis.
        perpendicular: (..., n_energies) mean spectra over the directions perpendicular to it.
        angle: (...) angles :math:`\theta` in degrees between direction and surface normal; see
            :func:`film_spectrum`.
        tilt: angle :math:`\alpha` in degrees between molecular axis and surface normal.
        polarisation: fraction :math:`P = I_\parallel / (I_\parallel + I_\perp)` of the light that is polarised in the
            plane of incidence. The field of the rest is in the surface:
            :math:`P\, I(\theta) + (1 - P)\, I(90^\circ)`.

    Returns:
        (..., n_energies) spectra.

    Raises:
        ValueError: the spectra have different energies, or the degree of polarisation is not from 0 to 1.

    References:
        Stöhr, NEXAFS Spectroscopy, Springer 1992, eqn (9.16).
    """
    _check(parallel, perpendicular, polarisation)
    parallel, perpendicular = np.asarray(parallel), np.asarray(perpendicular)
    angles = np.asarray(angle, dtype=np.float64)[..., None]
    along_normal = polarisation * np.cos(np.radians(angles)) ** 2  # share of the field along the normal
    order = (3 * along_normal - 1) * (3 * np.cos(np.radians(tilt)) ** 2 - 1)
    return (parallel + 2 * perpendicular) / 3 + (parallel - perpendicular) * order / 6


def _check(parallel: ArrayLike, perpendicular: ArrayLike, polarisation: float) -> None:
    if not 0 <= polarisation <= 1:
        raise ValueError(f"The degree of polarisation must be from 0 to 1, not {polarisation}.")
    if np.shape(parallel)[-1:] != np.shape(perpendicular)[-1:]:
        raise ValueError(
            f"Both spectra must have the same energies, but have the shapes {np.shape(parallel)} and "
            f"{np.shape(perpendicular)}."
        )
