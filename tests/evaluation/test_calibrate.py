"""Calibration of ensembles, and the command that combines models."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch
from schnetpack.data import ASEAtomsData
from support.models import CUTOFF

from schnetpack_isd.cli import main
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.evaluation import calibrate, evaluate
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.model_files import model_to_dict
from schnetpack_isd.models import load_ensemble, load_spectrum_model, save_model

TRAINING = list(range(0, 60, 2))
VALIDATION = list(range(1, 40, 2))


def fit(ensemble: SpectrumEnsemble, datapath: str) -> None:
    calibrate(ensemble, datapath, TRAINING, VALIDATION, progress=False)


@pytest.mark.parametrize("kind", ["ensemble", "tensor_ensemble"])
def test_calibration_sets_deviation_and_score_alone(request: pytest.FixtureRequest, sample_db: str, kind: str) -> None:
    ensemble = request.getfixturevalue(kind)
    members = deepcopy(ensemble.members)
    before = evaluate(ensemble, sample_db, VALIDATION, progress=False)
    fit(ensemble, sample_db)
    after = evaluate(ensemble, sample_db, VALIDATION, progress=False)
    for member, former in zip(ensemble.members, members, strict=True):
        assert model_to_dict(member) == model_to_dict(former)
        torch.testing.assert_close(member.state_dict(), former.state_dict(), rtol=0, atol=0)
    np.testing.assert_array_equal(after.predicted, before.predicted)
    expected = ensemble.uncertainty.spectrum[0.6827] * before.uncertainty.spectrum_std
    np.testing.assert_allclose(after.uncertainty.spectrum_std, expected, rtol=1e-4)
    assert ensemble.uncertainty.source == f"{len(before.molecule_id)} sites of 20 structures"
    assert (ensemble.neighborhood.elements, ensemble.neighborhood.cutoff) == (["C", "F", "H", "N", "O"], CUTOFF)
    assert before.uncertainty.extrapolation_score is None
    scores = after.uncertainty.extrapolation_score
    highest = [scores[after.molecule_id == number].max() for number in np.unique(after.molecule_id)]
    assert np.quantile(highest, 0.98) == pytest.approx(1.0, abs=1e-4)


def test_intervals_hold_their_share_of_the_errors(tensor_ensemble: SpectrumEnsemble, sample_db: str) -> None:
    fit(tensor_ensemble, sample_db)
    found = evaluate(tensor_ensemble, sample_db, VALIDATION, progress=False)
    for level, share in found.uncertainty.coverage(found.predicted - found.calculated).items():
        assert share == pytest.approx(level, abs=1e-3)
    errors = np.abs(found.predicted_ionization_energy - found.ionization_energy)
    n_inside = np.sum(errors <= 1.001 * found.uncertainty.ionization_energy_std)
    assert n_inside == np.ceil(0.6827 * (len(errors) + 1))


def test_only_predicted_thresholds_are_calibrated(ensemble: SpectrumEnsemble, sample_db: str) -> None:
    assert evaluate(ensemble, sample_db, VALIDATION, progress=False).predicted_ionization_energy is None
    fit(ensemble, sample_db)
    assert ensemble.uncertainty.ionization_energy is None


def test_a_former_calibration_does_not_matter(ensemble: SpectrumEnsemble, sample_db: str) -> None:
    fit(ensemble, sample_db)
    uncertainty, score = ensemble.uncertainty, deepcopy(ensemble.neighborhood.state_dict())
    fit(ensemble, sample_db)
    assert ensemble.uncertainty == uncertainty
    torch.testing.assert_close(ensemble.neighborhood.state_dict(), score, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("training", "validation", "elements", "message"),
    [
        (TRAINING, [], ["C", "H"], r"no rows of .*sample\.db to evaluate"),
        ([], VALIDATION, ["C", "H"], r"no training rows of .*sample\.db"),
        (TRAINING, VALIDATION, None, "in memory does not know the elements of its training data"),
    ],
)
def test_what_cannot_be_calibrated_stays_as_it_is(
    ensemble: SpectrumEnsemble,
    sample_db: str,
    training: list[int],
    validation: list[int],
    elements: list[str] | None,
    message: str,
) -> None:
    fit(ensemble, sample_db)
    uncertainty, score = ensemble.uncertainty, ensemble.neighborhood
    for member in ensemble.members:
        member.output_modules[0].elements = elements
    with pytest.raises(ValueError, match=message):
        calibrate(ensemble, sample_db, training, validation, progress=False)
    assert ensemble.uncertainty is uncertainty
    assert ensemble.neighborhood is score


def test_molecules_of_the_training_part_give_a_warning(ensemble: SpectrumEnsemble, sample_db: str) -> None:
    ids = [int(ASEAtomsData(sample_db)[row]["molecule_id"]) for row in (*TRAINING[:3], *VALIDATION[:2])]
    sources = DatabaseMetadata.read(ASEAtomsData(sample_db)).sources
    for member in ensemble.members:
        head = member.output_modules[0]
        head.training_ids, head.sources = ids, {role: file.sha256 for role, file in sources.items()}
    with pytest.warns(
        UserWarning, match="2 of the 20 molecules to evaluate are among those that in memory was trained"
    ):
        fit(ensemble, sample_db)


@pytest.fixture
def files(ensemble: SpectrumEnsemble) -> list[str]:
    """Files of trainings and their split."""
    names = []
    for number, member in enumerate(ensemble.members):
        names.append(f"seed{number}")
        save_model(member, names[-1])
    np.savez("split.npz", train_idx=TRAINING, val_idx=VALIDATION, test_idx=[41])
    return names


def test_the_command_combines_and_calibrates_models(
    files: list[str], sample_db: str, capsys: pytest.CaptureFixture
) -> None:
    command = ["ensemble", *files, "-o", "all.safetensors", "--data", sample_db, "--split", "split.npz"]
    assert main(command) == 0
    assert capsys.readouterr().out.splitlines() == ["all.safetensors"]
    expected = load_ensemble(files)
    fit(expected, sample_db)
    found = load_spectrum_model("all.safetensors").module
    assert found.uncertainty == expected.uncertainty
    torch.testing.assert_close(found.state_dict(), expected.state_dict(), rtol=0, atol=0)
    before = Path("all.safetensors").read_bytes()
    assert main(command) == 1
    assert "all.safetensors exists. Replace it with `--force`" in capsys.readouterr().err
    assert Path("all.safetensors").read_bytes() == before
    assert main([*command, "--force", "--half-precision"]) == 0
    assert Path("all.safetensors").stat().st_size < len(before)


def test_the_command_needs_no_database(files: list[str]) -> None:
    assert main(["ensemble", *files, "-o", "all.safetensors"]) == 0
    found = load_spectrum_model("all.safetensors")
    assert found.uncertainty == "one standard deviation of an ensemble of 3 models, not calibrated"
    assert not found.has_extrapolation_score


def test_the_command_takes_the_members_of_the_bundled_model(capsys: pytest.CaptureFixture) -> None:
    assert main(["ensemble", "ck_edge", "-o", "all.safetensors", "--half-precision"]) == 0
    bundled, found = load_spectrum_model("ck_edge"), load_spectrum_model("all.safetensors")
    assert found.uncertainty == "one standard deviation of an ensemble of 4 models, not calibrated"
    for member, expected in zip(found.members, bundled.members, strict=True):
        torch.testing.assert_close(member.module.state_dict(), expected.module.state_dict(), rtol=0, atol=0)
    assert main(["ensemble", "ck_edge", "all.safetensors", "-o", "twice.safetensors"]) == 1
    assert "all.safetensors, member 0 has the same weights as ck_edge, member 0" in capsys.readouterr().err


def test_the_command_names_a_model_that_does_not_fit(
    files: list[str], ensemble: SpectrumEnsemble, capsys: pytest.CaptureFixture
) -> None:
    ensemble.members[0].output_modules[0].intensity_scale *= 2
    save_model(ensemble.members[0], "other")
    assert main(["ensemble", *files, "other", "-o", "all.safetensors"]) == 1
    assert "spkisd ensemble: other has the intensity scale" in capsys.readouterr().err
    assert not Path("all.safetensors").exists()


@pytest.mark.parametrize(("option", "wrong"), [("--split", "seed0"), ("--data", "split.npz"), ("--data", "none.db")])
def test_the_command_names_a_file_of_another_kind(
    files: list[str], sample_db: str, capsys: pytest.CaptureFixture, option: str, wrong: str
) -> None:
    given = {"--data": sample_db, "--split": "split.npz", option: wrong}
    options = [text for pair in given.items() for text in pair]
    assert main(["ensemble", *files, "-o", "all.safetensors", *options]) == 1
    assert wrong in capsys.readouterr().err
    assert not Path("all.safetensors").exists()
