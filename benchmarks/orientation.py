"""Error of the orientation that `spkisd orient` finds in films of molecules that the model has not seen.

    python benchmarks/orientation.py [--repeats 2] [--calibrate] [--figure docs/images/orientation.png]
    python benchmarks/orientation.py --practitioners MODEL.safetensors

Measurements are made from the calculated spectra, never from the model: a random order parameter of the plane normal of
a flat molecule, or of the long axis of another one whose spectrum depends on the direction, from -0.4 to 0.9; four
angles; a degree of polarisation from 0.9 to 1, which is known; a shift of up to 0.3 eV to either side, a further
broadening of up to 0.3 eV, an edge step at the calculated thresholds, of random height and width, an offset, and noise
with a standard deviation of 2 % of the highest intensity. The last columns have the same fits with the calculated
tensor itself, so the rest of the error comes from the model; and those with equal weights of all points.

Molecules are those of the test part of the bundled model. With `--calibrate` they are those of its validation part, and
the factor of the model's part of the intervals is printed that would hold 90 % of the order parameters. With
`--figure`, one film of aniline is drawn instead.

With `--practitioners`, molecules are those of at least seven heavy atoms that people measure, and the model is an
ensemble that was trained on smaller ones: the output of `bundled_model.py --splitting practitioners`.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from bundled_split import part_of
from numpy.typing import NDArray
from scipy.stats import norm

from schnetpack_isd.analysis.orient import FilmMolecule, OrderResult, fit_order
from schnetpack_isd.analysis.orient.estimate import LEVEL
from schnetpack_isd.analysis.orient.figure import plot_orientation
from schnetpack_isd.analysis.orient.film_fit import fit_film
from schnetpack_isd.data.sources import Site, iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.measured import MeasuredSeries, MeasuredSpectrum
from schnetpack_isd.plotting import save_figure
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.spectra import edge_step, film_components, film_spectrum, normal_matrix, smear, tilt_angle
from schnetpack_isd.spectra.tensor import AS_MATRIX
from schnetpack_isd.utils.progress import show_progress

LARGE = 7
"""Heavy atoms of the smallest molecules of the practitioners' split."""

EXAMPLE = "aniline"
ANGLES = (20.0, 40.0, 55.0, 90.0)
ENERGIES = np.arange(282.5, 305.01, 0.1)
NOISE = 0.02
FLAT = 0.3
"""Root mean square distance of the heavy atoms of a flat molecule from their plane, in Å."""

ANISOTROPIC = 0.3
"""Dichroism of a molecule that is not flat, relative to its isotropic spectrum, root mean squares."""


@dataclass(frozen=True)
class Case:
    """A molecule: its kind and number of heavy atoms, axis, and predicted and calculated tensors."""

    kind: str
    heavy_atoms: int
    axis: NDArray
    predicted: FilmMolecule
    calculated: FilmMolecule


@dataclass(frozen=True)
class Outcome:
    """Order parameter of a measurement, and those of fits.

    They are of the predicted tensor, of the calculated one, and of the predicted one with equal weights of all points,
    which a model without an ensemble has.
    """

    case: Case
    order: float
    predicted: OrderResult
    calculated: float
    equal_weights: float


def part_ids(part: str) -> list[int]:
    """Return the ids of the molecules in a part of the split of the bundled model."""
    found = iter_structures(MOLECULES_STRUCTURES, range(10**9))
    structures = {number: atoms for number, atoms in found if atoms is not None}
    return [number for number, of in part_of(structures).items() if of == part]


def special_axis(atoms: Atoms) -> tuple[NDArray, bool]:
    """Return the normal of a flat molecule, or the long axis of another one, and whether it is flat."""
    heavy = atoms.positions[atoms.numbers > 1]
    positions = heavy if len(heavy) > 2 else atoms.positions
    extents, axes = np.linalg.eigh(np.cov(positions.T, bias=True))
    extents = np.sqrt(np.maximum(extents, 0.0))
    is_linear, is_flat = bool(extents[1] < 0.01 * extents[2]), bool(extents[0] < FLAT)
    return (axes[:, 0], True) if is_flat and not is_linear else (axes[:, 2], False)


