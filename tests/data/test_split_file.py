"""Split files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from schnetpack.data import AtomsDataModule

from schnetpack_isd.cli import main
from schnetpack_isd.datasets import CKSample, sample_settings


@pytest.mark.parametrize("arguments", [[], ["--by", "scaffold"], ["--by", "size", "--max-heavy-atoms", "5"]])
def test_a_split_file_serves_schnetpacks_own_data_module(sample_db: str, arguments: list[str], tmp_path: Path) -> None:
    path = tmp_path / "split.npz"
    assert main(["split", sample_db, str(path), *arguments]) == 0
    plain = AtomsDataModule(sample_db, 8, split_file=str(path), num_workers=0)
    plain.setup()
    ours = CKSample(sample_db, 8, split_file=str(path), settings=sample_settings())
    ours.prepare_data()
    ours.setup()
    with np.load(path) as parts:
        for module in (plain, ours):
            assert module.train_idx == parts["train_idx"].tolist()
            assert module.test_idx == parts["test_idx"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample.db", "there.npz"], "there.npz exists"),
        (["sample.db", "split.txt"], "must end in .npz"),
        (["none.db", "split.npz"], "none.db: no such file"),
        (["there.npz", "split.npz"], "there.npz: not a database as SchNetPack uses it"),
        (["sample.db", "split.npz", "--by", "scaffold", "--seed", "1"], "--seed is not an option of --by scaffold"),
        (["sample.db", "split.npz", "--by", "random", "--added", "9", "3"], "first and the last id of each group"),
        (["sample.db", "split.npz", "--fractions", "1", "1", "1"], "--fractions is not an option of --by paper"),
        (["sample.db", "split.npz", "--by", "scaffold", "--fractions", "1", "1", "1"], "that add up to 1"),
    ],
)
def test_the_command_says_why_it_does_not_split(
    sample_db: str, tmp_path: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    (tmp_path / "sample.db").symlink_to(sample_db)
    (tmp_path / "there.npz").write_bytes(b"mine")
    assert main(["split", *arguments]) == 1  # each test has a folder of its own
    assert message in capsys.readouterr().err
    assert (tmp_path / "there.npz").read_bytes() == b"mine"
    assert not (tmp_path / "split.npz").exists()
