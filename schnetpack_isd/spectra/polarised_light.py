r"""Fields of partly polarised light in a film, as matrices.

The spectrum of a film with the absorption tensor :math:`\sigma(E)` is :math:`F : \sigma(E)`, where
:math:`F = \langle e\, e^\mathsf{T} \rangle` is the mean over the fields of the light, of trace 1. The frame is that of
the film: z is its normal, and azimuths are measured from x. The angle of incidence :math:`\theta` is the one between
the beam and the surface, which is the angle between the field of p-polarised light and the normal.

References:
    Stöhr, NEXAFS Spectroscopy, Springer 1992, eqns (9.14) to (9.17).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["domain_average", "light_matrix"]


def light_matrix(angle: ArrayLike, polarisation: float = 1.0, azimuth: float = 0.0) -> NDArray[np.float64]:
    r"""Return the matrix of the fields of light that falls on a film.

    .. math:: F = P\, e_p e_p^\mathsf{T} + (1 - P)\, e_s e_s^\mathsf{T}, \qquad
        e_p = (\sin\theta \cos\phi, \sin\theta \sin\phi, \cos\theta), \quad e_s = (-\sin\phi, \cos\phi, 0)

    Args:
        angle: (...) angles of incidence :math:`\theta` in degrees, measured from the surface: 90 is normal incidence.
        polarisation: fraction :math:`P = I_\parallel / (I_\parallel + I_\perp)` of the light that is polarised in the
            plane of incidence.
        azimuth: angle :math:`\phi` in degrees between the plane of incidence and x.

    Returns:
        (..., 3, 3) matrices of trace 1.

    Raises:
        ValueError: the degree of polarisation is not from 0 to 1.
    """
    if not 0 <= polarisation <= 1:
        raise ValueError(f"The degree of polarisation must be from 0 to 1, not {polarisation}.")
    theta, phi = np.radians(np.asarray(angle, dtype=np.float64)), np.radians(azimuth)
    along = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    across = np.array([-np.sin(phi), np.cos(phi), 0.0])
    return polarisation * along[..., :, None] * along[..., None, :] + (1 - polarisation) * np.outer(across, across)


def domain_average(matrix: ArrayLike, fold: int | None) -> NDArray[np.float64]:
    """Return the mean of a symmetric matrix over domains that are rotated about z.

    A twofold axis removes the components xz and yz. An axis of three or more folds leaves a uniaxial matrix, as random
    azimuths do.

    Args:
        matrix: (..., 3, 3) symmetric matrices.
        fold: number of domains, rotated by 360 degrees / `fold`; None for random azimuths.

    Returns:
        (..., 3, 3) matrices of the same trace.

    Raises:
        ValueError: the number of domains is below 1.
    """
    if fold is not None and fold < 1:
        raise ValueError(f"The number of domains must be at least 1, not {fold}.")
    mean = np.array(matrix, dtype=np.float64)
    if fold == 1:
        return mean
    mean[..., 2, :2] = mean[..., :2, 2] = 0.0
    if fold != 2:
        in_plane = (mean[..., 0, 0] + mean[..., 1, 1]) / 2
        mean[..., 0, 0] = mean[..., 1, 1] = in_plane
        mean[..., 0, 1] = mean[..., 1, 0] = 0.0
    return mean