def calculated_molecule(sites: Sequence[Site], axis: NDArray, predictor: SpectrumPredictor) -> FilmMolecule:
    """Return the calculated tensor, averaged over rotations about the axis: equivalent atoms are the same then."""
    assert predictor.experimental_axis is not None
    energies, broadening = predictor.energies - predictor.energy_shift, sample_settings().broadening
    components = sum(site.multiplicity * site.components(energies, broadening) for site in sites)
    tensor = components[AS_MATRIX] / predictor.intensity_scale
    along = np.einsum("i,ijk,j->k", axis, tensor, axis)
    across = (np.einsum("iik->k", tensor) - along) / 2
    parallel = np.outer(axis, axis)
    tensor = parallel[..., None] * along + (np.eye(3) - parallel)[..., None] * across
    thresholds = np.array([site.ionization_energy for site in sites for _ in range(site.multiplicity)])
    return FilmMolecule(predictor.energies, tensor, thresholds + predictor.experimental_axis.threshold_shift)


def practitioners_ids() -> list[int]:
    """Return the ids of the molecules of at least seven heavy atoms that people measure."""
    return [
        number
        for number, atoms in iter_structures(MOLECULES_STRUCTURES, range(10**9))
        if atoms is not None and atoms.info.get("kind") == "measured" and (atoms.numbers > 1).sum() >= LARGE
    ]


def cases(ids: Sequence[int], model: str = DEFAULT_MODEL) -> Iterator[Case]:
    """Yield the molecules whose spectra depend on the direction."""
    predictor = SpectrumPredictor(model, experimental_axis=True)
    wanted = set(ids)
    if predictor.model.training_ids is None or wanted & predictor.model.training_ids:
        raise ValueError(f"{model} was trained on some of these molecules, or does not say on which.")
    found = iter_structures(MOLECULES_STRUCTURES, wanted)
    structures = {number: atoms for number, atoms in found if atoms is not None and (atoms.numbers > 1).sum() > 1}
    with open_spectra(MOLECULES_SPECTRA) as file:
        for (number, atoms), spectra in zip(
            structures.items(), predictor.predict(list(structures.values()), ["x"]), strict=True
        ):
            kind = atoms.info.get("kind", "small")
            if kind in ("ion", "dimer"):
                continue
            name = atoms.info.get("name", atoms.symbols.get_chemical_formula())
            axis, is_flat = special_axis(atoms)
            calculated = calculated_molecule(file.sites(number), axis, predictor)
            isotropic = np.einsum("iik->k", calculated.tensor) / 3
            difference = np.einsum("i,ijk,j->k", axis, calculated.tensor, axis) - isotropic
            if is_flat or np.sum(difference**2) > ANISOTROPIC**2 * np.sum(isotropic**2):
                yield Case(kind, int((atoms.numbers > 1).sum()), axis, FilmMolecule.of(spectra, name), calculated)


def measure(case: Case, rng: np.random.Generator) -> tuple[MeasuredSeries, float]:
    """Return a synthetic measurement, and its order parameter."""
    order, polarisation, shift = rng.uniform(-0.4, 0.9), rng.uniform(0.9, 1.0), rng.uniform(-0.3, 0.3)
    molecule = case.calculated
    parts = film_components(molecule.tensor, normal_matrix(case.axis, order))
    along, across = smear(molecule.energies, np.stack(parts), rng.uniform(0.0, 0.3))
    axis, isotropic = ENERGIES - shift, np.einsum("iik->k", molecule.tensor) / 3
    width = rng.uniform(0.6, 1.6)
    step = np.mean([edge_step(axis, threshold, width) for threshold in molecule.thresholds], axis=0)
    step *= rng.uniform(0.0, 0.5) * isotropic.mean()
    films = film_spectrum(along, across, ANGLES, polarisation)
    spectra = np.array([np.interp(axis, molecule.energies, film) for film in films]) + step
    spectra += spectra.max() * (NOISE * rng.standard_normal(spectra.shape) + rng.uniform(-0.05, 0.05))
    measured = (MeasuredSpectrum(ENERGIES, one, angle) for one, angle in zip(spectra, ANGLES, strict=True))
    return MeasuredSeries(tuple(measured), polarisation), order


def run(found: Sequence[Case], repeats: int) -> Iterator[Outcome]:
    """Yield the fits of synthetic measurements."""
    rng = np.random.default_rng(0)
    for case in show_progress([case for case in found for _ in range(repeats)], "fitting", unit="films"):
        series, order = measure(case, rng)
        result = fit_order(case.predicted, series, case.axis, progress=False)
        single = replace(case.predicted, members=None, member_thresholds=None)
        others = (fit_film(molecule, series, case.axis).order for molecule in (case.calculated, single))
        yield Outcome(case, order, result, *others)


