"""Models that were saved before version 0.1.0."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.prediction import SpectrumPredictor

FOLDER = Path(__file__).parent / "models_before_0.1.0"
NAMES = ("isd_painn", "ocp_isd_painn")


@pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning")  # of untrained models
@pytest.mark.parametrize("name", NAMES)
def test_they_give_the_spectra_that_they_gave(name: str) -> None:
    found = SpectrumCalculator(FOLDER / name).get_property("spectrum", molecule("CH3CH2OH"))
    with np.load(FOLDER / "spectra.npz") as expected:
        np.testing.assert_allclose(found, expected[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_they_keep_their_record_of_the_training_data(name: str) -> None:
    head = SpectrumPredictor(FOLDER / name).head
    assert (head.elements, head.broadening, head.level_of_theory) == (["C", "H", "O"], "0.5", "PBE")


@pytest.mark.parametrize("name", NAMES)
def test_schnetpack_loads_them_in_a_new_process(name: str) -> None:
    program = f"from schnetpack.utils import load_model; print(type(load_model({str(FOLDER / name)!r})).__name__)"
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "NeuralNetworkPotential"
