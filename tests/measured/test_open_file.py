"""Formats of measured files."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from schnetpack_isd.measured import read_spectrum, read_tables


def test_text_is_read_whatever_the_order_and_separators(tmp_path: Path) -> None:
    (tmp_path / "measured.dat").write_text("# a measurement\nenergy intensity\n285.2, 3\n285.1;\t2\n285.0  1\n")
    energies, intensities = read_spectrum(tmp_path / "measured.dat")
    assert energies.tolist() == [285.0, 285.1, 285.2]
    assert intensities.tolist() == [1, 2, 3]


def test_another_column_can_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "three.txt").write_text("1 2 3\n2 3 4\n")
    assert read_spectrum(tmp_path / "three.txt", column=3)[1].tolist() == [3, 4]


XDI = "# XDI/1.0\n# Column.1: energy keV\n# Column.2: i0\n# Column.3: {}\n# ---\n0.285 1 2\n0.286 1 3\n"


def test_xdi_files_are_read_by_their_labels(tmp_path: Path) -> None:
    (tmp_path / "many.xdi").write_text(XDI.format("mutrans"))
    energies, intensities = read_spectrum(tmp_path / "many.xdi")
    assert energies.tolist() == pytest.approx([285.0, 286.0])
    assert intensities.tolist() == [2.0, 3.0]


EMSA = "#FORMAT : EMSA/MAS Spectral Data File\n#DATATYPE : {}\n#XUNITS : {}\n#XPERCHAN : 0.5\n#OFFSET : 280.0\n"
EMSA += "#SPECTRUM : Spectral Data Starts Here\n1.0, 2.0,\n4.0,\n#ENDOFDATA :\n"


def test_emsa_files_of_intensities_have_an_axis(tmp_path: Path) -> None:
    (tmp_path / "loss.msa").write_text(EMSA.format("Y", "eV"))
    energies, intensities = read_spectrum(tmp_path / "loss.msa")
    assert energies.tolist() == [280.0, 280.5, 281.0]
    assert intensities.tolist() == [1, 2, 4]
    (tmp_path / "kev.msa").write_text(EMSA.format("Y", "keV").replace("280.0", "0.28").replace("0.5", "0.0005"))
    assert read_spectrum(tmp_path / "kev.msa")[0].tolist() == pytest.approx([280.0, 280.5, 281.0])


def test_emsa_files_of_pairs_are_read(tmp_path: Path) -> None:
    (tmp_path / "loss.msa").write_text(EMSA.format("XY", "eV").replace("1.0, 2.0,\n4.0,", "280.1, 2.0\n280.3, 4.0"))
    energies, intensities = read_spectrum(tmp_path / "loss.msa")
    assert (energies.tolist(), intensities.tolist()) == ([280.1, 280.3], [2, 4])


def test_emsa_files_need_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loss.msa").write_text(EMSA.format("Y", "eV"))
    monkeypatch.setitem(sys.modules, "rsciio.msa", None)
    with pytest.raises(ImportError, match=r"RosettaSciIO is needed .*pip install 'schnetpack-isd\[hyperspy\]'"):
        read_spectrum(tmp_path / "loss.msa")


@pytest.mark.parametrize(
    "content",
    [
        b"285,06;1,5\n285,12;2,5\n",
        b"Energie;Int\r\n285,06;1,5;\r\n285,12;2,5;\r\n",
        b"285,06 1,5\n285,12 2,5\n",
        b"285,06\t1,5\n285,12\t2,5\n",
        b"\xef\xbb\xbf285.06,1.5\n285.12,2.5\n",
        "285.06\t1.5\n285.12\t2.5\n".encode("utf-16"),
        b"% comment\n! comment\n// comment\n285.06 1.5\n285.12 2.5\n%\n",
        b"285.06 1.5\r\n285.12 2.5\r\n\x1a",
        b"2.8506D+02 1.5d0\n2.8512D+02 2.5d0\n",
        b"285.06; 1.5\n285.12; 2.5\n",
    ],
)
def test_dialects_of_numbers_are_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "measured.txt").write_bytes(content)
    energies, intensities = read_spectrum(tmp_path / "measured.txt")
    assert (energies.tolist(), intensities.tolist()) == ([285.06, 285.12], [1.5, 2.5])


@pytest.mark.parametrize("first", ["3 2", "3", "2 3"])
def test_a_line_with_the_number_of_points_is_no_point(tmp_path: Path, first: str) -> None:
    (tmp_path / "counted.dat").write_text(f"{first}\n285.0 1\n285.1 2\n285.2 3\n")
    with pytest.warns(UserWarning, match=r"counted\.dat, line 1 is taken as the number of points"):
        energies, _ = read_spectrum(tmp_path / "counted.dat")
    assert energies.tolist() == [285.0, 285.1, 285.2]


def test_energies_that_occur_twice_are_averaged(tmp_path: Path) -> None:
    (tmp_path / "paused.dat").write_text("285.0 1\n285.1 2\n285.1 4\n285.2 3\n")
    with pytest.warns(UserWarning, match=r"paused\.dat: 1 energies occur more than once, the first is 285\.1 eV"):
        energies, intensities = read_spectrum(tmp_path / "paused.dat")
    assert (energies.tolist(), intensities.tolist()) == ([285.0, 285.1, 285.2], [1, 3, 3])


def test_energies_can_be_in_another_column(tmp_path: Path) -> None:
    (tmp_path / "scan.asc").write_text("".join(f"{n} {280 + n / 10} {n**2}\n" for n in range(1, 12)))
    energies, intensities = read_spectrum(tmp_path / "scan.asc", energy_column=2)
    assert energies[:2].tolist() == [280.1, 280.2]
    assert intensities[:2].tolist() == [1, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("words\n", "expected a column of energies and at least 1 more"),
        ("1 2\n2 x\n", "line 2"),
        ("285.1 0.5 3\n285.2 0.6\n", "line 2: 3 numbers were expected, as in line 1, not 2"),
        ("285.1 0.5\n285.2 nan\n", "not finite"),
        ("1 2\n1 3\n", "fewer than two energies"),
        ("".join(f"{n} {280 + n} 1\n" for n in range(1, 12)), "column 1 counts the points; .*`--energy-column`"),
        ("285,0;1.050,5\n285,1;2.050,5\n", "so the decimal mark is unknown"),
        ("283,0000,50,0354\n283,1000,50,1354\n", "commas both separate the columns and mark the decimals"),
        (EMSA.format("Z", "eV"), "#DATATYPE must be Y or XY"),
        (EMSA.format("Y", "nm"), "#XUNITS must be eV or keV"),
        (XDI.format("time"), r"choose the spectrum by .*\(`--column`\)[\s\S]* 3  time"),
        (XDI.replace("energy keV", "angle degrees"), "must be the energy"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"bad\.txt.*{message}"):
        read_spectrum(tmp_path / "bad.txt")


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.txt: no such file"):
        read_spectrum(tmp_path / "none.txt")


def test_hyperspy_files_have_a_column_for_each_spectrum(tmp_path: Path) -> None:
    hspy = pytest.importorskip("rsciio.hspy")
    path = str(tmp_path / "film.hspy")
    axes = [
        {"name": "angle", "units": "deg", "size": 2, "offset": 20.0, "scale": 70.0, "navigate": True},
        {"name": "E", "units": "keV", "size": 3, "offset": 0.28, "scale": 0.001, "navigate": False},
    ]
    for number, axis in enumerate(axes):
        axis |= {"_type": "UniformDataAxis", "index_in_array": number}
    signal = {"data": np.arange(6.0).reshape(2, 3), "axes": axes, "metadata": {"General": {"title": "film"}}}
    empty = ("original_metadata", "learning_results", "models", "tmp_parameters", "package_info")
    hspy.file_writer(path, signal | {name: {} for name in empty} | {"attributes": {"_lazy": False}})
    [table] = read_tables(path)
    assert table.labels == ("energy", "20 deg", "90 deg")
    energies, intensities = read_spectrum(path, column="90 deg")
    assert energies.tolist() == pytest.approx([280, 281, 282])
    assert intensities.tolist() == [3, 4, 5]


def write_nexus(path: Path, units: str = "eV", default: bool = True) -> None:
    with h5py.File(path, "w") as file:
        for name in ("other", "spectra"):
            group = file.create_group(f"entry/{name}")
            group.attrs.update({"NX_class": "NXdata", "signal": "mu", "axes": ["energy"]})
            group["energy"], group["mu"] = [280.0, 280.1, 280.4], [1.0, 2.0, 4.0]
            group["energy"].attrs["units"] = units
        if default:
            file.attrs["default"], file["entry"].attrs["default"] = "entry", "spectra"


def test_the_default_data_of_nexus_files_are_read(tmp_path: Path) -> None:
    write_nexus(tmp_path / "film.nxs")
    energies, intensities = read_spectrum(tmp_path / "film.nxs")
    assert (energies.tolist(), intensities.tolist()) == ([280.0, 280.1, 280.4], [1, 2, 4])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"units": "nm"}, r"one axis must be the energy in eV or keV; the units of its axes are nm"),
        ({"default": False}, r"one default NXdata was expected; the file has entry/other, entry/spectra"),
    ],
)
def test_other_nexus_files_are_refused(tmp_path: Path, arguments: dict, message: str) -> None:
    write_nexus(tmp_path / "film.nxs", **arguments)
    with pytest.raises(ValueError, match=rf"film\.nxs: {message}"):
        read_spectrum(tmp_path / "film.nxs")


def test_a_group_of_an_athena_project_is_chosen_by_its_label(tmp_path: Path) -> None:
    larch, project = pytest.importorskip("larch"), pytest.importorskip("larch.io").create_athena()
    energies = np.arange(270.0, 320.0, 0.5)
    for number, angle in enumerate((20, 90)):
        mu = 1 / (1 + np.exp(285 - energies)) + number
        project.add_group(larch.Group(energy=energies + number, mu=mu, filename=f"{angle}deg"))
    project.save(str(tmp_path / "film.prj"))
    read, intensities = read_spectrum(tmp_path / "film.prj", column="90deg")
    np.testing.assert_allclose(read, energies + 1)
    assert intensities[0] == pytest.approx(1.0, abs=1e-4)
    with pytest.raises(ValueError, match=r"film\.prj: choose the spectrum by number or label[\s\S]*2  90deg"):
        read_spectrum(tmp_path / "film.prj")


def test_energies_that_go_up_and_down_are_sorted_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "sweeps.dat").write_text("285.0 1\n285.2 3\n285.1 2\n285.3 4\n")
    with pytest.warns(UserWarning, match=r"sweeps\.dat: the energies go up and down; the points are sorted"):
        assert read_spectrum(tmp_path / "sweeps.dat")[1].tolist() == [1, 2, 3, 4]
