"""Evaluations of models on a database, with table and figures."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from schnetpack.model import NeuralNetworkPotential
from support.evaluation import ROWS

from schnetpack_isd.cli import main
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import Evaluation, EvaluationRequest, evaluate_file, evaluate_sphere, report
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.models import SpectrumModel, save_model

FIGURES = ["sorted_errors", "percentiles", "equivalent_errors"]
"""Figures of the errors of every model."""


@pytest.fixture
def request_(sample_db: str) -> EvaluationRequest:
    """Three test molecules."""
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    return EvaluationRequest(sample_db, "split.npz")


@pytest.fixture
def files(model: NeuralNetworkPotential) -> list[str]:
    """Two models with different weights."""
    save_model(model, "one")
    torch.nn.init.constant_(model.output_modules[0].outnet[1].bias, 0.5)
    save_model(model, "other")
    return ["one", "other"]


@pytest.fixture
def molecule_id(sample_db: str) -> int:
    """The id of a molecule in the test part."""
    return int(ASEAtomsData(sample_db)[ROWS[0]]["molecule_id"])


def test_spectra_are_those_of_the_test_part(
    request_: EvaluationRequest, model: NeuralNetworkPotential, evaluation: Evaluation
) -> None:
    [(name, found)] = evaluate_file(request_, [model], progress=False).evaluations.items()
    assert name == "in memory"
    np.testing.assert_array_equal(found.calculated, evaluation.calculated)
    np.testing.assert_allclose(found.predicted, evaluation.predicted, rtol=1e-5, atol=1e-6)


def test_all_directions_are_evaluated_if_the_database_has_tensors(
    request_: EvaluationRequest, model: NeuralNetworkPotential, without_tensors: str
) -> None:
    [found] = evaluate_file(request_, [model], progress=False).evaluations.values()
    assert found.sphere is not None
    assert found.sphere.share() == evaluate_sphere(model, request_.database, ROWS, progress=False).share()
    [found] = evaluate_file(
        EvaluationRequest(without_tensors, request_.split), [model], progress=False
    ).evaluations.values()
    assert found.sphere is None


@pytest.mark.parametrize("random_directions", [None, 2])
def test_a_model_of_tensors_is_evaluated_like_others(
    request_: EvaluationRequest, tensor_model: NeuralNetworkPotential, random_directions: int | None
) -> None:
    request = replace(request_, random_directions=random_directions)
    result = evaluate_file(request, [tensor_model], progress=False)
    [found] = result.evaluations.values()
    assert found.sphere is not None
    assert found.sphere.share() == evaluate_sphere(tensor_model, request.database, ROWS, progress=False).share()
    assert "all directions (sphere)" in result.report()
    assert ("linear dichroism" in result.report()) is (random_directions is None)


def test_the_report_has_the_bands_of_the_request(request_: EvaluationRequest, model: NeuralNetworkPotential) -> None:
    request = replace(request_, bands=[289, 291.5, 300])
    text = evaluate_file(request, [model], progress=False).report()
    assert text.splitlines()[1].split()[-3:] == ["all", "289-291.5", "291.5-300"]


def test_the_report_of_one_model_has_no_heading(request_: EvaluationRequest, files: list[str]) -> None:
    result = evaluate_file(request_, files[:1], progress=False)
    assert result.report() == report(result.evaluations["one"], result.baseline)


def test_the_report_of_several_models_names_each(request_: EvaluationRequest, files: list[str]) -> None:
    result = evaluate_file(request_, files, progress=False)
    one, other = (report(result.evaluations[name], result.baseline) for name in files)
    assert result.report() == f"\none\n{one}\n\nother\n{other}"


def test_the_table_has_all_models(request_: EvaluationRequest, files: list[str]) -> None:
    evaluate_file(request_, files, table="errors.csv", progress=False)
    with Path("errors.csv").open() as file:
        names = [row["model"] for row in csv.DictReader(file)]
    assert names == sorted(names)
    assert names.count("one") == names.count("other") > 0


def test_the_folder_has_the_papers_figures(request_: EvaluationRequest, files: list[str]) -> None:
    result = evaluate_file(request_, files, figures="figures", figure_format="svg", progress=False)
    assert [path.name for path in result.figures] == [f"{name}.svg" for name in FIGURES]
    assert {path.name for path in Path("figures").iterdir()} == {f"{name}.svg" for name in FIGURES}


def test_an_ensemble_has_a_figure_and_lines_of_its_uncertainty(
    request_: EvaluationRequest, ensemble: SpectrumEnsemble
) -> None:
    result = evaluate_file(request_, [ensemble], figures="figures", progress=False)
    assert [path.stem for path in result.figures] == [*FIGURES, "uncertainty"]
    assert "errors inside the intervals of the ensemble" in result.report()


def test_each_molecule_has_two_figures_more(
    sample_db: str, request_: EvaluationRequest, model: NeuralNetworkPotential, molecule_id: int
) -> None:
    request = EvaluationRequest(sample_db, request_.split, molecules=[molecule_id])
    result = evaluate_file(request, [model], figures="figures", progress=False)
    expected = [*FIGURES, f"molecule_{molecule_id}", f"rotated_{molecule_id}"]
    assert [path.name for path in result.figures] == [f"{name}.png" for name in expected]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in result.figures)
    assert result.notes == ()


def test_random_directions_leave_out_the_sites_of_molecules(
    sample_db: str, request_: EvaluationRequest, model: NeuralNetworkPotential, molecule_id: int
) -> None:
    request = EvaluationRequest(sample_db, request_.split, random_directions=2, molecules=[molecule_id])
    result = evaluate_file(request, [model], figures="figures", progress=False)
    assert [path.stem for path in result.figures] == [*FIGURES, f"rotated_{molecule_id}"]
    assert len(result.notes) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch size must be at least 1"),
        ({"device": "nowhere"}, ValueError, "nowhere"),
        ({"table": "there"}, ValueError, r"there: the name of a table must end in \.csv"),
        ({"table": "there.csv"}, FileExistsError, r"there\.csv exists"),
        ({"table": "nowhere/errors.csv"}, FileNotFoundError, "the folder nowhere does not exist"),
        ({"plot": "there"}, FileExistsError, "there exists"),
        ({"plot": "sites.txt"}, ValueError, "must end in one of"),
        ({"figures": "here"}, FileExistsError, "here exists. Replace figures in it with `--force`"),
        ({"figures": "there", "overwrite": True}, FileExistsError, "there is a file; give the name of a folder"),
        ({"figures": "new", "figure_format": "txt"}, ValueError, "must end in one of"),
    ],
)
def test_arguments_are_checked_first(
    request_: EvaluationRequest,
    model: NeuralNetworkPotential,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict,
    error: type[Exception],
    message: str,
) -> None:
    Path("there").write_text("mine")
    Path("there.csv").write_text("mine")
    Path("here").mkdir()
    monkeypatch.setattr(model, "forward", None)  # must not be called
    with pytest.raises(error, match=message):
        evaluate_file(request_, [model], progress=False, **arguments)
    assert Path("there").read_text() == "mine"


def test_molecules_need_a_folder_of_figures(sample_db: str, model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match="drawn into the folder of figures"):
        evaluate_file(EvaluationRequest(sample_db, molecules=[1]), [model])


def test_outputs_are_replaced_on_request(request_: EvaluationRequest, model: NeuralNetworkPotential) -> None:
    Path("errors.csv").write_text("old")
    evaluate_file(request_, [model], table="errors.csv", overwrite=True, progress=False)
    assert Path("errors.csv").read_text().startswith("model,id,site")


def test_two_models_need_two_names(request_: EvaluationRequest, model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match="Two models have the name 'in memory'"):
        evaluate_file(request_, [model, model], progress=False)
    named = SpectrumModel(model, "another", None)
    assert list(evaluate_file(request_, [model, named], progress=False).evaluations) == ["in memory", "another"]


def test_a_model_that_does_not_fit_is_named_before_any_is_evaluated(
    request_: EvaluationRequest,
    model: NeuralNetworkPotential,
    make_model: Callable[..., NeuralNetworkPotential],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = {"n_out": None, "energies": np.linspace(288.0, 310.0, 256), "intensity_scale": 1.0}
    unfit = SpectrumModel(make_model(head=head).float(), "unfit", None)
    monkeypatch.setattr(model, "forward", None)  # must not be called
    with pytest.raises(ValueError, match=r"is on the energy axis 289\.00 .*, the model unfit on 288\.00"):
        evaluate_file(request_, [model, unfit], progress=False)


def test_molecules_of_the_training_are_counted(
    sample_db: str, request_: EvaluationRequest, model: NeuralNetworkPotential, molecule_id: int
) -> None:
    sources = DatabaseMetadata.read(ASEAtomsData(sample_db)).sources
    head = model.output_modules[0]
    head.training_ids, head.sources = [molecule_id, 10**6], {role: file.sha256 for role, file in sources.items()}
    with pytest.warns(UserWarning, match="1 of the 3 molecules to evaluate are among those that in memory was trained"):
        evaluate_file(request_, [model], progress=False)
    head.sources["structures"] = "0" * 64  # the same ids of other molecules
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*molecules to evaluate")
        evaluate_file(request_, [model], progress=False)


@pytest.mark.parametrize("output", ["table", "plot", "figures"])
@pytest.mark.parametrize("name", ["sample.db", "split.npz", "one"])
def test_no_output_may_be_an_input(sample_db: str, files: list[str], output: str, name: str) -> None:
    Path("sample.db").symlink_to(sample_db)
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    before = Path(name).read_bytes()
    with pytest.raises((ValueError, FileExistsError), match=r"is an input of|is a file|must end in"):
        evaluate_file(EvaluationRequest("sample.db", "split.npz"), files, overwrite=True, **{output: name})
    assert Path(name).read_bytes() == before


def test_no_output_may_be_another_output(request_: EvaluationRequest, model: NeuralNetworkPotential) -> None:
    with pytest.raises(ValueError, match=r"out\.csv is the name of two outputs"):
        evaluate_file(request_, [model], table="out.csv", figures="out.csv")


def test_there_must_be_a_model(request_: EvaluationRequest) -> None:
    with pytest.raises(ValueError, match="no model to evaluate"):
        evaluate_file(request_, [])


def test_the_command_prints_the_report_and_its_files(
    sample_db: str, request_: EvaluationRequest, files: list[str], capsys: pytest.CaptureFixture
) -> None:
    command = ["evaluate", "--data", sample_db, "--split", "split.npz", "--model", "one", "--model", "other"]
    outputs = ["--table", "errors.csv", "--plot", "sites.png", "--figures", "figures", "--format", "pdf"]
    assert main([*command, *outputs]) == 0
    assert capsys.readouterr().out.splitlines() == [
        *evaluate_file(request_, files, progress=False).report().splitlines(),
        "Error of each site and direction: errors.csv",
        "Spectra of a good, a median and the worst site: sites.png",
        *(f"figures/{name}.pdf" for name in FIGURES),
    ]


def test_the_command_evaluates_along_random_directions(
    sample_db: str, files: list[str], capsys: pytest.CaptureFixture
) -> None:
    np.savez("split.npz", train_idx=[1, 2, 5], val_idx=[6], test_idx=ROWS)
    command = ["evaluate", "--model", files[0], "--data", sample_db, "--split", "split.npz"]
    assert main([*command, "--random-directions", "2"]) == 0
    assert "3 molecules, 6 sites, 2 directions" in capsys.readouterr().out


def test_the_command_refuses_bands_that_are_not_on_the_axis(
    sample_db: str, files: list[str], capsys: pytest.CaptureFixture
) -> None:
    command = ["evaluate", "--model", files[0], "--data", sample_db]
    assert main([*command, "--bands", "291", "300", "320"]) == 1
    assert "from 289 to 314 eV; outside are 320" in capsys.readouterr().err


def test_the_command_names_a_database_that_does_not_exist(files: list[str], capsys: pytest.CaptureFixture) -> None:
    assert main(["evaluate", "--model", files[0], "--data", "none.db"]) == 1
    assert "none.db: no such file" in capsys.readouterr().err
