"""Correlation of an ensemble's deviations at two sites against the distance of their neighbourhoods.

    python benchmarks/error_correlation.py [--model ck_edge]

`spkisd select` assumes that errors are correlated as exp(-distance / length), with distances in units of the limit of
the score of extrapolation. The deviations of the members from their mean stand for the errors: the correlation of two
sites is the cosine of the angle between the deviations of their isotropic spectra, from all members. Only sites of
different bundled structures are compared, none of which was in the training data. The last line has the length that
fits the rows best.
"""

from __future__ import annotations

import argparse
import warnings
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import cdist

from schnetpack_isd.data.sources import iter_structures
from schnetpack_isd.datasets import MOLECULES_STRUCTURES
from schnetpack_isd.models import SpectrumModel, load_spectrum_model
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL
from schnetpack_isd.selection.greedy import CORRELATION_LENGTH
from schnetpack_isd.selection.ranking import SiteCoordinates

QUANTILES = (0.0, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Shares of the pairs of sites at the borders of the rows, nearest first."""


def sites(model: SpectrumModel) -> tuple[NDArray, NDArray, NDArray]:
    """Return the structure, the point and the normalised deviations of each site that the model has not seen."""
    known = model.training_ids or set()
    found = iter_structures(MOLECULES_STRUCTURES, range(10**9))
    structures = [atoms for number, atoms in found if atoms is not None and number not in known]
    coordinates = SiteCoordinates(model)
    numbers, points, deviations = [], [], []
    for number, (atoms, spectra) in enumerate(
        zip(structures, SpectrumPredictor(model).predict(structures, ["x"], True), strict=True)
    ):
        assert spectra.deviations is not None
        assert spectra.deviations.isotropic_spectrum is not None
        numbers += [number] * len(spectra.site_atom)
        points.append(coordinates.of(atoms, spectra.site_atom))
        deviations.append(np.concatenate(spectra.deviations.isotropic_spectrum, axis=1))
    of_sites = np.concatenate(deviations)
    return np.array(numbers), np.concatenate(points), of_sites / np.linalg.norm(of_sites, axis=1, keepdims=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    numbers, points, deviations = sites(load_spectrum_model(options.model))
    pairs = np.triu(numbers[:, None] != numbers)
    distance, cosine = cdist(points, points)[pairs], (deviations @ deviations.T)[pairs]
    borders = np.quantile(distance, QUANTILES)
    lines = []
    print("| distance | pairs | correlation | assumed |\n| --- | --- | --- | --- |")
    for first, last in pairwise(borders):
        inside = (distance >= first) & (distance < last)
        lines.append((distance[inside].mean(), cosine[inside].mean()))
        assumed = np.exp(-lines[-1][0] / CORRELATION_LENGTH)
        print(f"| {first:.2f} to {last:.2f} | {inside.sum()} | {lines[-1][1]:.2f} | {assumed:.2f} |")
    means, found = np.array(lines).T
    fit = minimize_scalar(lambda length: np.sum((found - np.exp(-means / length)) ** 2), bounds=(0.01, 10.0))
    print(f"length {fit.x:.2f}, assumed {CORRELATION_LENGTH:.2f}")


if __name__ == "__main__":
    main()
