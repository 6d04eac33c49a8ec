"""Files of predicted spectra for the programs of the field, read with their own readers."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from support.models import AXIS

from schnetpack_isd.measured import read_spectrum
from schnetpack_isd.prediction import PredictedSpectrum, PredictionRequest, SpectrumStore, merge, predict_file

pytestmark = pytest.mark.usefixtures("ensembles")


def predict(output: str, **arguments: object) -> list[PredictedSpectrum]:
    """Write spectra of ethanol in a format, and return the rows of the store."""
    predict_file(PredictionRequest("ethanol.xyz", **arguments), "tensors.safetensors", "all.hdf5", progress=False)
    merge(["all.hdf5"], output)
    with SpectrumStore("all.hdf5") as store:
        return list(store.rows())


def test_hyperspy_files_have_axes_of_sites_directions_and_energies() -> None:
    reader = pytest.importorskip("rsciio.hspy").file_reader
    rows = predict("out.hspy", sites=True)
    [signal] = reader("out.hspy")
    np.testing.assert_array_equal(signal["data"].reshape(12, -1), [row.spectrum for row in rows])
    axes = [(axis["name"], axis["size"], axis["units"], axis["navigate"]) for axis in signal["axes"]]
    assert axes == [("site", 3, "", True), ("direction", 4, "", True), ("energy", len(AXIS), "eV", False)]
    energy = signal["axes"][-1]
    np.testing.assert_allclose(energy["offset"] + energy["scale"] * np.arange(energy["size"]), AXIS, atol=1e-4)
    assert signal["original_metadata"]["directions"] == ["x", "y", "z", "isotropic"]
    assert signal["original_metadata"]["rows"]["name"] == ["C2H6O", "C2H6O atom 0", "C2H6O atom 1"]
    variance = signal["metadata"]["Signal"]["Noise_properties"]["_sig_variance"]["data"]
    np.testing.assert_allclose(variance.reshape(12, -1), [row.spectrum_std**2 for row in rows], rtol=1e-5)


def test_a_scan_has_an_axis_of_angles() -> None:
    reader = pytest.importorskip("rsciio.hspy").file_reader
    predict("out.hspy", directions=["scan0(0 0 1)", "scan45(0 0 1)", "scan90(0 0 1)"])
    [signal] = reader("out.hspy")
    angle, energy = signal["axes"]
    assert (angle["name"], angle["units"], angle["offset"], angle["scale"]) == ("angle", "deg", 0, 45)
    assert energy["units"] == "eV"


def test_nexus_files_plot_by_default() -> None:
    rows = predict("out.nxs", sites=True)
    with h5py.File("out.nxs") as file:
        data = file[file.attrs["default"]]
        data = data[data.attrs["default"]]
        assert data.attrs["NX_class"] == "NXdata"
        assert data.attrs["axes"].tolist() == ["site", "direction", "energy"]
        np.testing.assert_array_equal(data[data.attrs["signal"]][2, 3], rows[11].spectrum)
        np.testing.assert_array_equal(data["spectrum_errors"][2, 3], rows[11].spectrum_std)
        assert data["energy"].attrs["units"] == "eV"
        assert file["entry/prediction/record/model"].asstr()[()] == "tensors.safetensors"


def test_nexus_files_are_read_by_rosettasciio() -> None:
    reader = pytest.importorskip("rsciio.nexus").file_reader
    predict("out.nxs", sites=True)
    [signal] = reader("out.nxs", use_default=True, nxdata_only=True)
    axes = [(axis["name"], axis["size"], axis["navigate"]) for axis in signal["axes"]]
    assert axes == [("site", 3, True), ("direction", 4, True), ("energy", len(AXIS), False)]
    assert signal["axes"][-1]["offset"] == pytest.approx(AXIS[0])
    assert signal["axes"][-1]["units"] == "eV"


def test_nexus_files_are_valid_for_nexusformat() -> None:
    nexus = pytest.importorskip("nexusformat.nexus")
    predict("out.nxs", directions=["z"])
    data = nexus.nxload("out.nxs").get_default()
    assert data.nxsignal.nxname == "spectrum"
    assert [axis.nxname for axis in data.nxaxes] == ["structure", "direction", "energy"]
    assert data.nxerrors.shape == (1, 1, len(AXIS))


def test_emsa_files_are_read_by_rosettasciio() -> None:
    reader = pytest.importorskip("rsciio.msa").file_reader
    [row] = predict("out.msa", directions=["z"])
    [signal] = reader("out.msa")
    [axis] = signal["axes"]
    assert (axis["units"], axis["size"]) == ("eV", len(AXIS))
    np.testing.assert_allclose(axis["offset"] + axis["scale"] * np.arange(axis["size"]), AXIS, atol=1e-4)
    np.testing.assert_allclose(signal["data"], row.spectrum, rtol=1e-5)
    assert "along z" in signal["original_metadata"]["COMMENT"].replace("\n", "")


def test_several_emsa_files_are_a_folder_that_replaces_itself() -> None:
    pytest.importorskip("rsciio.msa")
    for directions in (["x", "y"], ["z", "x", "y"]):
        predict_file(
            PredictionRequest("ethanol.xyz", directions), "best_model", "out.msa", overwrite=True, progress=False
        )
    assert len(list(Path("out.msa").iterdir())) == 3


def test_athena_projects_are_read_by_larch() -> None:
    read_athena = pytest.importorskip("larch.io").read_athena
    rows = predict("out.prj", directions=["x", "z"])
    groups = list(read_athena("out.prj").groups.values())
    assert [group.label for group in groups] == [row.name for row in rows]
    for group, row in zip(groups, rows, strict=True):
        np.testing.assert_allclose(group.energy, AXIS, atol=1e-4)
        np.testing.assert_allclose(group.mu, row.spectrum, rtol=1e-6)
        np.testing.assert_allclose(group.stddev, row.spectrum_std, rtol=1e-6)
        assert (group.atsym, group.edge) == ("C", "K")


@pytest.mark.parametrize("output", ["out.hspy", "out.nxs", "out.msa", "out.prj"])
def test_every_format_is_read_as_a_measured_spectrum(output: str) -> None:
    pytest.importorskip({"out.prj": "larch"}.get(output, "rsciio"))
    [row] = predict(output, directions=["z"])
    energies, intensities = read_spectrum(output)
    np.testing.assert_allclose(energies, AXIS, atol=1e-3)
    np.testing.assert_allclose(intensities, row.spectrum, rtol=1e-5)


@pytest.mark.parametrize(
    ("output", "module", "message"),
    [
        ("out.prj", "larch", r"Larch is needed to write out\.prj; .*'schnetpack-isd\[larch\]'"),
        ("out.hspy", "rsciio", r"RosettaSciIO is needed to write out\.hspy; .*'schnetpack-isd\[hyperspy\]'"),
    ],
)
def test_a_missing_library_is_named_before_the_model_is_loaded(
    output: str, module: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=message):
        predict_file(PredictionRequest("ethanol.xyz"), "no_spectrum", output, progress=False)
