"""Requests for evaluations."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from schnetpack.data import ASEAtomsData
from support.evaluation import ROWS

from schnetpack_isd.evaluation import EvaluationRequest
from schnetpack_isd.transform import RandomDirections


@pytest.fixture
def split(tmp_path: Path) -> Path:
    np.savez(tmp_path / "split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    return tmp_path / "split.npz"


@pytest.fixture
def molecule_id(sample_db: str) -> int:
    """The id of a molecule in the test part."""
    return int(ASEAtomsData(sample_db)[ROWS[0]]["molecule_id"])


def test_the_test_part_is_evaluated_and_the_training_part_is_the_baseline(sample_db: str, split: Path) -> None:
    assert EvaluationRequest(sample_db, split).rows() == (ROWS, [1, 2, 5])


def test_without_a_split_all_rows_are_both(sample_db: str) -> None:
    rows = list(range(len(ASEAtomsData(sample_db))))
    assert EvaluationRequest(sample_db).rows() == (rows, rows)


def test_a_split_of_another_database_is_refused(sample_db: str) -> None:
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=[700])
    with pytest.raises(ValueError, match="it is the split of another database"):
        EvaluationRequest(sample_db, "split.npz").check()


def test_another_file_is_not_a_split(sample_db: str) -> None:
    Path("split.npz").write_text("1 2 3")
    with pytest.raises(ValueError, match=r"split\.npz is not a split file"):
        EvaluationRequest(sample_db, "split.npz").check()


def test_random_directions_replace_those_of_the_database(sample_db: str) -> None:
    [transform] = EvaluationRequest(sample_db, random_directions=4).transforms()
    assert isinstance(transform, RandomDirections)
    assert transform.n_directions == 4
    assert not EvaluationRequest(sample_db).transforms()


def test_random_directions_need_tensors(without_tensors: str) -> None:
    EvaluationRequest(without_tensors).check()
    with pytest.raises(ValueError, match=r"plain\.db has no tensors, which random directions need"):
        EvaluationRequest(without_tensors, random_directions=4).check()


def test_molecules_must_be_in_the_database(sample_db: str) -> None:
    with pytest.raises(ValueError, match=r"sample\.db has no molecule 999999"):
        EvaluationRequest(sample_db, molecules=[999999]).check()


@pytest.mark.parametrize("random_directions", [None, 2])
def test_molecules_must_be_in_the_test_part(sample_db: str, split: Path, random_directions: int | None) -> None:
    training = int(ASEAtomsData(sample_db)[1]["molecule_id"])
    with pytest.raises(ValueError, match=rf"Molecule {training} is not in the test part of .*split\.npz"):
        EvaluationRequest(sample_db, split, random_directions, [training]).check()


def test_drawing_molecules_needs_rdkit(sample_db: str, molecule_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match="RDKit is needed"):
        EvaluationRequest(sample_db, molecules=[molecule_id]).check()


def test_figures_that_are_left_out_are_explained(sample_db: str, without_tensors: str, molecule_id: int) -> None:
    assert EvaluationRequest(sample_db, molecules=[molecule_id]).omission_notes() == ()
    [no_axes] = EvaluationRequest(sample_db, random_directions=4, molecules=[molecule_id]).omission_notes()
    assert "along x, y and z only" in no_axes
    [no_tensors] = EvaluationRequest(without_tensors, molecules=[molecule_id]).omission_notes()
    assert "has no tensors" in no_tensors


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ([], "at least two edges in eV, not 0"),
        ([300], "at least two edges in eV, not 1"),
        ([290, 300, 295], "must be ascending numbers in eV, not 290, 300, 295"),
        ([290, float("nan")], "must be ascending numbers in eV, not 290, nan"),
        ([280, 290, 320], "from 289 to 314 eV; outside are 280, 320"),
        ([290, 300, 300.01], "No energy of the axis is in the band from 300 to 300.01 eV"),
    ],
)
def test_bands_are_ascending_and_on_the_axis(sample_db: str, bands: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EvaluationRequest(sample_db, bands=bands).check()
