"""Energy-loss spectra, from a structure to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from support.tables import read_table

from schnetpack_isd.cli import main
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.spectra import share_along_beam

MICROSCOPE = ["--voltage", "200", "--convergence", "1", "--collection", "3"]
EELS = ["eels", "benzene.xyz", "--model", "ensemble.safetensors", *MICROSCOPE]


@pytest.mark.usefixtures("folder")
def test_the_table_has_the_exact_spectra_of_the_tensors(capsys: pytest.CaptureFixture) -> None:
    assert main([*EELS, "--plane", "all", "-o", "eels.csv", "--plot", "eels.png"]) == 0
    assert capsys.readouterr().out.splitlines() == ["eels.csv", "eels.png"]
    assert Path("eels.png").read_bytes().startswith(b"\x89PNG")
    comments, table = read_table("eels.csv")
    [spectra] = SpectrumPredictor("ensemble.safetensors").predict(molecule("C6H6"))
    share = share_along_beam(200, spectra.energies, 1, 3)

    def loss(part: object) -> np.ndarray:
        x, y, z = (part.molecular_tensor[axis, axis] for axis in range(3))
        return share * z + (1 - share) * (x + y) / 2

    expected, std = spectra.with_std(loss)
    np.testing.assert_allclose(table["eels"], expected, rtol=1e-4)
    np.testing.assert_allclose(table["eels_std"], std, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(table["parallel"], spectra.molecular_tensor[2, 2], rtol=1e-4)
    np.testing.assert_allclose(table["isotropic"], np.trace(spectra.molecular_tensor) / 3, rtol=1e-4)
    assert comments["beam"] == "plane all"
    assert comments["collection_mrad"] == "3.0"


@pytest.mark.usefixtures("folder")
@pytest.mark.filterwarnings("ignore:.*unlike the training data:UserWarning")
def test_the_beam_is_along_a_zone_axis() -> None:
    command = ["eels", "crystal.cif", "--model", "single", *MICROSCOPE, "--zone-axis", "0", "0", "1"]
    assert main([*command, "--allow-extrapolation"]) == 0
    comments, _ = read_table("crystal_eels.csv")
    assert comments["beam"] == "axis uvw[0 0 1]"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give the molecular axis in one way"),
        (["--zone-axis", "0", "0", "1"], "uvw[0 0 1] needs three lattice vectors"),
        (["--zone-axis", "0", "0", "1", "--plane", "all"], "direction of the beam in one way"),
        (["--plane", "all", "--voltage", "-1"], "voltage must be a positive number of kV, not -1"),
        (["--plane", "all", "--collection", "-1"], "semi-angle of collection must be"),
        (["--plane", "all", "--voltage", "200000"], "voltage must be from 5 to 3000 kV, not 200000 kV"),
        (["--plane", "all", "--collection", "0.003"], "semi-angle of collection must be from 0.01 to 500 mrad"),
        (["--plane", "all", "--model", "no_tensors"], "no tensors (energy-loss spectra need them)"),
    ],
)
def test_mistakes_are_named_and_nothing_is_written(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture
) -> None:
    before = set(folder.iterdir())
    assert main([*EELS, *arguments]) == 1
    assert message in capsys.readouterr().err
    assert set(folder.iterdir()) == before
