"""Evaluations of models on a database, with table and figures."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.cli import main
from schnetpack_isd.evaluation import (
    evaluate,
)
from schnetpack_isd.transform import RandomDirections

ROWS = [3, 600, 41]


@pytest.mark.parametrize("arguments", [[], ["--random-directions", "2"]])
def test_the_command_prints_errors_and_draws(
    model: NeuralNetworkPotential, sample_db: str, tmp_path: Path, capsys: pytest.CaptureFixture, arguments: list[str]
) -> None:
    torch.save(model, tmp_path / "best_model")
    np.savez(tmp_path / "split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    command = ["evaluate", "--model", str(tmp_path / "best_model"), "--split", str(tmp_path / "split.npz"), "--data"]
    assert main([*command, sample_db, "--plot", str(tmp_path / "sites.png"), *arguments]) == 0
    printed = capsys.readouterr().out
    transforms = [RandomDirections(2)] if arguments else []
    expected = evaluate(model, sample_db, ROWS, transforms, progress=False).squared_errors().mean()
    assert f"{expected:.4f}" in printed
    assert ("linear dichroism" in printed) is not bool(arguments)
    assert (tmp_path / "sites.png").read_bytes().startswith(b"\x89PNG")
    assert main([*command, str(tmp_path / "none.db")]) == 1
    assert "none.db: no such file" in capsys.readouterr().err


def test_figures_and_table_hold_the_errors(
    model: NeuralNetworkPotential, sample_db: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    torch.save(model, "one")
    torch.nn.init.zeros_(model.output_modules[0].outnet[1].weight)
    torch.save(model, "other")
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    molecule_id = int(ASEAtomsData(sample_db)[ROWS[0]]["molecule_id"])
    command = ["evaluate", "--model", "one", "--model", "other", "--data", sample_db, "--split", "split.npz"]
    figures = ["--figures", "figures", "--format", "svg"]
    assert main([*command, "--table", "errors.csv", *figures, "--molecule", str(molecule_id)]) == 0
    names = {
        f"{name}.svg" for name in ("sorted_errors", "percentiles", f"molecule_{molecule_id}", f"turned_{molecule_id}")
    }
    assert {path.name for path in (tmp_path / "figures").iterdir()} == names
    with Path("errors.csv").open() as file:
        table = list(csv.DictReader(file))
    expected = evaluate(torch.load("one", weights_only=False), sample_db, ROWS, progress=False)
    first = [row for row in table if row["model"] == "one"]
    assert len(first) * 2 == len(table) == 2 * expected.squared_errors().size
    np.testing.assert_allclose([float(row["mse"]) for row in first], expected.squared_errors().ravel(), rtol=1e-4)
    assert [row["direction"] for row in first[:3]] == ["x", "y", "z"]
    assert first[0]["id"] == str(molecule_id)
    assert main([*command, "--figures", "figures"]) == 1
    assert "figures exists. Replace figures in it with `--force`" in capsys.readouterr().err
    assert main([*command, "--figures", "figures", "--force", "--molecule", "999999"]) == 1
    assert "has no molecule 999999" in capsys.readouterr().err
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=[700])
    assert main(command) == 1
    assert "it is the split of another database" in capsys.readouterr().err
    Path("split.npz").write_text("1 2 3")
    assert main(command) == 1
    assert "split.npz is not a split file" in capsys.readouterr().err
