"""The figure of a prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.io import write
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.directions import scan_directions
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import PredictionRequest, SpectrumStore, plot_prediction, predict_file


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
    assert site.get_title() == "C1"
    assert [line.get_label() for line in site.lines] == ["along [110]", "normal to (001)"]
    np.testing.assert_allclose([line.get_ydata() for line in site.lines], spectra, rtol=1e-6)


@pytest.mark.usefixtures("folder")
def test_sites_that_are_not_drawn_are_counted() -> None:
    atoms = molecule("C6H6")
    for shift in (20.0, 40.0):
        other = molecule("C6H6")
        other.positions[:, 2] += shift
        atoms += other
    write("chain.xyz", [atoms, molecule("CH4")])
    with (
        predict("chain.xyz", directions=["z"], sites=True) as store,
        pytest.warns(UserWarning, match=r"has 12 of the 18 sites of chain\.xyz@0"),
    ):
        _, *sites = plot_prediction(store, "sites.svg").axes
    assert [ax.get_title() for ax in sites] == [f"C{atom} of chain.xyz@0" for atom in (*range(6), *range(12, 18))]
    assert len({ax.get_ylim() for ax in sites}) == 1
    assert all(line.get_ydata().max() <= ax.get_ylim()[1] for ax in sites for line in ax.lines)


@pytest.mark.usefixtures("folder")
def test_the_scan_of_each_site_has_a_panel() -> None:
    scan = scan_directions((0, 0, 1), n_steps=4)
    with predict("ethanol.xyz", directions=scan, sites=True) as store:
        molecular, *sites, _ = plot_prediction(store, "scan.svg").axes  # the last is the colour bar
        spectra = [row.spectrum for row in store.rows() if row.atom == 1]
    assert [len(ax.lines) for ax in (molecular, *sites)] == [5, 5, 5]
    np.testing.assert_allclose([line.get_ydata() for line in sites[1].lines], spectra, rtol=1e-6)


@pytest.mark.usefixtures("folder")
def test_implausible_intensities_are_marked(spectrum_model: NeuralNetworkPotential) -> None:
    torch.nn.init.constant_(spectrum_model.output_modules[0].outnet[-1].bias, -5.0)
    torch.save(spectrum_model, "best_model")
    with pytest.warns(UserWarning, match="implausible"):
        store = predict("ethanol.xyz", allow_extrapolation=True)
    with store:
        [legend] = plot_prediction(store, "out.svg").legends
    assert legend.get_title().get_text() == "EXTRAPOLATED: 1 structure is unlike the training data"


@pytest.mark.usefixtures("ensembles")
def test_the_standard_deviation_of_an_ensemble_is_a_band() -> None:
    request = PredictionRequest("ethanol.xyz", ["z"], sites=True)
    predict_file(request, "tensors.safetensors", "out.hdf5", progress=False)
    with SpectrumStore("out.hdf5") as store:
        panels = plot_prediction(store, "out.svg").axes
        rows = list(store.rows())
    assert panels[0].get_title() == "C$_{2}$H$_{6}$O, all sites\nbands: one standard deviation of the model"
    for ax, row in zip(panels, rows, strict=True):
        [band] = ax.collections
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.max() == pytest.approx((row.spectrum + row.spectrum_std).max(), rel=1e-4)
        assert heights.min() == pytest.approx((row.spectrum - row.spectrum_std).min(), rel=1e-4)
