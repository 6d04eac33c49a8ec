"""Lists of files, read as one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from schnetpack_isd.data import SpectrumDataModule, SpectrumSettings, convert_spectra
from schnetpack_isd.data.sources import StickSpectrum, open_spectra, write_compact, write_sticks
from schnetpack_isd.data.stored_rows import stored_rows

ATOMS = Atoms("CO", [[0, 0, 0], [0, 0, 1.13]])


def site(seed: int) -> StickSpectrum:
    rng = np.random.default_rng(seed)
    energies, dipoles = np.sort(rng.uniform(290.0, 305.0, 20)), rng.normal(0.0, 0.01, (20, 3))
    return StickSpectrum(0, 1, energies[0], 296.0, energies, dipoles**2, dipoles)


def make_list(path: Path, files: Sequence[Path]) -> Path:
    """A list as `sha256sum` writes it."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    path.write_text("".join(lines))
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, list[Path]]:
    """Files of both layouts of sticks, each with its own molecules, and their structures."""
    found: dict[str, list[Path]] = {"spectra": [], "structures": []}
    for name, ids, writer in (("one", (7, 2), write_compact), ("other", (5,), write_sticks)):
        writer(tmp_path / f"{name}.hdf5", [(number, [site(number)]) for number in ids], {"level_of_theory": "numbers"})
        frames = [Atoms(ATOMS, info={"id": number, "kind": name, "variant_of": 2}) for number in ids]
        write(tmp_path / f"{name}.extxyz", frames, format="extxyz")
        found["spectra"].append(tmp_path / f"{name}.hdf5")
        found["structures"].append(tmp_path / f"{name}.extxyz")
    return found


def test_a_list_is_read_as_one_file(files: dict[str, list[Path]], tmp_path: Path) -> None:
    spectra = make_list(tmp_path / "spectra.sha256", files["spectra"])
    with open_spectra(spectra) as file:
        assert (file.ids, file.count_sites(), file.level_of_theory) == ([2, 5, 7], 3, "numbers")
        assert file.has_dipoles
        assert file.has_thresholds
        for number in file.ids:
            [found] = file.sites(number)
            np.testing.assert_allclose(found.energies, site(number).energies, rtol=0, atol=1e-4)
    structures = make_list(tmp_path / "structures.sha256", files["structures"])
    datapath = tmp_path / "joined.db"
    metadata = convert_spectra(spectra, structures, datapath, SpectrumSettings(tensor=True), progress=False)
    assert metadata.n_sites == 3
    assert metadata.sources["spectra"].name == "spectra.sha256"


def test_a_database_whose_listed_files_changed_is_refused(files: dict[str, list[Path]], tmp_path: Path) -> None:
    lists = [make_list(tmp_path / f"{what}.sha256", files[what]) for what in ("spectra", "structures")]
    module = SpectrumDataModule(str(tmp_path / "joined.db"), 2, *lists, num_workers=0)
    module.prepare_data()
    module.prepare_data()
    with files["structures"][0].open("a") as file:
        file.write("\n")
    with pytest.raises(ValueError, match=r"one\.extxyz has another SHA-256"):
        module.prepare_data()


def test_different_shifts_to_the_experimental_axis_are_not_recorded(tmp_path: Path) -> None:
    for number, axis in enumerate(("-7.4+-0.2, thresholds -6.6+-0.2", "-7.0+-0.2, thresholds -6.6+-0.2")):
        attributes = {"level_of_theory": "numbers", "experimental_axis": axis}
        write_sticks(tmp_path / f"{number}.hdf5", [(number, [site(number)])], attributes)
    path = make_list(tmp_path / "spectra.sha256", [tmp_path / "0.hdf5", tmp_path / "1.hdf5"])
    with pytest.warns(UserWarning, match="different shifts to the experimental axis"), open_spectra(path) as file:
        assert file.experimental_axis is None


def test_kinds_and_variants_are_kept(files: dict[str, list[Path]], tmp_path: Path) -> None:
    lists = [make_list(tmp_path / f"{what}.sha256", files[what]) for what in ("spectra", "structures")]
    convert_spectra(*lists, tmp_path / "joined.db", progress=False)
    keys = [row.keys for row in stored_rows(tmp_path / "joined.db")]
    assert [(row["molecule_id"], row["kind"], row["variant_of"]) for row in keys] == [
        (2, "one", 2),
        (5, "other", 2),
        (7, "one", 2),
    ]


def test_files_that_changed_are_refused(files: dict[str, list[Path]], tmp_path: Path) -> None:
    spectra = make_list(tmp_path / "spectra.sha256", files["spectra"])
    with files["spectra"][1].open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match=r"other\.hdf5 has another SHA-256 than .*spectra\.sha256 has in line 2"):
        open_spectra(spectra)
    files["spectra"][1].unlink()
    with pytest.raises(FileNotFoundError, match=r"other\.hdf5: no such file; it is listed in .*, line 2"):
        open_spectra(spectra)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "there is no file in this list"), ("one.hdf5\n", r"line 1: a SHA-256 checksum and the name of a file")],
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "spectra.sha256"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        open_spectra(path)


def test_files_that_contradict_each_other_are_refused(files: dict[str, list[Path]], tmp_path: Path) -> None:
    again = tmp_path / "again.hdf5"
    write_sticks(again, [(7, [site(1)])], {"level_of_theory": "numbers"})
    path = make_list(tmp_path / "spectra.sha256", [*files["spectra"], again])
    with pytest.raises(
        ValueError, match=rf"molecule 7 is in {re.escape(str(files['spectra'][0]))} and in .*again.hdf5"
    ):
        open_spectra(path)
    write_sticks(again, [(9, [site(1)])], {"level_of_theory": "guesses"})
    path = make_list(tmp_path / "spectra.sha256", [*files["spectra"], again])
    with pytest.warns(UserWarning, match="different levels of theory: numbers; guesses"):
        open_spectra(path).close()
