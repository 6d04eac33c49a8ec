"""The data module: its split, its rows, and the databases that it refuses."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData, AtomsDataModuleError
from support.data_module import data_module

from schnetpack_isd.data import PaperSplit, SpectrumSettings, convert_spectra, write_split
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES, CKSample
from schnetpack_isd.metadata import DatabaseMetadata, SourceFile


def test_a_database_without_its_source_is_used_with_a_warning(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    gone = {"spectra": tmp_path / "gone.hdf5", "structures": tmp_path / "gone.extxyz"}
    with pytest.warns(UserWarning, match="is used without comparing it with its sources"):
        data_module(sample_db, sample_settings, **gone)


def test_numbers_of_molecules_and_split_files_are_followed(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    module = data_module(sample_db, sample_settings, num_train=50, num_val=20, num_test=30)
    assert [len(part) for part in (module.train_idx, module.val_idx, module.test_idx)] == [50, 20, 30]
    with pytest.raises(ValueError, match="685 molecules cannot be split into 600"):
        data_module(sample_db, sample_settings, num_train=600, num_val=80, num_test=30)
    split_file = tmp_path / "split.npz"
    np.savez(split_file, train_idx=[5, 6, 7], val_idx=[1], test_idx=[2, 3])
    module = data_module(sample_db, sample_settings, split_file=str(split_file))
    assert (module.train_idx, module.val_idx, module.test_idx) == ([5, 6, 7], [1], [2, 3])


@pytest.fixture
def with_other_structures(sample_db: str, tmp_path: Path) -> str:
    """The bundled spectra, as if made from another file of structures."""
    other = str(shutil.copy(sample_db, tmp_path / "other.db"))
    dataset = ASEAtomsData(other)
    metadata = DatabaseMetadata.read(dataset)
    replace(metadata, sources=metadata.sources | {"structures": SourceFile("other.extxyz", "f" * 64)}).write(dataset)
    return other


def test_a_split_file_is_compared_with_the_database(
    sample_db: str, sample_settings: SpectrumSettings, with_other_structures: str, tmp_path: Path
) -> None:
    split_file = str(tmp_path / "made.npz")
    Path(split_file).unlink(missing_ok=True)
    write_split(PaperSplit(), sample_db, split_file)
    module = data_module(sample_db, sample_settings, split_file=split_file)
    assert module.training_ids == [int(ASEAtomsData(sample_db)[row]["molecule_id"]) for row in module.train_idx]
    other = CKSample(with_other_structures, 16, settings=sample_settings, split_file=split_file)
    with pytest.raises(ValueError, match=r"made\.npz is the split of a database that was made from other structures"):
        other.setup()


@pytest.mark.parametrize("size", [3, 685])
def test_the_split_of_other_molecules_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path, size: int
) -> None:
    ids = np.arange(size) + 1000
    np.savez(tmp_path / "split.npz", train_idx=[0], val_idx=[1], test_idx=[2], molecule_id=ids)
    with pytest.raises(ValueError, match=r"split\.npz is the split of another database"):
        data_module(sample_db, sample_settings, split_file=str(tmp_path / "split.npz"))


@pytest.mark.parametrize(
    ("test_rows", "message"),
    [([-1], "has the row -1"), ([5], "more than one part, or twice: 5"), ([700], "the database has 685 rows")],
)
def test_rows_that_make_no_sense_are_refused(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path, test_rows: list[int], message: str
) -> None:
    np.savez(tmp_path / "split.npz", train_idx=[5, 6], val_idx=[1], test_idx=test_rows)
    with pytest.raises(ValueError, match=message):
        data_module(sample_db, sample_settings, split_file=str(tmp_path / "split.npz"))


def test_a_checkpoint_recognises_its_data(
    sample_db: str, sample_settings: SpectrumSettings, with_other_structures: str
) -> None:
    module = data_module(sample_db, sample_settings)
    state = module.state_dict()
    module.load_state_dict(state)
    module.load_state_dict({})  # of a development version before 0.1.0
    other = CKSample(with_other_structures, 16, settings=sample_settings, split_file=None)
    other.setup()
    with pytest.raises(AtomsDataModuleError, match=r"structures: ck_sample\.extxyz .* before, other\.extxyz .* now"):
        other.load_state_dict(state)
    fewer = data_module(sample_db, sample_settings, num_train=50, num_val=20, num_test=30)
    with pytest.raises(AtomsDataModuleError, match=r"\(training molecules\)"):
        fewer.load_state_dict(state)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"broadening": 0.3}, r"broadening: threshold-4.5:0.3 .* in the database, 0.3 requested"),
        ({"energies": np.linspace(290.0, 305.0, 320)}, "320 values from 289.0 to 314.0 in the database"),
        ({"directions": np.eye(3)[:2]}, "directions"),
        ({"directions": 3}, "directions"),
        ({"scale": 1.0}, "scale: mean in the database, 1.0 requested"),
        ({"tensor": False}, "tensor"),
    ],
)
def test_a_database_made_with_other_settings_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, settings: dict, named: str
) -> None:
    with pytest.raises(AtomsDataModuleError, match=named):
        data_module(sample_db, replace(sample_settings, **settings))


def test_a_database_of_other_spectra_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    spectra, structures = tmp_path / "mine.hdf5", tmp_path / "mine.extxyz"
    spectra.write_bytes(b"other")
    structures.write_bytes(b"others")
    with pytest.raises(AtomsDataModuleError, match=r"source: .*ck_sample_sticks.hdf5.*mine.hdf5"):
        data_module(sample_db, sample_settings, spectra=spectra, structures=structures)
    with pytest.raises(ValueError, match="both"):
        data_module(sample_db, sample_settings, spectra=spectra)


def test_a_stale_copy_in_the_work_folder_is_refused(
    sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path
) -> None:
    settings = SpectrumSettings(scale=1.0)
    convert_spectra(SAMPLE_STICKS, SAMPLE_STRUCTURES, tmp_path / "sample.db", settings, progress=False)
    with pytest.raises(AtomsDataModuleError, match=r"sample.db is not a copy of .* Remove it, or give another"):
        data_module(sample_db, sample_settings, data_workdir=str(tmp_path))


def test_rows_come_from_the_work_folder(sample_db: str, sample_settings: SpectrumSettings, tmp_path: Path) -> None:
    here = str(shutil.copy(sample_db, tmp_path / "here.db"))
    module = data_module(here, sample_settings, data_workdir=str(tmp_path / "scratch"))
    Path(here).unlink()
    row = module.train_dataloader().dataset[3]
    assert torch.equal(row["spectrum"], ASEAtomsData(sample_db)[module.train_idx[3]]["spectrum"])


def test_a_split_file_that_does_not_exist_is_named(sample_db: str, sample_settings: SpectrumSettings) -> None:
    with pytest.raises(FileNotFoundError, match=r"mine.npz: no such split file"):
        data_module(sample_db, sample_settings, split_file="mine.npz")