def describe(name: str, outcomes: Sequence[Outcome]) -> str:
    """Return a row of the table."""
    columns = [name, str(len({id(one.case) for one in outcomes})), str(len(outcomes))]
    orders = np.array([one.order for one in outcomes])
    results = [one.predicted.order for one in outcomes]
    for found in (np.array([result.value for result in results]), np.array([one.calculated for one in outcomes])):
        tilts = tilt_angle(np.clip(found, -0.5, 1.0)) - tilt_angle(orders)
        columns += [f"{value:.3f}" for value in np.percentile(np.abs(found - orders), [50, 90])]
        columns += [f"{value:.1f}°" for value in np.percentile(np.abs(tilts), [50, 90])]
    inside = np.mean([low <= one.order <= high for one in outcomes for low, high in [one.predicted.order.interval]])
    widths = np.median([result.half_width for result in results])
    equal = np.abs([one.equal_weights for one in outcomes] - orders)
    columns += [f"{value:.3f}" for value in np.percentile(equal, [50, 90])]
    return f"| {' | '.join([*columns[:7], f'{inside:.0%}', f'±{widths:.3f}', *columns[7:]])} |"


def groups(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return the outcomes of each row of the table."""
    found = {
        "all": list(outcomes),
        "small molecules (QM9)": [one for one in outcomes if one.case.kind == "small"],
        "measured, 7 and more heavy atoms": [
            one for one in outcomes if one.case.kind == "measured" and one.case.heavy_atoms >= LARGE
        ],
        "further molecules": [one for one in outcomes if one.case.kind == "further"],
        "conformers, distorted": [one for one in outcomes if one.case.kind in ("conformer", "distorted")],
        "results without a warning": [one for one in outcomes if not one.predicted.warnings],
    }
    return {name: rows for name, rows in found.items() if rows}


def calibrated_factor(outcomes: Sequence[Outcome]) -> float:
    """Return the smallest factor of the model's part with which the intervals hold 90 % of the order parameters."""
    estimates = [one.predicted.order for one in outcomes]
    errors = np.abs([estimate.value for estimate in estimates] - np.array([one.order for one in outcomes]))
    noise = norm.ppf(0.5 + LEVEL / 2) * np.array([estimate.noise for estimate in estimates])
    needed = np.sqrt(np.maximum(errors**2 - noise**2, 0.0)) / np.array([estimate.model for estimate in estimates])
    rank = min(int(np.ceil((len(needed) + 1) * LEVEL)), len(needed)) - 1  # split conformal prediction
    return float(np.sort(needed)[rank])


def draw(path: str) -> None:
    """Draw the fit of a film of aniline."""
    [case] = [case for case in cases(part_ids("test")) if case.predicted.name == EXAMPLE]
    series, _ = measure(case, np.random.default_rng(11))
    save_figure(plot_orientation(fit_order(case.predicted, series, case.axis)), path)


def main() -> None:
    """Print the table, or the factor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=2, help="measurements of each molecule")
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--calibrate", action="store_true", help="print the factor of the model's part of intervals")
    modes.add_argument("--figure", help="figure of one film to draw instead of the table")
    modes.add_argument("--practitioners", metavar="MODEL", help="ensemble that was trained on small molecules")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.figure is not None:
        draw(options.figure)
        return
    ids = practitioners_ids() if options.practitioners else part_ids("validation" if options.calibrate else "test")
    outcomes = list(run(list(cases(ids, options.practitioners or DEFAULT_MODEL)), options.repeats))
    errors = ["median S", "90th percentile", "median tilt", "90th percentile"]
    columns = ["group", "molecules", "films", *errors, "inside 90 %", "median interval", *(f"DFT: {x}" for x in errors)]
    columns += [f"equal weights: {name}" for name in errors[:2]]
    print(f"| {' | '.join(columns)} |\n{'| --- ' * len(columns)}|")
    for name, rows in groups(outcomes).items():
        print(describe(name, rows))
    if options.calibrate:
        print(f"factor of the model's part: {calibrated_factor(outcomes):.2f}")


if __name__ == "__main__":
    main()
