"""Several databases as one: rows, splits, training data, and mixtures that are refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import molecule
from ase.io import write
from schnetpack.data import AtomsDataModuleError
from support.data_module import TRANSFORMS
from support.splits import split

from schnetpack_isd.cli import main
from schnetpack_isd.data import (
    JoinedData,
    RandomSplit,
    RowReader,
    SpectrumDataModule,
    SpectrumSettings,
    convert_spectra,
    open_database,
    read_split,
)
from schnetpack_isd.data.sources.sticks import StickSpectrum, write_sticks
from schnetpack_isd.evaluation import EvaluationRequest
from schnetpack_isd.metadata import DatabaseMetadata

SETTINGS = SpectrumSettings(energies=np.linspace(288.0, 310.0, 32), scale=1e-3, tensor=True)

PARTS = {"a.db": [1, 2, 3], "b.db": [4, 5, 6, 7, 8], "c.db": [11, 12]}
"""Ids of the molecules in each database."""

Convert = Callable[..., Path]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Convert generated spectra of some molecules, which depend on their ids only, to a database."""

    def convert(
        name: str, ids: list[int], settings: SpectrumSettings = SETTINGS, variant_of: int | None = None, **more: str
    ) -> Path:
        molecules, frames = [], []
        for number in ids:
            rng = np.random.default_rng(number)
            energies, dipoles = 290.0 + np.sort(rng.uniform(0.0, 15.0, 9)), rng.standard_normal((9, 3))
            molecules.append((number, [StickSpectrum(0, 1, energies[0], None, energies, dipoles**2, dipoles)]))
            frames.append(molecule("CH3OH" if number % 2 else "CH4", info={"id": number}))
        if variant_of is not None:
            frames[0].info["variant_of"] = variant_of
        write_sticks(tmp_path / f"{name}.hdf5", molecules, {"level_of_theory": "random numbers", **more})
        write(tmp_path / f"{name}.extxyz", frames, format="extxyz")
        sources = tmp_path / f"{name}.hdf5", tmp_path / f"{name}.extxyz"
        convert_spectra(*sources, tmp_path / name, settings, overwrite=True, progress=False)
        return tmp_path / name

    return convert


@pytest.fixture
def joined(convert: Convert, tmp_path: Path) -> Path:
    """A list of the three databases; the first molecule of the last is another geometry of molecule 4."""
    for name, ids in PARTS.items():
        convert(name, ids, variant_of=4 if name == "c.db" else None)
    return list_of(tmp_path, *PARTS)


def list_of(folder: Path, *names: str) -> Path:
    path = folder / "all.txt"
    path.write_text("\n".join(["# made for a test", *names]) + "\n")
    return path


def loaded(datapath: Path, **arguments: object) -> SpectrumDataModule:
    module = SpectrumDataModule(
        str(datapath), 2, settings=SETTINGS, split_file=None, transforms=TRANSFORMS, num_workers=0, **arguments
    )
    module.prepare_data()
    module.setup()
    return module


def test_rows_and_record_are_those_of_one_database(convert: Convert, joined: Path) -> None:
    whole = open_database(convert("whole.db", [number for ids in PARTS.values() for number in ids]))
    dataset = open_database(joined)
    assert len(dataset) == len(whole) == 10
    reader = pickle.loads(pickle.dumps(RowReader(dataset.subset([9, 0, 4]))))
    for number, row in enumerate([9, 0, 4]):
        for found in (reader[number], dataset[row]):
            assert found.keys() == whole[row].keys()
            for key, value in whole[row].items():
                assert torch.equal(found[key], value), key
    record, expected = DatabaseMetadata.read(dataset), DatabaseMetadata.read(whole)
    assert replace(record, sources={}) == replace(expected, sources={})
    assert record.sources["structures"].name == "a.db.extxyz, b.db.extxyz, c.db.extxyz"
    with pytest.raises(IndexError, match="have no row 10"):
        RowReader(dataset)[10]


def test_training_shuffles_over_all_databases(joined: Path) -> None:
    module = loaded(joined, splitting=RandomSplit((0.6, 0.2, 0.2)))
    epochs = [[int(i) for batch in module.train_dataloader() for i in batch["_idx"]]]
    module.train_dataloader().sampler.set_epoch(1)
    epochs.append([int(i) for batch in module.train_dataloader() for i in batch["_idx"]])
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(module.train_idx)
    assert epochs[0] != epochs[1]
    owners = np.searchsorted([3, 8, 10], epochs[0], side="right")
    assert len(set(owners)) > 1
    assert np.any(np.diff(owners) < 0)  # not one database after another
    ids = [number for part in PARTS.values() for number in part]
    assert module.training_ids == [ids[row] for row in module.train_idx]


@pytest.mark.parametrize("seed", range(4))
def test_geometries_in_different_databases_are_in_one_part(joined: Path, seed: int) -> None:
    parts = split(open_database(joined), RandomSplit((0.4, 0.3, 0.3), seed=seed))
    assert sorted(row for part in parts for row in part) == list(range(10))
    assert [3 in part for part in parts] == [8 in part for part in parts]  # molecules 4 and 11


def test_a_split_file_belongs_to_the_databases_in_their_order(joined: Path, tmp_path: Path) -> None:
    assert main(["split", str(joined), "split.npz"]) == 0
    train, val, test = read_split("split.npz", joined)
    assert sorted(train + val + test) == list(range(10))
    with np.load("split.npz") as file:
        assert file["databases"].tolist() == list(PARTS)
    list_of(tmp_path, *reversed(PARTS))
    with pytest.raises(ValueError, match=r"split.npz is the split of another database \(a.db, b.db, c.db\)"):
        read_split("split.npz", joined)


