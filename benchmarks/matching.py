"""Find molecules by their spectra: calculated ones as measurements, predicted ones of many structures as candidates.

    python benchmarks/matching.py TABLE.md [--candidates 10 50] [--part test] [--every 1] [--without-right]
    python benchmarks/matching.py TABLE.md --geometries [--angles 20 55 90] [--seven]

The calculated isotropic spectra of the test molecules of the bundled model are shifted by up to 0.5 eV and broadened by
up to 0.4 eV (standard deviation), both at random and unknown to the fit, and get 2 % of noise. The candidates are
predicted from their structures: the right one, and other bundled molecules of the same composition; if there are not
enough of them, those with the closest number of heavy atoms.

`--without-right` leaves the right one out, and prints how often another one is decided all the same.

`--geometries` compares instead the adsorption geometries of each flat molecule of five or more heavy atoms that has no
equivalent carbon atoms: flat, upright with the long axis along the surface normal, and tilted by 45 degrees about the
long and about the short axis. The measurements are calculated spectra at several angles, with a known degree of
polarisation from 0.9 to 1, random azimuths, and shift, broadening and noise as above. With `--seven`, the tilts are 30
and 60 degrees, and the short axis can be upright too. The last line has the temperature that gives the right ones the
highest probability.

`--part validation --calibrate` prints instead how well errors of the validation part are described by other constants
of :class:`~schnetpack_isd.analysis.match.error_model.ErrorModel`, and the temperature that fits best. Ions are left
out, since the bundled model is known to fail for them.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import adsorption
import numpy as np
from ase import Atoms
from bundled_split import PARTS, molecule_of, part_of
from numpy.typing import NDArray
from processor import processor
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from schnetpack_isd.analysis.match.candidates import Candidates
from schnetpack_isd.analysis.match.error_model import ErrorModel
from schnetpack_isd.analysis.match.ranking import Match, match_series, match_spectra
from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES, sample_settings
from schnetpack_isd.measured import MeasuredSpectrum
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.spectra import smear
from schnetpack_isd.utils.progress import show_progress

NOT_CANDIDATES = ("distorted", "conformer", "ion", "dimer")
"""Kinds of structures that are candidates only if they are the right one."""

NOISE, LARGEST_SHIFT, LARGEST_BROADENING, STEP = 0.02, 0.5, 0.4, 0.1

BORDERS = (0.0, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0001)
"""Borders of the rows of the reliability table."""

CONSTANTS = {"floor": (0.0, 0.01, 0.03), "continuum": (0.0, 0.03), "length": (0.15, 0.6), "longest": (0.3, 1.5)}
"""Values that are tried, one constant at a time."""


@dataclass(frozen=True)
class Bundle:
    """All bundled structures with calculated and predicted isotropic spectra, and the part of each."""

    structures: list[Atoms]
    molecules: NDArray
    part: NDArray
    energies: NDArray
    calculated: NDArray
    predicted: NDArray
    deviations: NDArray
    thresholds: list[NDArray]
    is_marked: NDArray


@dataclass(frozen=True)
class Case:
    """A measurement, and the numbers of its candidates; the first one is right."""

    measured: MeasuredSpectrum
    numbers: NDArray
    n_isomers: int


def divided(predictor: SpectrumPredictor) -> tuple[dict[int, Atoms], NDArray]:
    """Return the structures by their numbers, and the part of each."""
    found = dict(iter_structures(MOLECULES_STRUCTURES, range(10**9)))
    structures = {number: atoms for number, atoms in found.items() if atoms is not None}
    parts = part_of(structures)
    assert {number for number, part in parts.items() if part == "training"} == predictor.model.training_ids
    return structures, np.array(list(parts.values()))


def load() -> Bundle:
    """Calculate and predict the spectra."""
    predictor = SpectrumPredictor(experimental_axis=True)
    structures, part = divided(predictor)
    axis, scale = predictor.energies - predictor.energy_shift, predictor.intensity_scale
    broadening = sample_settings().broadening
    with open_spectra(MOLECULES_SPECTRA) as file:
        calculated = [
            sum(site.multiplicity * site.components(axis, broadening)[:3].mean(axis=0) for site in file.sites(number))
            for number in show_progress(structures, "calculated spectra")
        ]
    predicted = list(
        show_progress(predictor.predict(list(structures.values()), [], True), "predicting", total=len(structures))
    )
    return Bundle(
        structures=list(structures.values()),
        molecules=np.array(list(molecule_of(structures).values())),
        part=part,
        energies=predictor.energies,
        calculated=np.array(calculated) / scale,
        predicted=np.stack([spectra.isotropic_molecular_spectrum for spectra in predicted]),
        deviations=np.stack([spectra.deviations.isotropic_spectrum.sum(axis=1) for spectra in predicted]),
        thresholds=[spectra.ionization_energy for spectra in predicted],
        is_marked=np.array([not spectra.is_plausible for spectra in predicted]),
    )


def cases(bundle: Bundle, part: str, n_candidates: int, every: int) -> Iterator[tuple[int, Case]]:
    """Iterate over the measurements of a part."""
    formulas = np.array([atoms.symbols.get_chemical_formula() for atoms in bundle.structures])
    smiles = np.array([atoms.info.get("smiles", "") for atoms in bundle.structures])
    heavy = np.array([np.sum(atoms.numbers > 1) for atoms in bundle.structures])
    usable = np.array([atoms.info.get("kind") not in NOT_CANDIDATES for atoms in bundle.structures])
    for number in np.flatnonzero(bundle.part == part)[::every]:
        random = np.random.default_rng(number)
        others = np.flatnonzero(usable & (bundle.molecules != bundle.molecules[number]) & (smiles != smiles[number]))
        keys = (random.random(len(others)), abs(heavy[others] - heavy[number]), formulas[others] != formulas[number])
        chosen = others[np.lexsort(keys)][: n_candidates - 1]
        n_isomers = int(np.sum(formulas[chosen] == formulas[number]))
        yield number, Case(_measure(bundle, number, random), np.array([number, *chosen]), n_isomers)


def _measure(bundle: Bundle, number: int, random: np.random.Generator) -> MeasuredSpectrum:
    """Return a calculated spectrum as if it were measured."""
    shift = random.uniform(-LARGEST_SHIFT, LARGEST_SHIFT)
    spectrum = smear(bundle.energies, bundle.calculated[number], random.uniform(0.0, LARGEST_BROADENING))
    axis = np.arange(bundle.energies[0], bundle.energies[-1] - LARGEST_SHIFT, STEP)
    intensities = np.interp(axis, bundle.energies + shift, spectrum)
    return MeasuredSpectrum(axis, intensities + NOISE * intensities.max() * random.standard_normal(len(axis)))


def compare(bundle: Bundle, case: Case, errors: ErrorModel | None = None) -> Match:
    """Rank the candidates of a measurement."""
    candidates = Candidates(
        [str(number) for number in case.numbers],
        bundle.energies,
        bundle.predicted[case.numbers],
        bundle.deviations[case.numbers],
        [bundle.thresholds[number] for number in case.numbers],
    )
    return match_spectra(candidates, case.measured, errors=errors)


def describe(name: str, places: NDArray, found: Sequence[Match], isomers: NDArray, chosen: NDArray) -> str:
    """Return a line of the table."""
    decided = np.array([match.is_decided for match in found])[chosen]
    first = (places == 0)[chosen]
    columns = [
        name, f"{chosen.sum()}", f"{isomers[chosen].mean():.1f}", f"{first.mean():.1%}",
        f"{(places < 3)[chosen].mean():.1%}", f"{decided.mean():.1%}",
        f"{first[decided].mean():.1%}" if decided.any() else "",
    ]  # fmt: skip
    return f"| {' | '.join(columns)} |"


def reliability(found: Sequence[Match], numbers: Sequence[int]) -> Iterator[str]:
    """Iterate over the lines of the reliability table: stated probabilities and shares of right candidates.

    Args:
        found: ranked candidates.
        numbers: number of the right candidate of each.
    """
    stated = np.concatenate([match.probabilities for match in found])
    right = np.concatenate([match.order == number for match, number in zip(found, numbers, strict=True)])
    yield "| stated probability | candidates | mean | right |"
    yield "| --- | --- | --- | --- |"
    for low, high in pairwise(BORDERS):
        inside = (stated >= low) & (stated < high)
        if inside.any():
            means = f"{stated[inside].mean():.1%} | {right[inside].mean():.1%}"
            yield f"| {low:g} to {min(high, 1):g} | {inside.sum()} | {means} |"


def benchmark(bundle: Bundle, part: str, sizes: Sequence[int], every: int) -> Iterator[str]:
    """Iterate over the lines of the tables."""
    tables: list[str] = []
    yield "| candidates, measurements | number | isomers | right one first | among three | decided | right if decided |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for size in sizes:
        listed = list(cases(bundle, part, size, every))
        found = [compare(bundle, case) for _, case in show_progress(listed, f"{size} candidates")]
        places = np.array([int(np.flatnonzero(match.order == 0)[0]) for match in found])
        marked = bundle.is_marked[[number for number, _ in listed]]
        isomers = np.array([case.n_isomers for _, case in listed])
        groups = {
            "all": np.ones(len(found), bool),
            "isomers only": isomers == size - 1,
            "not marked as extrapolated": ~marked,
        }
        for name, chosen in groups.items():
            if chosen.any():
                yield describe(f"{size}, {name}", places, found, isomers, chosen)
        tables += ["", f"{size} candidates:", "", *reliability(found, [0] * len(found))]
    yield from tables


def without_right(bundle: Bundle, part: str, sizes: Sequence[int], every: int) -> Iterator[str]:
    """Iterate over the lines of a table of measurements whose right candidate is left out."""
    yield "| wrong candidates | number | isomers | one is decided | none fits well | chi2 / n if decided, median |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for size in sizes:
        listed = [replace(case, numbers=case.numbers[1:]) for _, case in cases(bundle, part, size + 1, every)]
        found = [compare(bundle, case) for case in show_progress(listed, f"{size} wrong candidates")]
        decided = np.array([match.is_decided for match in found])
        poor = np.array([not match.fits_well for match in found])
        chi2 = np.array([match.fits[0].chi2 / len(match.measurement.energies) for match in found])
        isomers = np.mean([case.n_isomers for case in listed])
        columns = [
            f"{size}", f"{len(found)}", f"{isomers:.1f}", f"{decided.mean():.1%}", f"{poor.mean():.1%}",
            f"{np.median(chi2[decided]):.2f}" if decided.any() else "",
        ]  # fmt: skip
        yield f"| {' | '.join(columns)} |"


def geometries(part: str, every: int, angles: Sequence[float], kinds: adsorption.Geometries) -> Iterator[str]:
    """Iterate over the lines of the tables of adsorption geometries."""
    predictor = SpectrumPredictor(experimental_axis=True)
    structures, parts = divided(predictor)
    chosen = {n: atoms for (n, atoms), of in zip(structures.items(), parts, strict=True) if of == part}
    molecules = list(adsorption.adsorbates(chosen, predictor))[::every]
    found: list[Match] = []
    right: list[int] = []
    for place, molecule in enumerate(show_progress(molecules, "molecules")):
        for number, (name, kind) in enumerate(kinds.items()):
            series = molecule.measure({name: kind}, angles, np.random.default_rng((place, number)))
            found.append(match_series(molecule.candidates(kinds, series), series))
            right.append(number)
    listed = ", ".join(f"{angle:g}" for angle in angles)
    yield f"{len(molecules)} molecules, {len(kinds)} geometries, angles {listed}:"
    yield ""
    yield "| geometry | measurements | right one first | decided | right if decided | chi2 / n if right |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for number, name in [(None, "all"), *enumerate(kinds)]:
        pairs = [(match, of) for match, of in zip(found, right, strict=True) if number in (None, of)]
        yield describe_geometries(name, pairs)
    yield ""
    yield from reliability(found, right)
    yield ""
    yield f"Best temperature: {best_temperature(found, right):.1f}"


def describe_geometries(name: str, pairs: Sequence[tuple[Match, int]]) -> str:
    """Return a line of the table: matches with the numbers of their right candidates."""
    first = np.array([match.order[0] == right for match, right in pairs])
    decided = np.array([match.is_decided for match, _ in pairs])
    fits = [match.fits[match.order.tolist().index(right)] for match, right in pairs]
    chi2 = np.median([fit.chi2 / len(match.measurement.energies) for fit, (match, _) in zip(fits, pairs, strict=True)])
    columns = [
        name, f"{len(pairs)}", f"{first.mean():.1%}", f"{decided.mean():.1%}",
        f"{first[decided].mean():.1%}" if decided.any() else "", f"{chi2:.2f}",
    ]  # fmt: skip
    return f"| {' | '.join(columns)} |"


def best_temperature(found: Sequence[Match], right: Sequence[int]) -> float:
    """Return the temperature that gives the right candidates the highest probability."""
    likelihoods = [np.array([fit.log_likelihood for fit in match.fits]) / match.inflation for match in found]
    places = [match.order.tolist().index(number) for match, number in zip(found, right, strict=True)]

    def surprise(log_temperature: float) -> float:
        scaled = zip(likelihoods, places, strict=True)
        return -float(np.mean([log_softmax(values / np.exp(log_temperature))[place] for values, place in scaled]))

    return float(np.exp(minimize_scalar(surprise, bounds=(-3.0, 5.0)).x))


def calibrate(bundle: Bundle, part: str, size: int, every: int) -> Iterator[str]:
    """Iterate over the lines of a table of constants: the mean negative logarithm of the right one's probability."""
    kinds = [atoms.info.get("kind") for atoms in bundle.structures]
    listed = [case for number, case in cases(bundle, part, size, every) if kinds[number] != "ion"]
    trials = [ErrorModel(), *(replace(ErrorModel(), **{n: v}) for n, values in CONSTANTS.items() for v in values)]
    names = ("floor", "continuum", "length", "longest")
    columns = (*names, "right one first", "-ln p at 1", "best temperature", "-ln p there", "chi2 / n, median")
    yield f"| {' | '.join(columns)} |"
    yield "| --- " * len(columns) + "|"
    for errors in trials:
        likelihoods, shares = [], []
        for case in show_progress(listed, "calibrating"):
            match = compare(bundle, case, errors)
            ordered = np.argsort(match.order)
            values = np.array([match.fits[place].log_likelihood for place in ordered])
            likelihoods.append(values)
            shares.append(match.fits[ordered[0]].chi2 / len(match.measurement.energies))
        first = np.mean([np.argmax(values) == 0 for values in likelihoods])

        def surprise(log_temperature: float, likelihoods: Sequence[NDArray] = tuple(likelihoods)) -> float:
            return -float(np.mean([log_softmax(values / np.exp(log_temperature))[0] for values in likelihoods]))

        best = minimize_scalar(surprise, bounds=(-3.0, 4.0))
        yield (
            f"| {' | '.join(f'{getattr(errors, name):g}' for name in names)} | {first:.1%} | {surprise(0.0):.3f} | "
            f"{np.exp(best.x):.2f} | {best.fun:.3f} | {np.median(shares):.2f} |"
        )


