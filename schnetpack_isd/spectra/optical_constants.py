r"""Optical constants near an absorption edge from a spectrum, a composition and a density.

The refractive index is :math:`n = 1 - \delta + i \beta`, with

.. math:: \delta + i \beta = \frac{r_e \lambda^2}{2 \pi}\, N\, (f_1 + i f_2), \qquad
    f_1(E) = Z^* + \frac{2}{\pi}\, \mathcal{P}\!\!\int_0^\infty \frac{\epsilon\, f_2(\epsilon)}{E^2 - \epsilon^2}\,
    d\epsilon,

where :math:`N` is the number density of formula units. :math:`f_2` is that of bare atoms outside of the predicted
energies. Within, the predicted spectrum replaces the bare-atom step of the edge, and passes into it over the last
:data:`WINDOW` of the axis. Its scale keeps the oscillator strength, :math:`\int f_2 / E\, dE`, of the bare atoms: the
sum rule of Thomas, Reiche and Kuhn, by which :math:`f_1` far from the edge stays that of the bare atoms.

KKcalc has the bare atoms (Henke, Gullikson and Davis; Biggs and Lighthill above 30 keV) and the transform, exact for
functions that are piecewise polynomials.

References:
    Watts, Opt. Express 2014, 22, 23628, doi:10.1364/OE.22.023628.
    Henke, Gullikson and Davis, At. Data Nucl. Data Tables 1993, 54, 181, doi:10.1006/adnd.1993.1013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import ArrayLike, NDArray
from scipy.constants import Avogadro, c, e, h, physical_constants

__all__ = ["RefractiveIndex", "refractive_index"]

WINDOW = 8.0
"""Range in eV, at the end of the axis, over which a spectrum passes into bare atoms."""

DENSITIES = (0.05, 25.0)
"""Lowest and highest density in g/cm³, from aerogels to osmium."""

PRE_EDGE = 0.75
"""Start of the range of the pre-edge, relative to the first energy."""

NUDGE = 1e-6
"""Distance in eV by which an energy is moved off the end of a polynomial."""

CLASSICAL_RADIUS = physical_constants["classical electron radius"][0] * 100
"""Classical radius of the electron in cm."""

WAVELENGTH = h * c / e * 100
"""Wavelength times photon energy in cm eV."""


@dataclass(frozen=True)
class RefractiveIndex:
    """Refractive index n = 1 - delta + i beta.

    Attributes:
        energies: (n,) photon energies in eV.
        delta: (..., n) decrements; (3, 3, n) for a tensor.
        beta: (..., n) absorption indices.
        scale: scattering factor f2 of a formula unit for a unit of intensity of the spectrum.
    """

    energies: NDArray[np.float64]
    delta: NDArray[np.float64]
    beta: NDArray[np.float64]
    scale: float


def refractive_index(
    energies: ArrayLike,
    spectrum: ArrayLike,
    composition: Mapping[str, float],
    density: float,
    *,
    element: str = "C",
    at: ArrayLike | None = None,
) -> RefractiveIndex:
    """Return the optical constants of a material, or their tensor.

    Args:
        energies: (n_energies,) axis in eV, ascending, on the measured scale: it begins below the edge of the element.
        spectrum: (n_energies,) isotropic spectrum, or (3, 3, n_energies) absorption tensor, in any unit.
        composition: number of atoms in a formula unit by symbol.
        density: density of the material in g/cm³.
        element: the absorbing element.
        at: (n,) photon energies in eV, from 30 eV; by default those of the axis.

    Raises:
        ImportError: KKcalc is not installed.
        ValueError: the edge of bare atoms is not within the axis or too near to its end, the composition does not have
            the element or has an unknown one, or another argument is not as described.
    """
    energies, spectrum = np.asarray(energies, dtype=np.float64), np.asarray(spectrum, dtype=np.float64)
    _check(spectrum, energies, composition, density, element)
    atoms = _BareAtoms(composition)
    edge = _BareAtoms({element: composition[element]})
    _check_edge(edge, energies, element)
    grid = energies if at is None else np.asarray(at, dtype=np.float64)
    if grid.ndim != 1 or not np.all((grid >= 30) & (grid <= 30_000)):
        raise ValueError("Optical constants are given at photon energies from 30 to 30,000 eV.")
    addition, scale = _addition(energies, spectrum, edge)
    factors = np.empty((2, *spectrum.shape[:-1], len(grid)))
    for index in np.ndindex(spectrum.shape[:-1]):
        is_diagonal = len(set(index)) < 2
        factors[(slice(None), *index)] = atoms.factors(grid, energies, addition[index], is_diagonal)
    prefactor = CLASSICAL_RADIUS * (WAVELENGTH / grid) ** 2 / (2 * np.pi) * density * Avogadro / _mass(composition)
    return RefractiveIndex(grid, prefactor * factors[0], prefactor * factors[1], scale)


def _addition(energies: NDArray, spectrum: NDArray, edge: _BareAtoms) -> tuple[NDArray[np.float64], float]:
    """Return what the spectrum adds to f2 of bare atoms, without oscillator strength, and the scale of the spectrum."""
    step = edge.f2(energies) - edge.below_edge(energies)
    share = np.clip((energies[-1] - energies) / WINDOW, 0.0, 1.0)  # 1 up to the window, 0 at the end
    isotropic = spectrum if spectrum.ndim == 1 else np.trace(spectrum) / 3
    strengths = np.trapezoid(share * np.stack([step, isotropic]) / energies, energies)
    scale = float(strengths[0] / strengths[1])
    identity = np.eye(3)[..., None] if spectrum.ndim == 3 else np.ones(())
    addition = share * (scale * spectrum - identity * step)
    addition[..., 0] = 0.0
    return addition, scale


class _BareAtoms:
    """Scattering factors of bare atoms, as piecewise polynomials."""

    def __init__(self, composition: Mapping[str, float]) -> None:
        self._kkcalc = _import_kkcalc()
        self._composition = [(int(atomic_numbers[symbol]), number) for symbol, number in composition.items()]
        self._knots, self._polynomials = self._kkcalc.data.calculate_asf(self._composition)

    def f2(self, energies: NDArray) -> NDArray[np.float64]:
        """Return f2 (n,) at energies."""
        return _values(self._knots, self._polynomials, energies)

    def below_edge(self, energies: NDArray) -> NDArray[np.float64]:
        """Return f2 (n,) without the edge that is above the first energy: a power law through what is below it."""
        before = np.linspace(PRE_EDGE * energies[0], energies[0], 50)
        slope, offset = np.polyfit(np.log(before), np.log(self.f2(before)), 1)
        return np.exp(offset + slope * np.log(energies))

    def edge(self, first: float, last: float) -> float:
        """Return the energy between two energies where f2 rises most steeply."""
        inside = np.flatnonzero((self._knots[:-1] > first) & (self._knots[1:] < last))
        middle = (self._knots[:-1] + self._knots[1:]) / 2
        slopes = np.diff(self.f2(self._knots[:-1]), append=0.0) / np.diff(self._knots)
        return float(middle[inside[np.argmax(slopes[inside])]]) if len(inside) else np.nan

    def factors(
        self, grid: NDArray, energies: NDArray, addition: NDArray, is_diagonal: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return f1 and f2 (n,) on a grid, with an addition (n_energies,) to f2, which is 0 at both ends."""
        merge = self._kkcalc.data.merge_spectra
        if not is_diagonal:
            knots, polynomials = merge(np.stack([energies, addition], axis=1), None, None)
            return self._transform(grid, knots, polynomials, 0.0), _values(knots, polynomials, grid)
        within = (self._knots > energies[0]) & (self._knots < energies[-1])
        fine = np.union1d(energies, self._knots[within])
        f2 = self.f2(fine) + np.interp(fine, energies, addition)
        knots, polynomials = merge(np.stack([fine, f2], axis=1), self._knots, self._polynomials)
        correction = self._kkcalc.calc_relativistic_correction(self._composition)
        return self._transform(grid, knots, polynomials, correction), _values(knots, polynomials, grid)

    def _transform(self, grid: NDArray, knots: NDArray, polynomials: NDArray, correction: float) -> NDArray[np.float64]:
        """Return f1 (n,) on a grid, beside the knots: KKcalc 0.8.4 is wrong at some of them, where f1 is continuous."""
        nearest = np.abs(grid[:, None] - knots).min(axis=1)
        return np.asarray(self._kkcalc.KK_PP(grid + NUDGE * (nearest < NUDGE / 2), knots, polynomials, correction))


