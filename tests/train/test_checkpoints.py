"""Damaged checkpoints."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from schnetpack_isd.train.checkpoints import replace_damaged_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Checkpoints of three epochs and the last one, in the order of their times."""
    for number, name in enumerate(("epoch=01", "epoch=02", "last")):
        torch.save({"epoch": number, "weights": torch.rand(1000)}, tmp_path / f"{name}.ckpt")
        os.utime(tmp_path / f"{name}.ckpt", (number, number))
    return tmp_path


def spoil(path: Path, kind: str) -> None:
    content = bytearray(path.read_bytes())
    if kind == "zeros":
        content[len(content) // 2 : len(content) // 2 + 100] = bytes(100)
    path.write_bytes(content[: len(content) // 2] if kind == "truncated" else content)


def test_an_intact_checkpoint_stays(folder: Path) -> None:
    before = (folder / "last.ckpt").read_bytes()
    replace_damaged_checkpoint(folder)
    assert (folder / "last.ckpt").read_bytes() == before
    replace_damaged_checkpoint(folder / "none")


@pytest.mark.parametrize("kind", ["truncated", "zeros"])
def test_a_damaged_checkpoint_is_replaced_by_the_newest_intact_one(folder: Path, kind: str) -> None:
    spoil(folder / "last.ckpt", kind)
    damaged = (folder / "last.ckpt").read_bytes()
    with pytest.warns(UserWarning, match=r"last\.ckpt is damaged; the run continues from epoch=02\.ckpt"):
        replace_damaged_checkpoint(folder)
    assert torch.load(folder / "last.ckpt")["epoch"] == 1
    assert (folder / "last.ckpt.damaged").read_bytes() == damaged


def test_without_an_intact_checkpoint_there_is_an_error(folder: Path) -> None:
    for path in folder.glob("*.ckpt"):
        spoil(path, "truncated")
    with pytest.raises(ValueError, match="no other intact checkpoint"):
        replace_damaged_checkpoint(folder)
