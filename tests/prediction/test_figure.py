"""The figure of a prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write

from schnetpack_isd.directions import scan_directions
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import PredictionRequest, SpectrumStore, plot_prediction, predict_file

pytestmark = pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of untrained models


@pytest.fixture
def frames(folder: Path) -> list[Atoms]:
    frames = [molecule("CH3CH2OH"), molecule("CH3CH2OH"), molecule("CH4")]
    frames[1].rattle(0.1)
    write(folder / "three.xyz", frames)
    return frames


def predict(structures: str, **arguments: object) -> SpectrumStore:
    predict_file(PredictionRequest(structures, **arguments), "best_model", "out.hdf5", progress=False)
    return SpectrumStore("out.hdf5")


def test_several_structures_are_drawn_as_mean_and_deviation(frames: list[Atoms]) -> None:
    with predict("three.xyz") as store:
        [ax] = plot_prediction(store, "mean.svg").axes
    calculator = SpectrumCalculator("best_model")
    spectra = [
        [*s.molecular_spectrum, s.isotropic_molecular_spectrum] for s in calculator.predict(frames, isotropic=True)
    ]
    np.testing.assert_allclose([line.get_ydata() for line in ax.lines], np.mean(spectra, axis=0), rtol=1e-5, atol=1e-7)
    assert [line.get_label() for line in ax.lines] == ["along x", "along y", "along z", "isotropic"]
    assert ax.get_title() == "mean and standard deviation of\n3 structures of 2 compositions"
    vertices = ax.collections[0].get_paths()[0].vertices[:, 1]
    highest = (np.mean(spectra, axis=0) + np.std(spectra, axis=0))[0].max()
    assert vertices.max() == pytest.approx(highest, rel=1e-4)


def test_a_scan_has_a_panel_of_its_own(frames: list[Atoms]) -> None:
    scan = scan_directions((0, 0, 1), n_steps=2)
    with predict("three.xyz", directions=[*scan, (1, 1, 0)]) as store:
        lines, scanned, _ = plot_prediction(store, "scan.svg").axes  # the last is the colour bar
    assert [line.get_label() for line in lines.lines] == ["along (1, 1, 0)"]
    assert scanned.get_title() == "mean of 3 structures of 2 compositions,\nrotated about z"
    expected = [s.molecular_spectrum for s in SpectrumCalculator("best_model", scan).predict(frames)]
    drawn = [line.get_ydata() for line in scanned.lines]
    np.testing.assert_allclose(drawn, np.mean(expected, axis=0), rtol=1e-5, atol=1e-7)


@pytest.mark.usefixtures("folder")
def test_sites_have_panels_with_directions_in_words() -> None:
    with predict("crystal.cif", directions=["uvw[1 1 0]", "hkl(0 0 1)"], sites=True) as store:
        molecular, site = plot_prediction(store, "sites.svg").axes
        spectra = [row.spectrum for row in store.rows()][2:]
    assert molecular.get_title() == "CSi, all sites"
    assert site.get_title() == "CSi, atom 1"
    assert [line.get_label() for line in site.lines] == ["along [110]", "normal to (001)"]
    np.testing.assert_allclose([line.get_ydata() for line in site.lines], spectra, rtol=1e-6)
