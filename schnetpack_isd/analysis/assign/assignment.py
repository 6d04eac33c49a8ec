"""Assignment of the peaks of a molecular spectrum to groups of sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd.analysis.molecular_axis import flat_normal
from schnetpack_isd.prediction.structure_spectra import StructureSpectra

from .groups import TOLERANCE, group_sites
from .peaks import Peak, match_peaks, spectrum_peaks
from .polarisation import Polarisation, order_about

__all__ = ["PROMINENCE", "AssignedPeak", "Assignment", "Contribution", "assign_peaks", "check_prominence"]

PROMINENCE = 0.05
"""Smallest prominence of a peak, relative to the highest intensity."""

SMALLEST = 0.005
"""Prominence below which maxima are not even counted."""


@dataclass(frozen=True)
class Contribution:
    """Part of a peak that some atoms make.

    Attributes:
        atoms: indices of the atoms, from 0.
        share: share of the area of the spectrum within the width of the peak.
        share_std: its standard deviation; None without an ensemble, or if fewer than two members have the peak.
        polarisation: direction in which the atoms absorb there.
        order_std: standard deviation of the order; None as `share_std`.
    """

    atoms: tuple[int, ...]
    share: float
    share_std: float | None
    polarisation: Polarisation
    order_std: float | None


@dataclass(frozen=True)
class AssignedPeak:
    """A peak of the isotropic molecular spectrum.

    Attributes:
        energy: position in eV.
        energy_std: standard deviation of the position, from the members of an ensemble; None without one, or if fewer
            than two members have the peak.
        intensity: height of the peak.
        intensity_std: its standard deviation; None as `energy_std`.
        start: lower end of the full width at half the prominence, eV.
        stop: upper end, eV.
        n_members: number of members that have the peak.
        molecule: all atoms; the share is 1.
        groups: contribution of each group of sites.
        sites: contribution of each site.
    """

    energy: float
    energy_std: float | None
    intensity: float
    intensity_std: float | None
    start: float
    stop: float
    n_members: int
    molecule: Contribution
    groups: tuple[Contribution, ...]
    sites: tuple[Contribution, ...]


@dataclass(frozen=True)
class Assignment:
    """Peaks of a molecular spectrum, and the parts of the spectrum that groups of sites make.

    Attributes:
        energies: (n_energies,) axis in eV.
        groups: indices of the atoms of each group.
        spectra: (n_groups, n_energies) sum of the isotropic site spectra of each group.
        spectrum: (n_energies,) isotropic molecular spectrum.
        spectrum_std: (n_energies,) its standard deviation; None without an ensemble.
        thresholds: (n_groups,) mean ionisation threshold of each group in eV; None if the model predicts none.
        normal: (3,) normal of a flat molecule; None for others.
        n_members: number of members of the ensemble; 0 for a single model.
        peaks: the peaks, by energy.
        n_smaller: number of maxima with a prominence of :data:`SMALLEST` or more that are too small to be peaks.
    """

    energies: NDArray
    groups: tuple[tuple[int, ...], ...]
    spectra: NDArray
    spectrum: NDArray
    spectrum_std: NDArray | None
    thresholds: NDArray | None
    normal: NDArray | None
    n_members: int
    peaks: tuple[AssignedPeak, ...]
    n_smaller: int = 0


def check_prominence(prominence: float) -> None:
    """Check the smallest prominence of peaks.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    if not 0 < prominence < 1:
        raise ValueError(f"The prominence is relative to the highest intensity, between 0 and 1, not {prominence:g}.")


