"""X-ray photoelectron spectra (XPS) from binding energies."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import voigt_profile

__all__ = ["GAUSSIAN_FWHM", "LORENTZIAN_FWHM", "check_widths", "group_lines", "xps_axis", "xps_spectrum"]

GAUSSIAN_FWHM = 0.5
"""Full width at half maximum in eV that stands for vibrations and the resolution of a good laboratory instrument."""

LORENTZIAN_FWHM = 0.1
"""Full width at half maximum in eV of the lifetime of a C 1s hole in a molecule."""

_SIGMAS = 2 * np.sqrt(2 * np.log(2))
"""Full width at half maximum of a Gaussian in standard deviations."""

_MARGIN = 2.0
"""Smallest distance of a line from the ends of the axis, eV."""

_CHUNK = 1 << 20
"""Largest number of values of profiles in memory (8 MiB)."""


def xps_spectrum(
    binding_energies: ArrayLike,
    energies: ArrayLike,
    fwhm: float = GAUSSIAN_FWHM,
    lorentzian_fwhm: float = LORENTZIAN_FWHM,
) -> NDArray[np.float64]:
    r"""Return the photoelectron spectrum of atoms: a normalised Voigt profile for each.

    .. math:: S(E) = \sum_a V(E - E_a; \sigma, \gamma), \qquad \int S(E)\, dE = n_\mathrm{atoms}

    All atoms have the same intensity: shake-up satellites, photoelectron diffraction and the analyser's transmission
    are neglected.

    The default Gaussian, 0.5 eV, stands for two contributions that the binding energies lack: the vibrational
    excitation of the ion, which spreads a C 1s line over a few tenths of an eV, and the resolution of a monochromatic
    laboratory source. Spectra of films and solids are wider, about 1 eV. The Lorentzian, 0.1 eV, is the lifetime of a
    C 1s hole.

    Args:
        binding_energies: (n_atoms,) binding energies in eV.
        energies: (n_energies,) energy axis in eV, see :func:`xps_axis`.
        fwhm: full width at half maximum of the Gaussian in eV.
        lorentzian_fwhm: full width at half maximum of the Lorentzian in eV.

    Returns:
        (n_energies,) intensities in atoms per eV.

    Raises:
        ValueError: a binding energy is not finite, or a width is negative or not finite, or both are 0.

    References:
        Carroll et al., Phys. Rev. A 2000, 61, 042503, doi:10.1103/PhysRevA.61.042503 (lifetime of the C 1s hole).
    """
    check_widths(fwhm, lorentzian_fwhm)
    lines, axis = _lines(binding_energies), np.asarray(energies, dtype=np.float64)
    spectrum = np.zeros(axis.shape)
    step = max(1, _CHUNK // max(1, axis.size))
    for start in range(0, len(lines), step):
        distances = axis - lines[start : start + step, None]
        spectrum += voigt_profile(distances, fwhm / _SIGMAS, lorentzian_fwhm / 2).sum(axis=0)
    return spectrum


def xps_axis(
    binding_energies: ArrayLike,
    fwhm: float = GAUSSIAN_FWHM,
    lorentzian_fwhm: float = LORENTZIAN_FWHM,
    step: float = 0.02,
) -> NDArray[np.float64]:
    """Return an energy axis for a photoelectron spectrum.

    The energies ascend, as all axes of this package; figures show them from right to left, as is usual for XPS. They
    are multiples of the step, so that axes of different molecules share their points.

    Args:
        binding_energies: (n_atoms,) binding energies in eV.
        fwhm: full width at half maximum of the Gaussian in eV.
        lorentzian_fwhm: full width at half maximum of the Lorentzian in eV.
        step: distance of the energies in eV.

    Returns:
        (n_energies,) energies in eV, from 2 eV and two widths below the lowest binding energy to as much above the
        highest one.

    Raises:
        ValueError: there is no binding energy, one is not finite, a width is negative or not finite, or the step is
            not positive.
    """
    check_widths(fwhm, lorentzian_fwhm)
    lines = _lines(binding_energies)
    if len(lines) == 0:
        raise ValueError("An axis needs at least one binding energy.")
    if not 0 < step < np.inf:
        raise ValueError(f"The step of an energy axis must be a positive number of eV, not {step}.")
    margin = _MARGIN + 2 * (fwhm + lorentzian_fwhm)
    first, last = np.floor((lines.min() - margin) / step), np.ceil((lines.max() + margin) / step)
    return np.round(np.arange(first, last + 1) * step, 9)


def group_lines(binding_energies: ArrayLike, tolerance: float = 0.05) -> list[NDArray[np.int64]]:
    """Group atoms whose binding energies are the same within a tolerance.

    Args:
        binding_energies: (n_atoms,) binding energies in eV.
        tolerance: largest difference within a group, eV.

    Returns:
        Indices of the atoms of each group, ascending; the groups are in the order of their energies.
    """
    lines = _lines(binding_energies)
    groups: list[list[int]] = []
    for atom in np.argsort(lines, kind="stable").tolist():
        if groups and lines[atom] - lines[groups[-1][0]] <= tolerance:
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return [np.sort(np.array(group, dtype=np.int64)) for group in groups]


def check_widths(fwhm: float, lorentzian_fwhm: float = LORENTZIAN_FWHM) -> None:
    """Check the widths of lines.

    Raises:
        ValueError: a width is negative or not finite, or both are 0.
    """
    for name, width in (("Gaussian", fwhm), ("Lorentzian", lorentzian_fwhm)):
        if not 0 <= width < np.inf:
            raise ValueError(f"The {name} width of XPS lines must be a number of eV that is not negative, not {width}.")
    if fwhm == lorentzian_fwhm == 0:
        raise ValueError("The Gaussian and the Lorentzian width of XPS lines cannot both be 0.")


def _lines(binding_energies: ArrayLike) -> NDArray[np.float64]:
    lines = np.asarray(binding_energies, dtype=np.float64).reshape(-1)
    if not np.isfinite(lines).all():
        raise ValueError("Binding energies must be finite.")
    return lines
