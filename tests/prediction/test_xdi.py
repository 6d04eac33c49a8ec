"""The XAS Data Interchange format."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule
from support.models import AXIS
from support.structures import random_molecule

from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.measured import read_spectrum
from schnetpack_isd.prediction import PredictionRequest, predict_file

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*implausible intensities:UserWarning"),  # of untrained models
    pytest.mark.usefixtures("folder"),
]


def predict(output: str, structures: str = "ethanol.xyz", **arguments: object) -> None:
    request = PredictionRequest(structures, **arguments)
    predict_file(request, "best_model", output, overwrite=True, progress=False)


def parse_xdi(path: Path | str) -> tuple[dict[str, str], list[str], np.ndarray]:
    """Read fields, column labels and numbers by the grammar of the specification, version 1.0."""
    lines = Path(path).read_bytes().decode("ascii").splitlines()
    assert re.match(r"# XDI/1\.0 \S+/\S+$", lines[0])
    end = next(number for number, line in enumerate(lines) if re.fullmatch(r"# -{3,}", line))
    fields_end = next(number for number, line in enumerate(lines) if re.fullmatch(r"# /{3,}", line))
    fields = {}
    for line in lines[1:fields_end]:
        match = re.fullmatch(r"# ([A-Za-z][A-Za-z0-9_]*)\.([A-Za-z0-9_-]+): (\S.*)", line)
        assert match, line
        fields[f"{match[1]}.{match[2]}".lower()] = match[3]
    assert all(line.startswith("#") and len(line) < 2048 for line in lines[: end + 2])
    labels = lines[end + 1].removeprefix("#").split()
    assert labels == [fields[f"column.{number}"].split()[0] for number in range(1, len(labels) + 1)]
    data = np.array([line.split() for line in lines[end + 2 :]], dtype=float)
    assert data.shape[1] == len(labels)
    assert np.isfinite(data).all()
    return fields, labels, data


def test_a_single_spectrum_is_a_file() -> None:
    predict("one.xdi", directions=["z"])
    fields, labels, data = parse_xdi("one.xdi")
    assert fields["sample.stoichiometry"] == "C2 H6 O"
    assert (fields["schnetpack_isd.label"], fields["schnetpack_isd.direction"]) == (
        "z",
        "0.00000000 0.00000000 1.00000000",
    )
    assert (fields["element.symbol"], fields["element.edge"], fields["column.1"]) == ("C", "K", "energy eV")
    assert labels == ["energy", "mu"]  # which Larch and Athena take as data
    expected = SpectrumCalculator("best_model", ["z"]).get_property("molecular_spectrum", molecule("CH3CH2OH"))
    np.testing.assert_allclose(data, np.column_stack([AXIS, expected[0]]), rtol=1e-5, atol=1e-4)


def test_several_spectra_are_a_folder_of_files() -> None:
    predict("many.xdi", "frames.extxyz", sites=True)
    paths = list(Path("many.xdi").iterdir())
    n_sites = sum((random_molecule(seed, n_atoms=6).numbers == 6).sum() for seed in range(7))
    assert len(paths) == 4 * (7 + n_sites)
    for path in paths:
        parse_xdi(path)


def test_every_direction_has_a_file_name_and_a_label_in_ascii() -> None:
    predict("many.xdi", "crystal.cif", directions=["uvw[1 1 0]", "hkl(0 0 1)", "scan15(1 1 0)"])
    names = {path.stem.partition("molecule_")[2]: parse_xdi(path)[0] for path in Path("many.xdi").iterdir()}
    assert set(names) == {"uvw[1_1_0]", "hkl(0_0_1)", "scan15(1_1_0)"}
    assert "at 15 degrees about (1, 1, 0)" in names["scan15(1_1_0)"]["schnetpack_isd.spectrum"]


def test_files_and_folders_replace_each_other() -> None:
    predict("out.xdi", directions=["z"])
    predict("out.xdi")
    assert len(list(Path("out.xdi").iterdir())) == 4
    predict("out.xdi", directions=["x", "y"])
    assert len(list(Path("out.xdi").iterdir())) == 2
    predict("out.xdi", directions=["z"])
    parse_xdi("out.xdi")


def test_a_folder_with_other_files_is_not_replaced() -> None:
    predict("out.xdi")
    Path("out.xdi/notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="a folder with files other than spectra of this package"):
        predict("out.xdi")
    assert Path("out.xdi/notes.txt").read_text() == "mine"


def test_files_are_read_as_measured_spectra() -> None:
    predict("one.xdi", directions=["z"])
    energies, intensities = read_spectrum("one.xdi")
    _, _, data = parse_xdi("one.xdi")
    np.testing.assert_allclose(np.column_stack([energies, intensities]), data)


@pytest.mark.usefixtures("ensembles")
def test_the_standard_deviation_of_an_ensemble_is_a_third_column() -> None:
    request = PredictionRequest("ethanol.xyz", ["z"])
    predict_file(request, "tensors.safetensors", "one.xdi", progress=False)
    fields, labels, data = parse_xdi("one.xdi")
    assert labels == ["energy", "mu", "mu_std"]
    assert fields["column.3"] == "mu_std arb."
    assert fields["schnetpack_isd.uncertainty"].startswith("one standard deviation of an ensemble of 3 models")
    calculator = SpectrumCalculator("tensors.safetensors", ["z"])
    [expected] = calculator.get_property("molecular_spectrum_std", molecule("CH3CH2OH"))
    np.testing.assert_allclose(data[:, 2], expected, rtol=1e-4)
    np.testing.assert_allclose(np.column_stack(read_spectrum("one.xdi")), data[:, :2])