def _values(knots: NDArray, polynomials: NDArray, energies: NDArray) -> NDArray[np.float64]:
    """Return the values (n,) of piecewise polynomials in E, with the powers 1 to -3; 0 outside of the knots."""
    part = np.clip(np.searchsorted(knots, energies, side="right") - 1, 0, len(polynomials) - 1)
    powers = energies[:, None] ** np.array([1.0, 0.0, -1.0, -2.0, -3.0])
    return np.where((energies >= knots[0]) & (energies <= knots[-1]), (polynomials[part] * powers).sum(axis=1), 0.0)


def _mass(composition: Mapping[str, float]) -> float:
    """Return the molar mass of a formula unit in g/mol."""
    return float(sum(number * atomic_masses[atomic_numbers[symbol]] for symbol, number in composition.items()))


def _import_kkcalc() -> ModuleType:
    try:
        import kkcalc.kk
    except ImportError as error:
        raise ImportError(
            "KKcalc is needed for optical constants; install it with `pip install 'schnetpack-isd[optics]'`."
        ) from error
    return kkcalc.kk


def _check(
    spectrum: NDArray, energies: NDArray, composition: Mapping[str, float], density: float, element: str
) -> None:
    if energies.ndim != 1 or spectrum.shape not in ((len(energies),), (3, 3, len(energies))):
        raise ValueError(
            f"A spectrum (n_energies,) or a tensor (3, 3, n_energies) was expected for {energies.shape} energies, not "
            f"{spectrum.shape}."
        )
    if not DENSITIES[0] <= density <= DENSITIES[1]:
        raise ValueError(
            f"The density must be from {DENSITIES[0]:g} to {DENSITIES[1]:g} g/cm³, not {density:g} g/cm³ (1000 "
            "kg/m³ are 1 g/cm³)."
        )
    if unknown := [symbol for symbol in composition if not 0 < atomic_numbers.get(symbol, 0) <= 92]:
        raise ValueError(f"The composition has {unknown[0]}, which is not an element up to uranium.")
    if not composition.get(element, 0) > 0:
        raise ValueError(f"The composition must have the absorbing element, {element}, not only {dict(composition)}.")


def _check_edge(edge: _BareAtoms, energies: NDArray, element: str) -> None:
    found = edge.edge(energies[0] / 1.2, energies[-1] * 1.2)
    if not energies[0] < found < energies[-1] - WINDOW:
        raise ValueError(
            f"The edge of {element} atoms at {found:.1f} eV must be within the energies, {energies[0]:.1f} to "
            f"{energies[-1]:.1f} eV, and {WINDOW:g} eV before their end; shift the energies to the measured axis "
            "(`--experimental-axis`)."
        )
