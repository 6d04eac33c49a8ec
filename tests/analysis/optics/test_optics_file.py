"""Optical constants, from a structure to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

from schnetpack_isd.analysis.optics import parse_composition
from schnetpack_isd.cli import main
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.spectra import refractive_index

pytest.importorskip("kkcalc")

OPTICS = ["optics", "benzene.xyz", "--density", "1.05"]


@pytest.mark.usefixtures("folder")
def test_the_table_has_the_index_along_the_normal_and_in_the_film(capsys: pytest.CaptureFixture) -> None:
    options = ["--experimental-axis", "--formula", "C8H8", "--plane", "all", "-o", "optics.npz", "--plot", "optics.png"]
    assert main([*OPTICS, *options, "--allow-extrapolation"]) == 0
    assert capsys.readouterr().out.splitlines() == ["optics.npz", "optics.png"]
    assert Path("optics.png").read_bytes().startswith(b"\x89PNG")
    arrays = np.load("optics.npz")
    [spectra] = SpectrumPredictor(experimental_axis=True).predict(molecule("C6H6"))
    energies = arrays["energies"]
    expected = refractive_index(spectra.energies, spectra.molecular_tensor, {"C": 8, "H": 8}, 1.05, at=energies)
    np.testing.assert_allclose(arrays["delta_normal"], expected.delta[2, 2], rtol=1e-4, atol=1e-8)
    in_plane = (expected.delta[0, 0] + expected.delta[1, 1]) / 2
    np.testing.assert_allclose(arrays["delta_in_plane"], in_plane, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(arrays["beta"], np.trace(expected.beta) / 3, rtol=1e-4, atol=1e-8)
    assert (arrays["beta_normal_std"] > 0).any()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "shift the energies to the measured axis (`--experimental-axis`)"),
        (["--formula", "polystyrene"], "'polystyrene' is not a chemical formula"),
        (["--tilt", "30"], "--tilt and --spread need a molecular axis"),
        (["--bond", "0", "99"], "There is no atom 99"),
        (["--model", "no_tensors"], "no tensors (optical constants need them)"),
    ],
)
def test_mistakes_are_named_and_nothing_is_written(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    before = set(folder.iterdir())
    assert main([*OPTICS, *arguments]) == 1
    assert message in capsys.readouterr().err
    assert set(folder.iterdir()) == before


def test_formulas_are_compositions() -> None:
    assert parse_composition("CH3(CH2)2OH") == {"C": 3, "H": 8, "O": 1}
