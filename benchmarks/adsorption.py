"""Adsorption geometries of molecules that the bundled model has not seen, and their calculated spectra.

The spectra are those of the calculated tensors, never of the model. Molecules are flat, and all their carbon atoms were
calculated: the tensors of equivalent atoms are not in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd.analysis.film import FixedNormal
from schnetpack_isd.analysis.match import CandidateFilm, FilmCandidates
from schnetpack_isd.analysis.molecular_axis import flat_normal
from schnetpack_isd.data.sources import open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, sample_settings
from schnetpack_isd.directions import CartesianDirection
from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.spectra import smear, weighted_spectra
from schnetpack_isd.spectra.tensor import AS_MATRIX

Geometries: TypeAlias = dict[str, tuple[float, str]]
"""Tilt of the plane from the surface in degrees, and the axis of the plane that rises, by the name of the geometry."""

FOUR: Geometries = {
    "flat": (0.0, "long"),
    "upright": (90.0, "long"),
    "tilted about the long axis": (45.0, "short"),
    "tilted about the short axis": (45.0, "long"),
}

SEVEN: Geometries = {
    "flat": (0.0, "long"),
    "upright": (90.0, "long"),
    "upright, short axis": (90.0, "short"),
    **{f"tilted by {tilt:g} about the {name} axis": (tilt, other)
       for tilt in (30.0, 60.0) for name, other in (("long", "short"), ("short", "long"))},
}  # fmt: skip

LEAST_HEAVY, KINDS = 5, (None, "small", "measured", "further")

NOISE, LARGEST_SHIFT, LARGEST_BROADENING, LEAST_POLARISATION, STEP = 0.02, 0.5, 0.4, 0.9, 0.1


@dataclass(frozen=True)
class Adsorbate:
    """A molecule with its calculated tensor (3, 3, n_energies), and what is predicted of it."""

    atoms: Atoms
    energies: NDArray
    calculated: NDArray
    predicted: NDArray
    deviations: NDArray
    thresholds: NDArray

    def normals(self, geometries: Geometries) -> NDArray:
        """Return the surface normal in the frame of the molecule for each geometry (n_geometries, 3)."""
        heavy = self.atoms.positions[self.atoms.numbers > 1]
        _, _, (long, short, normal) = np.linalg.svd(heavy - heavy.mean(axis=0), full_matrices=False)
        axes = {"long": long, "short": short}
        return np.stack(
            [
                np.cos(np.radians(tilt)) * normal + np.sin(np.radians(tilt)) * axes[name]
                for tilt, name in geometries.values()
            ]
        )

    def weights(self, geometries: Geometries, angles: Sequence[float], polarisation: float) -> NDArray:
        """Return what light sees of each geometry (n_geometries, 1, n_angles, 3, 3)."""
        films = (CandidateFilm(FixedNormal(CartesianDirection(*normal))) for normal in self.normals(geometries))
        return np.stack([film.weights(angles, polarisation, self.atoms) for film in films])

    def measure(self, geometry: Geometries, angles: Sequence[float], random: np.random.Generator) -> MeasuredSeries:
        """Return calculated spectra of one geometry as if they were measured."""
        polarisation, shift = random.uniform(LEAST_POLARISATION, 1.0), random.uniform(-LARGEST_SHIFT, LARGEST_SHIFT)
        [[weights]] = self.weights(geometry, angles, polarisation)
        spectra = weighted_spectra(weights, self.calculated)
        spectra = smear(self.energies, spectra, random.uniform(0.0, LARGEST_BROADENING))
        axis = np.arange(self.energies[0], self.energies[-1] - LARGEST_SHIFT, STEP)
        at_points = np.array([np.interp(axis, self.energies + shift, spectrum) for spectrum in spectra])
        at_points += NOISE * at_points.max() * random.standard_normal(at_points.shape)
        measured = (MeasuredSpectrum(axis, one, angle) for one, angle in zip(at_points, angles, strict=True))
        return MeasuredSeries(tuple(measured), polarisation)

    def candidates(self, geometries: Geometries, series: MeasuredSeries) -> FilmCandidates:
        """Return the predicted tensor in all geometries."""
        assert series.polarisation is not None
        number = len(geometries)
        return FilmCandidates(
            names=list(geometries),
            energies=self.energies,
            tensors=np.stack([self.predicted] * number),
            weights=self.weights(geometries, series.angles.tolist(), series.polarisation),
            deviations=np.stack([self.deviations] * number),
            thresholds=[self.thresholds] * number,
        )


def adsorbates(structures: dict[int, Atoms], predictor: SpectrumPredictor) -> Iterator[Adsorbate]:
    """Iterate over the flat molecules among structures by their numbers."""
    axis, broadening = predictor.energies - predictor.energy_shift, sample_settings().broadening
    for number, atoms in structures.items():
        if atoms.info.get("kind") not in KINDS or np.sum(atoms.numbers > 1) < LEAST_HEAVY or flat_normal(atoms) is None:
            continue
        with open_spectra(MOLECULES_SPECTRA) as file:
            sites = list(file.sites(number))
        if any(site.multiplicity > 1 for site in sites):
            continue
        components = sum(site.components(axis, broadening) for site in sites)
        [spectra] = predictor.predict([atoms], [], isotropic=True)
        assert spectra.deviations is not None
        yield Adsorbate(
            atoms=atoms,
            energies=predictor.energies,
            calculated=components[AS_MATRIX] / predictor.intensity_scale,
            predicted=spectra.molecular_tensor,
            deviations=spectra.deviations.tensor.sum(axis=1)[:, AS_MATRIX],
            thresholds=spectra.ionization_energy,
        )