def main() -> None:
    """Print the tables, and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="Markdown file to write")
    parser.add_argument("--candidates", type=int, nargs="+", default=[10, 50])
    parser.add_argument("--part", default="test", choices=PARTS[1:])
    parser.add_argument("--every", type=int, default=1, help="take every n-th molecule of the part")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--calibrate", action="store_true", help="compare constants of the error model instead")
    mode.add_argument("--without-right", action="store_true", help="leave out the right candidate")
    mode.add_argument("--geometries", action="store_true", help="tell adsorption geometries apart by spectra at angles")
    parser.add_argument("--angles", type=float, nargs="+", default=[20.0, 55.0, 90.0], help="angles of --geometries")
    parser.add_argument("--seven", action="store_true", help="compare seven geometries instead of four")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(processor())
    if options.geometries:
        kinds = adsorption.SEVEN if options.seven else adsorption.FOUR
        write(options.table, geometries(options.part, options.every, options.angles, kinds))
        return
    bundle = load()
    if options.calibrate:
        lines = calibrate(bundle, options.part, options.candidates[-1], options.every)
    elif options.without_right:
        lines = without_right(bundle, options.part, options.candidates, options.every)
    else:
        lines = benchmark(bundle, options.part, options.candidates, options.every)
    write(options.table, lines)


def write(table: Path, lines: Iterable[str]) -> None:
    """Print lines as they are made, and write them."""
    written = []
    for line in lines:
        print(line, flush=True)
        written.append(line)
    table.write_text("\n".join(written) + "\n")


if __name__ == "__main__":
    main()
