r"""Energy-loss spectra of fast electrons: the momentum transfer along the beam and across it.

An electron that loses the energy :math:`E` and is scattered by the angle :math:`\theta` transfers a momentum with the
component :math:`k \theta_E` along the beam, and :math:`k \theta` across it, where
:math:`\theta_E = E / (\gamma m v^2)`. The field of a fast electron is flattened towards the plane across its path, so
that for dipole transitions

.. math:: \frac{d^2 \sigma}{dE\, d\Omega} \propto
    \frac{q^\mathsf{T} \sigma(E)\, q}{(\theta^2 + g\, \theta_E^2)^2}, \qquad
    q = (\theta \cos\phi, \theta \sin\phi, g\, \theta_E), \quad g = 1 - v^2 / c^2 .

Angles are integrated over the discs of the illumination and of the collection aperture, both centred on the beam.

References:
    Jouffrey, Schattschneider and Hébert, Ultramicroscopy 2004, 102, 61, doi:10.1016/j.ultramic.2004.08.006.
    Schattschneider, Hébert, Franco and Jouffrey, Phys. Rev. B 2005, 72, 045142, doi:10.1103/PhysRevB.72.045142.
    Hébert, Schattschneider, Franco and Jouffrey, Ultramicroscopy 2006, 106, 1139.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.constants import electron_mass, elementary_charge, speed_of_light
from scipy.optimize import brentq

from .orientation import film_components, normal_matrix

__all__ = ["characteristic_angle", "eels_spectrum", "magic_collection_angle", "share_along_beam"]

REST_ENERGY = electron_mass * speed_of_light**2 / elementary_charge / 1e3
"""Rest energy of the electron in keV."""

N_NODES = 512
"""Nodes of the quadrature over the apertures; the error is below 1e-9 for angles up to 50 characteristic angles."""


def characteristic_angle(voltage: float, energy_loss: ArrayLike) -> NDArray[np.float64]:
    r"""Return the characteristic angle of inelastic scattering, :math:`\theta_E = E / (\gamma m v^2)`.

    Args:
        voltage: acceleration voltage in kV.
        energy_loss: (...) energy losses in eV.

    Returns:
        (...) angles in mrad.

    Raises:
        ValueError: the voltage or a loss is not positive.
    """
    gamma = _lorentz_factor(voltage)
    losses = np.asarray(energy_loss, dtype=np.float64)
    if not np.all(losses > 0):
        raise ValueError("Energy losses must be positive numbers of eV.")
    return losses / (REST_ENERGY * (gamma - 1 / gamma))  # eV / keV is a mrad


def share_along_beam(
    voltage: float, energy_loss: ArrayLike, convergence: float, collection: float
) -> NDArray[np.float64]:
    r"""Return the share of the momentum transfer that is along the beam.

    The energy-loss spectrum is :math:`w\, A_\parallel + (1 - w) A_\perp`, with the spectra for momentum transfer along
    the beam and across it (the mean over the azimuth).

    Args:
        voltage: acceleration voltage in kV.
        energy_loss: (...) energy losses in eV.
        convergence: semi-angle of the illumination in mrad; 0 is a parallel beam.
        collection: semi-angle of the collection aperture in mrad.

    Returns:
        (...) shares :math:`w` from 0 to 1; a third gives the isotropic spectrum.

    Raises:
        ValueError: the voltage or a loss is not positive, or an angle is negative or not finite.
    """
    for name, angle in (("convergence", convergence), ("collection", collection)):
        if not 0 <= angle < np.inf:
            raise ValueError(f"The semi-angle of {name} must be a number of mrad that is not negative, not {angle:g}.")
    flattening = _lorentz_factor(voltage) ** -2
    characteristic = characteristic_angle(voltage, energy_loss)[..., None]
    # The distance of two points in two discs, integrated by parts: phi is the angle between the radii at their rims.
    phi = np.pi * np.arange(1, N_NODES + 1) / (N_NODES + 1)
    square = convergence**2 + collection**2 - 2 * convergence * collection * np.cos(phi)
    u = square / (flattening * characteristic**2)
    along = flattening / (1 + u)
    across = np.divide(np.log1p(u) - u / (1 + u), u, out=np.zeros_like(u), where=u > 1e-8)
    parallel, perpendicular = (along @ np.sin(phi) ** 2, across @ np.sin(phi) ** 2)
    return np.asarray(parallel / (parallel + perpendicular))


def magic_collection_angle(voltage: float, energy_loss: float, convergence: float = 0.0) -> float:
    """Return the semi-angle of collection at which the orientation of a uniaxial sample does not matter.

    The spectrum at this angle is the isotropic one. In a parallel beam it is 3.97 characteristic angles without
    relativity, and 1.46 at 200 kV.

    Args:
        voltage: acceleration voltage in kV.
        energy_loss: energy loss in eV.
        convergence: semi-angle of the illumination in mrad.

    Returns:
        The semi-angle in mrad.

    Raises:
        ValueError: there is none, because the illumination alone is wider; or an argument is not valid.
    """

    def excess(collection: float) -> float:
        return float(share_along_beam(voltage, energy_loss, convergence, collection)) - 1 / 3

    if excess(0.0) <= 0:
        limit = magic_collection_angle(voltage, energy_loss)
        raise ValueError(
            f"There is no magic angle of collection: the semi-angle of convergence, {convergence:g} mrad, must be "
            f"below {limit:.2f} mrad."
        )
    return float(brentq(excess, 0.0, 5 * float(characteristic_angle(voltage, energy_loss)), xtol=1e-12))


def eels_spectrum(tensor: ArrayLike, beam: ArrayLike, share: ArrayLike) -> NDArray:
    r"""Return the energy-loss spectrum of an absorption tensor.

    It is normalised as an absorption spectrum: the factor :math:`1 / E` of the cross-section, and the total weight of
    the apertures, are left out.

    Args:
        tensor: (..., 3, 3, n_energies) absorption tensors.
        beam: (3,) direction of the beam in the frame of the tensors, of any non-zero length.
        share: share of the momentum transfer along the beam, see :func:`share_along_beam`: a number, or (n_energies,).

    Returns:
        (..., n_energies) spectra.
    """
    along, across = film_components(tensor, normal_matrix(beam, 1.0))
    share = np.asarray(share)
    return share * along + (1 - share) * across


def _lorentz_factor(voltage: float) -> float:
    if not 0 < voltage < np.inf:
        raise ValueError(f"The acceleration voltage must be a positive number of kV, not {voltage:g}.")
    return 1 + voltage / REST_ENERGY
