r"""Second-rank orientation of molecules in a uniaxial film.

Only second moments of the distribution of orientations enter an absorption spectrum. With the film normal
:math:`n`, in the frame of the molecule, the spectrum along the normal is :math:`Q : \sigma`, where
:math:`Q = \langle n n^\mathsf{T} \rangle` is symmetric, positive semi-definite, and of trace 1. If the molecules are
rotated at random about an axis :math:`m` of theirs,

.. math:: Q = \frac{1 - S}{3}\, I + S\, m m^\mathsf{T}, \qquad
    S = \left\langle \frac{3 \cos^2\alpha - 1}{2} \right\rangle,

where :math:`\alpha` is the angle between the axis and the normal, its tilt.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad_vec

__all__ = [
    "film_components",
    "gaussian_tilt_matrix",
    "gaussian_tilt_order",
    "normal_matrix",
    "order_parameter",
    "tilt_angle",
]


def order_parameter(tilt: ArrayLike) -> NDArray[np.float64]:
    r"""Return the second-rank order parameter of one tilt, :math:`S = (3 \cos^2\alpha - 1) / 2`.

    Args:
        tilt: (...) angles in degrees between the molecular axis and the film normal.

    Returns:
        (...) order parameters, from -0.5 (the axis lies in the film) to 1 (it is along the normal).
    """
    return (3 * np.cos(np.radians(np.asarray(tilt, dtype=np.float64))) ** 2 - 1) / 2


def tilt_angle(order: ArrayLike) -> NDArray[np.float64]:
    """Return the tilt, the same for all molecules, that has an order parameter.

    Args:
        order: (...) order parameters from -0.5 to 1.

    Returns:
        (...) angles in degrees, from 0 to 90.

    Raises:
        ValueError: an order parameter is below -0.5 or above 1.
    """
    order = np.asarray(order, dtype=np.float64)
    if not np.all((order >= -0.5) & (order <= 1)):
        raise ValueError(f"Order parameters must be from -0.5 to 1, not {order}.")
    return np.degrees(np.arccos(np.sqrt((2 * order + 1) / 3)))


def gaussian_tilt_order(tilt: float, spread: float) -> float:
    r"""Return the order parameter of a Gaussian distribution of tilts.

    .. math:: S = \frac{\int P_2(\cos\alpha)\, e^{-(\alpha - \alpha_0)^2 / 2 s^2} \sin\alpha\, d\alpha}
        {\int e^{-(\alpha - \alpha_0)^2 / 2 s^2} \sin\alpha\, d\alpha}, \qquad 0 \le \alpha \le \pi / 2

    The axis has no sign, so tilts end at 90 degrees. A wide distribution is isotropic.

    Args:
        tilt: centre of the distribution in degrees, from 0 to 90.
        spread: its standard deviation in degrees; 0 is a single tilt.

    Returns:
        The order parameter.

    Raises:
        ValueError: the tilt is not from 0 to 90 degrees, or the spread is negative or not finite.
    """
    axis_matrix = gaussian_tilt_matrix(tilt, spread)
    return float((3 * axis_matrix[2, 2] - 1) / 2)


def gaussian_tilt_matrix(tilt: float, spread: float) -> NDArray[np.float64]:
    r"""Return the second moments of axes that are tilted from z towards x by a Gaussian distribution of angles.

    .. math:: \langle m m^\mathsf{T} \rangle, \qquad m = (\sin\alpha, 0, \cos\alpha),

    with the distribution of :func:`gaussian_tilt_order`.

    Args:
        tilt: centre of the distribution in degrees, from 0 to 90.
        spread: its standard deviation in degrees; 0 is a single tilt.

    Returns:
        (3, 3) matrix of trace 1.

    Raises:
        ValueError: the tilt is not from 0 to 90 degrees, or the spread is negative or not finite.
    """
    if not 0 <= tilt <= 90:
        raise ValueError(f"The tilt must be from 0 to 90 degrees, not {tilt:g}.")
    if not 0 <= spread < np.inf:
        raise ValueError(f"The spread of tilts must be finite and not negative, not {spread:g} degrees.")

    def products(angle: float) -> NDArray[np.float64]:
        axis = np.array([np.sin(np.radians(angle)), 0.0, np.cos(np.radians(angle))])
        return np.outer(axis, axis)

    def moments(angle: float) -> NDArray[np.float64]:
        weight = np.exp(-0.5 * ((angle - tilt) / spread) ** 2) * np.sin(np.radians(angle))
        return weight * products(angle)

    if spread == 0:
        return products(tilt)
    near = [angle for angle in (tilt - 5 * spread, tilt, tilt + 5 * spread) if 0 < angle < 90]
    matrix, _ = quad_vec(moments, 0.0, 90.0, points=near)
    return np.asarray(matrix / np.trace(matrix))


def normal_matrix(axis: ArrayLike, order: float) -> NDArray[np.float64]:
    """Return the second moments of the film normal in the frame of molecules that are turned at random about an axis.

    Args:
        axis: (3,) molecular axis, of any non-zero length.
        order: order parameter of the axis with respect to the film normal.

    Returns:
        (3, 3) matrix of trace 1.
    """
    vector = np.asarray(axis, dtype=np.float64)
    unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return (1 - order) / 3 * np.eye(3) + order * np.outer(unit, unit)


def film_components(tensor: ArrayLike, normal: ArrayLike) -> tuple[NDArray, NDArray]:
    r"""Return the spectra of a uniaxial film along its normal and in its plane.

    .. math:: A_\parallel = Q : \sigma, \qquad A_\perp = \frac{\mathrm{tr}\, \sigma - A_\parallel}{2}

    They are linear in both arguments; :func:`~schnetpack_isd.spectra.film_spectrum` has the spectrum at an angle.

    Args:
        tensor: (..., 3, 3, n_energies) absorption tensors of molecules.
        normal: (3, 3) second moments of the film normal in the frame of the tensors, see :func:`normal_matrix`.

    Returns:
        (..., n_energies) along the normal, and (..., n_energies) in the plane.
    """
    tensor = np.asarray(tensor)
    along = np.einsum("ij,...ijk->...k", np.asarray(normal, dtype=np.float64), tensor)
    return along, (np.einsum("...iik->...k", tensor) - along) / 2
