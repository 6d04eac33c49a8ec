"""Merging the shards of a prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from schnetpack_isd.cli import main
from schnetpack_isd.prediction import PredictionRequest, Shard, SpectrumStore, merge, predict_file

pytestmark = pytest.mark.usefixtures("folder")

PARTS = ["part3.hdf5", "part1.hdf5", "part2.hdf5"]


def predict(output: str, shard: str | None = None, **arguments: object) -> None:
    part = None if shard is None else Shard.parse(shard)
    request = PredictionRequest("frames.extxyz", **{"sites": True, **arguments}, shard=part)
    predict_file(request, "best_model", output, progress=False)


def predict_parts() -> None:
    for part in (1, 2, 3):
        predict(f"part{part}.hdf5", f"{part}/3")


def test_shards_are_merged_in_the_order_of_the_structures() -> None:
    predict("whole.hdf5")
    predict_parts()
    merge(PARTS, "merged.hdf5", progress=False)
    with SpectrumStore("whole.hdf5") as whole, SpectrumStore("merged.hdf5") as merged:
        assert merged.record == whole.record
        for one, other in zip(whole.rows(), merged.rows(), strict=True):
            assert (one.structure, one.atom, one.label) == (other.structure, other.atom, other.label)
            np.testing.assert_allclose(one.spectrum, other.spectrum, rtol=1e-4, atol=1e-5)


def test_a_single_file_is_converted() -> None:
    predict("whole.hdf5")
    assert main(["merge", "whole.hdf5", "-o", "converted.csv"]) == 0
    assert Path("converted.csv").read_text().startswith("# program: schnetpack-isd")


def test_a_damaged_part_is_refused_wherever_the_damage_is() -> None:
    predict_parts()
    content = Path("part1.hdf5").read_bytes()
    expected = None
    merge(PARTS, "whole.hdf5", progress=False)
    with SpectrumStore("whole.hdf5") as store:
        expected = [(row.name, row.spectrum.tolist(), row.direction.tolist()) for row in store.rows()]
    n_refused = 0
    for start in range(0, len(content), 997):
        Path("part1.hdf5").write_bytes(content[:start] + bytes(600) + content[start + 600 :])
        try:
            merge(PARTS, "merged.hdf5", overwrite=True, progress=False)
        except ValueError as error:
            n_refused += 1
            assert "part1.hdf5" in str(error) or "parts 1/3, 2/3, 3/3" in str(error)  # noqa: PT017
            continue
        with SpectrumStore("merged.hdf5") as store:  # the damage was in space that is not used
            found = [(row.name, row.spectrum.tolist(), row.direction.tolist()) for row in store.rows()]
        np.testing.assert_equal(found, expected)
    assert n_refused > 0


def test_missing_parts_are_named() -> None:
    predict_parts()
    with pytest.raises(ValueError, match="The parts 1/3, 2/3, 3/3 were expected, not 1/3, 3/3"):
        merge(PARTS[:2], "some.hdf5")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sites": False}, "`sites` is no, expected yes"),
        ({"energy_shift": 1.0}, r"`energy_shift` is 1\.0, expected 0\.0"),
        ({"directions": ["z"]}, "`labels` is z, expected x; y; z; isotropic"),
    ],
)
def test_parts_of_another_prediction_are_refused(arguments: dict, message: str) -> None:
    predict("part1.hdf5", "1/2")
    predict("other.hdf5", "2/2", **arguments)
    with pytest.raises(ValueError, match=rf"other\.hdf5 belongs to a different prediction than part1\.hdf5: {message}"):
        merge(["part1.hdf5", "other.hdf5"], "some.hdf5")
    assert not Path("some.hdf5").exists()


def test_whole_predictions_are_not_parts() -> None:
    predict("one.hdf5")
    predict("two.hdf5")
    with pytest.raises(ValueError, match="they were made without --shard"):
        merge(["one.hdf5", "two.hdf5"], "some.hdf5")


def test_other_files_are_refused() -> None:
    with pytest.raises(ValueError, match=r"best_model: not a readable HDF5 file"):
        merge(["best_model"], "some.hdf5")
    with pytest.raises(FileNotFoundError, match=r"none\.hdf5: no such file"):
        merge(["none.hdf5"], "some.hdf5")


def predict_tensors(output: str, part: Shard | None = None) -> None:
    request = PredictionRequest("frames.extxyz", ["z"], sites=True, tensor=True, shard=part)
    predict_file(request, "tensor_model", output, progress=False)


def test_tensors_are_merged_in_the_order_of_the_structures() -> None:
    predict_tensors("whole.hdf5")
    for part in (1, 2, 3):
        predict_tensors(f"part{part}.hdf5", Shard(part, 3))
    merge(PARTS, "merged.hdf5", progress=False)
    merge(PARTS, "merged.npz", progress=False)
    with SpectrumStore("whole.hdf5") as whole, SpectrumStore("merged.hdf5") as merged, np.load("merged.npz") as arrays:
        assert merged.record == whole.record
        expected, found = list(whole.tensors()), list(merged.tensors())
        assert [(row.structure, row.atom) for row in found] == [(row.structure, row.atom) for row in expected]
        np.testing.assert_allclose(
            [row.tensor for row in found], [row.tensor for row in expected], rtol=1e-4, atol=1e-5
        )
        np.testing.assert_array_equal(arrays["tensor"], [row.tensor for row in found])


def test_a_format_without_tensors_gets_the_spectra_with_a_warning() -> None:
    predict_tensors("whole.hdf5")
    with pytest.warns(UserWarning, match=r"out\.csv has the spectra only: files that end in \.csv cannot hold tensors"):
        merge(["whole.hdf5"], "out.csv", progress=False)
    assert "# tensor: no" in Path("out.csv").read_text()


@pytest.mark.usefixtures("ensembles")
def test_standard_deviations_are_merged() -> None:
    for output, shard in (("whole.hdf5", None), *((f"part{part}.hdf5", Shard(part, 3)) for part in (1, 2, 3))):
        request = PredictionRequest("frames.extxyz", sites=True, shard=shard)
        predict_file(request, "tensors.safetensors", output, progress=False)
    merge(PARTS, "merged.hdf5", progress=False)
    merge(["merged.hdf5"], "copy.hdf5", progress=False)
    with SpectrumStore("whole.hdf5") as whole, SpectrumStore("copy.hdf5") as merged:
        assert merged.record == whole.record
        for name in ("structure", "atom", "label"):
            np.testing.assert_array_equal(merged.read(name, slice(None)), whole.read(name, slice(None)))
        for name in ("spectrum", "spectrum_std", "ionization_energy_std", "extrapolation_score"):
            found, expected = merged.read(name, slice(None)), whole.read(name, slice(None))
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.usefixtures("ensembles")
def test_parts_of_a_single_model_and_of_an_ensemble_are_refused() -> None:
    for part, model in enumerate(("best_model", "spectra.safetensors"), start=1):
        request = PredictionRequest("frames.extxyz", shard=Shard(part, 2))
        predict_file(request, model, f"part{part}.hdf5", progress=False)
    with pytest.raises(ValueError, match=r"part2\.hdf5 belongs to a different prediction than part1\.hdf5"):
        merge(["part1.hdf5", "part2.hdf5"], "some.hdf5")
