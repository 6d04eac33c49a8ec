r"""What polarised light sees of a molecule in a film, in the frame of the molecule.

The spectrum of the film is :math:`W : \sigma(E)`, where :math:`\sigma` is the absorption tensor of the molecule, and
:math:`W` the mean of :math:`e\, e^\mathsf{T}` over the fields of the light and the orientations of the molecule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from schnetpack_isd.vectors import about_axis

from .orientation import gaussian_tilt_matrix, normal_matrix

__all__ = ["weighted_spectra", "weights_along_normal", "weights_of_tilt"]


def weights_of_tilt(light: ArrayLike, axis: ArrayLike, tilt: float, spread: float = 0.0) -> NDArray[np.float64]:
    r"""Return the weights for molecules that are turned at random about an axis, which is tilted from the normal.

    With the axis :math:`m` in the film frame, tilted from z towards x,
    :math:`w = F : \langle m m^\mathsf{T} \rangle` is the share of the field along it, and
    :math:`W = w\, m m^\mathsf{T} + \frac{1 - w}{2} (I - m m^\mathsf{T})`.

    Args:
        light: (..., 3, 3) matrices of the light in the frame of the film, averaged over domains; see
            :func:`~schnetpack_isd.spectra.light_matrix` and :func:`~schnetpack_isd.spectra.domain_average`.
        axis: (3,) axis in the frame of the molecule, of any non-zero length.
        tilt: angle in degrees between axis and normal, or the centre of its Gaussian distribution.
        spread: standard deviation of the distribution in degrees.

    Returns:
        (..., 3, 3) weights of trace 1.

    Raises:
        ValueError: the tilt is not from 0 to 90 degrees, or the spread is negative or not finite.
    """
    share = np.einsum("...ij,ij->...", np.asarray(light), gaussian_tilt_matrix(tilt, spread))
    order = (3 * share - 1)[..., None, None] / 2
    return (1 - order) / 3 * np.eye(3) + order * normal_matrix(axis, 1.0)


def weights_along_normal(light: ArrayLike, normal: ArrayLike) -> NDArray[np.float64]:
    """Return the weights for molecules, or a crystal, whose frame has the film normal in it.

    Azimuths are measured from the projection of the structure's x onto the film; of y where the normal is along x.

    Args:
        light: (..., 3, 3) matrices of the light in the frame of the film, averaged over domains.
        normal: (3,) film normal in the frame of the structure, of any non-zero length.

    Returns:
        (..., 3, 3) weights of trace 1.
    """
    along_x, along_y = about_axis(normal, [0.0, 90.0])
    frame = np.stack([along_x, along_y, np.cross(along_x, along_y)])
    return np.asarray(frame.T @ np.asarray(light) @ frame)


def weighted_spectra(weights: ArrayLike, tensor: ArrayLike) -> NDArray:
    """Return the spectra of an absorption tensor with weights.

    Args:
        weights: (..., 3, 3) weights.
        tensor: (3, 3, n_energies) absorption tensor.

    Returns:
        (..., n_energies) spectra.
    """
    return np.einsum("...ij,ijk->...k", np.asarray(weights), np.asarray(tensor))