def assign_peaks(
    atoms: Atoms, spectra: StructureSpectra, prominence: float = PROMINENCE, tolerance: float = TOLERANCE
) -> Assignment:
    """Assign the peaks of the isotropic molecular spectrum to groups of sites.

    A peak is divided by the areas of the site spectra within its full width at half the prominence. Its direction is
    that of the tensors integrated over this width. Standard deviations come from the same peak in the spectra of the
    members, which is searched with half the prominence.

    Args:
        atoms: the structure.
        spectra: its predicted spectra, with tensors and isotropic spectra.
        prominence: smallest prominence of a peak, relative to the highest intensity.
        tolerance: largest difference of the spectra of a group, see :func:`group_sites`; 0 keeps sites apart.

    Raises:
        ValueError: the model predicts no tensors, or the prominence is not between 0 and 1.
    """
    check_prominence(prominence)
    if spectra.tensor is None or spectra.isotropic_spectrum is None:
        raise ValueError("An assignment needs a model that predicts tensors, and isotropic spectra.")
    groups = group_sites(spectra.isotropic_spectrum, tolerance)
    peaks = spectrum_peaks(spectra.energies, _molecular(spectra), prominence)
    n_all = len(spectrum_peaks(spectra.energies, _molecular(spectra), min(SMALLEST, prominence)))
    members = list(spectra.members())
    found = [
        match_peaks(peaks, spectrum_peaks(member.energies, _molecular(member), prominence / 2)) for member in members
    ]
    thresholds = spectra.ionization_energy
    return Assignment(
        energies=spectra.energies,
        groups=tuple(tuple(spectra.site_atom[group].tolist()) for group in groups),
        spectra=np.stack([spectra.isotropic_spectrum[group].sum(axis=0) for group in groups]),
        spectrum=_molecular(spectra),
        spectrum_std=spectra.isotropic_molecular_spectrum_std,
        thresholds=None if thresholds is None else np.array([thresholds[group].mean() for group in groups]),
        normal=flat_normal(atoms),
        n_members=len(members),
        peaks=tuple(
            _assign(spectra, groups, peak, [(m, p) for m, p in zip(members, of_peak, strict=True) if p is not None])
            for peak, of_peak in zip(peaks, zip(*found, strict=True) if found else [()] * len(peaks), strict=True)
        ),
        n_smaller=n_all - len(peaks),
    )


def _molecular(spectra: StructureSpectra) -> NDArray:
    assert spectra.isotropic_molecular_spectrum is not None
    return spectra.isotropic_molecular_spectrum


def _assign(
    spectra: StructureSpectra,
    groups: Sequence[NDArray],
    peak: Peak,
    members: Sequence[tuple[StructureSpectra, Peak]],
) -> AssignedPeak:
    tensors = _integrated(spectra, peak)
    of_members = [_integrated(member, of_member) for member, of_member in members]

    def contribution(sites: Sequence[int] | NDArray) -> Contribution:
        part = np.asarray(sites)
        polarisation = Polarisation.of(tensors[part].sum(axis=0))
        shares = [_share(every, part) for every in of_members]
        orders = [order_about(every[part].sum(axis=0), polarisation.axis) for every in of_members]
        share = _share(tensors, part)
        return Contribution(
            atoms=tuple(spectra.site_atom[part].tolist()),
            share=share,
            share_std=_std(shares, share),
            polarisation=polarisation,
            order_std=_std(orders, polarisation.order),
        )

    n_sites = len(tensors)
    return AssignedPeak(
        energy=peak.energy,
        energy_std=_std([of_member.energy for _, of_member in members], peak.energy),
        intensity=peak.height,
        intensity_std=_std([of_member.height for _, of_member in members], peak.height),
        start=float(spectra.energies[peak.part][0]),
        stop=float(spectra.energies[peak.part][-1]),
        n_members=len(members),
        molecule=contribution(np.arange(n_sites)),
        groups=tuple(contribution(group) for group in groups),
        sites=tuple(contribution([site]) for site in range(n_sites)),
    )


def _integrated(spectra: StructureSpectra, peak: Peak) -> NDArray:
    """Return the tensors of the sites (n_sites, 3, 3), summed over the width of a peak."""
    assert spectra.tensor is not None
    return spectra.tensor[..., peak.part].sum(axis=-1, dtype=np.float64)


def _share(tensors: NDArray, part: NDArray) -> float:
    traces = np.trace(tensors, axis1=1, axis2=2)
    return float(traces[part].sum() / traces.sum())


def _std(of_members: Sequence[float], value: float) -> float | None:
    """Return the root mean square of the differences from a value; None for fewer than two members."""
    return float(np.sqrt(np.mean((np.array(of_members) - value) ** 2))) if len(of_members) > 1 else None