def test_a_molecule_is_found_in_its_database(joined: Path) -> None:
    request = EvaluationRequest(joined)
    assert request.rows()[0] == list(range(10))
    row, atoms = request.structure(5)
    assert (row, str(atoms.symbols)) == (4, "COH4")
    with pytest.raises(ValueError, match=r"all.txt has no molecule 9"):
        request.structure(9)


def test_a_checkpoint_notices_another_database(joined: Path, convert: Convert, tmp_path: Path) -> None:
    splitting = RandomSplit((0.6, 0.2, 0.2))
    state = loaded(joined, splitting=splitting).state_dict()
    list_of(tmp_path, *reversed(PARTS))
    assert sorted(loaded(joined, splitting=splitting).training_ids) == sorted(state["training molecules"])
    convert("c.db", [11, 13])
    list_of(tmp_path, *PARTS)
    with pytest.raises(AtomsDataModuleError, match="does not have the data with which this run began"):
        loaded(joined, splitting=splitting).load_state_dict(state)


def test_a_mean_equals_the_same_number_as_scale(convert: Convert, tmp_path: Path) -> None:
    record = DatabaseMetadata.read(open_database(convert("a.db", [1, 2], replace(SETTINGS, scale="mean"))))
    convert("b.db", [3], replace(SETTINGS, scale=float(f"{record.intensity_scale:.6g}")))  # as printed
    joint = DatabaseMetadata.read(open_database(list_of(tmp_path, "a.db", "b.db")))
    assert joint.settings.scale == joint.intensity_scale == record.intensity_scale


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"energies": np.linspace(288.0, 311.0, 32)}, r"`energies`: .*a.db has 32 .* 310.0, .*b.db has 32 .* 311.0"),
        ({"broadening": 0.4}, r"`broadening`: .*a.db has 0.5, .*b.db has 0.4"),
        ({"directions": np.eye(3)[:2]}, "`directions`"),
        ({"scale": 2e-3}, r"`intensity_scale`: .*a.db has 0.001, .*b.db has 0.002. .*`--scale 0.001`"),
        ({"tensor": False}, "the unit of `spectrum_tensor`: .*a.db has arb. unit, .*b.db has no such property"),
    ],
)
def test_databases_that_differ_are_refused(convert: Convert, tmp_path: Path, settings: dict, message: str) -> None:
    convert("a.db", [1])
    convert("b.db", [3], replace(SETTINGS, **settings))
    with pytest.raises(ValueError, match=message):
        loaded(list_of(tmp_path, "a.db", "b.db"))


def test_another_absorbing_element_is_refused(convert: Convert, tmp_path: Path) -> None:
    convert("a.db", [1])
    dataset = open_database(convert("b.db", [2]))
    record = DatabaseMetadata.read(dataset)
    replace(record, settings=replace(SETTINGS, absorbing_element="O")).write(dataset)
    with pytest.raises(ValueError, match=r"`absorbing_element`: .*a.db has C, .*b.db has O"):
        open_database(list_of(tmp_path, "a.db", "b.db"))


def test_units_that_differ_are_refused(convert: Convert, tmp_path: Path) -> None:
    convert("a.db", [1])
    dataset = open_database(convert("b.db", [2]))
    dataset._set_metadata(dataset.metadata | {"_property_unit_dict": dataset.units | {"excitation_energy": "Ha"}})
    with pytest.raises(ValueError, match=r"unit of `excitation_energy`: .*a.db has eV, .*b.db has Ha"):
        open_database(list_of(tmp_path, "a.db", "b.db"))


def test_a_molecule_in_two_databases_is_refused(convert: Convert, tmp_path: Path) -> None:
    convert("a.db", [1, 2])
    convert("b.db", [2, 3])
    with pytest.raises(ValueError, match=r"a.db and .*b.db have molecules with the same ids: 2"):
        open_database(list_of(tmp_path, "a.db", "b.db"))


def test_other_levels_of_theory_are_joined_with_a_warning(convert: Convert, tmp_path: Path) -> None:
    convert("a.db", [1])
    convert("b.db", [2], level_of_theory="other numbers")
    with pytest.warns(UserWarning, match="different levels of theory: random numbers; other numbers"):
        dataset = open_database(list_of(tmp_path, "a.db", "b.db"))
    assert DatabaseMetadata.read(dataset).level_of_theory == "random numbers | other numbers"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((), "there is no database in this list"),
        (("a.db", "gone.db"), r"gone.db: no such file; it is listed in .*all.txt, line 3"),
        (("a.db", "all.txt"), r"all.txt, line 3: .*all.txt is a list"),
        (("a.db", "a.db.extxyz"), "a.db.extxyz: not a database"),
    ],
)
def test_a_list_that_cannot_be_read_is_named(
    convert: Convert, tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    convert("a.db", [1])
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        open_database(list_of(tmp_path, *names))


def test_a_list_is_compared_with_the_settings_and_never_changed(joined: Path) -> None:
    module = SpectrumDataModule(str(joined), 2, settings=replace(SETTINGS, broadening=0.3))
    with pytest.raises(AtomsDataModuleError, match=r"broadening: 0.5 in the database, 0.3 requested"):
        module.prepare_data()
    with pytest.raises(ValueError, match=r"`data_workdir` does not copy"):
        SpectrumDataModule(str(joined), 2, data_workdir="scratch")
    with pytest.raises(TypeError, match="read-only"):
        JoinedData(joined).update_metadata(mine=1)
