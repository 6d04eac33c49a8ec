"""Settings of a conversion, and the record of a database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from schnetpack.data import ASEAtomsData

from schnetpack_isd.data import open_database
from schnetpack_isd.metadata import DatabaseMetadata, SourceFile, SpectrumSettings, energy_axis
from schnetpack_isd.spectra import Broadening


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"energies": [290.0, 289.0]}, "ascending"),
        ({"energies": [290.0, np.nan]}, "ascending"),
        ({"energies": [290.0, np.inf]}, "ascending"),
        ({"energies": [290.0]}, "at least two"),
        ({"broadening": 0.0}, "broadening"),
        ({"directions": 0}, "random directions"),
        ({"directions": [[0, 0, 0]]}, "Direction 0"),
        ({"scale": "median"}, "scale"),
        ({"scale": -1.0}, "scale"),
        ({"scale": 1e-320}, "scale"),
        ({"absorbing_element": "Xx"}, "absorbing_element"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpectrumSettings(**settings)


@pytest.mark.parametrize("num", [1, 2.5, 1e18, 10**18, float("nan")])
def test_the_number_of_energies_is_limited(num: float) -> None:
    with pytest.raises(ValueError, match=r"whole number from 2 to 100,000"):
        energy_axis(290.0, 306.0, num)


def test_an_axis_ascends() -> None:
    assert energy_axis(290.0, 306.0, 5.0).tolist() == [290.0, 294.0, 298.0, 302.0, 306.0]
    with pytest.raises(ValueError, match=r"must ascend .* from 306\.0 to 290\.0"):
        energy_axis(306.0, 290.0, 5)


def test_settings_are_equal_if_their_values_are() -> None:
    one = SpectrumSettings(energies=np.linspace(288.0, 310.0, 256), directions=np.eye(3))
    assert (
        one
        == SpectrumSettings()
        == SpectrumSettings(energies=list(one.energies), directions=[[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    )
    assert hash(one) == hash(SpectrumSettings())


def metadata(**changes: object) -> DatabaseMetadata:
    values = {
        "settings": SpectrumSettings(
            energies=[290.0, 291.0], broadening=0.3, directions=2, direction_seed=5, scale=2.0
        ),
        "intensity_scale": 2.0,
        "level_of_theory": None,
        "sources": {"spectra": SourceFile("in.hdf5", "0" * 64)},
        "version": "0.1.0",
        "n_sites": 5,
        "all_sites": False,
        "elements": ("C", "H"),
    }
    return DatabaseMetadata(**{**values, **changes})


@pytest.fixture
def dataset(tmp_path: Path) -> ASEAtomsData:
    return ASEAtomsData.create(str(tmp_path / "out.db"), distance_unit="Ang", property_unit_dict={})


@pytest.mark.parametrize("changes", [{}, {"elements": None, "level_of_theory": "PBE"}])
def test_a_record_is_read_as_it_was_written(dataset: ASEAtomsData, changes: dict) -> None:
    metadata(**changes).write(dataset)
    assert DatabaseMetadata.read(open_database(dataset.datapath)) == metadata(**changes)


def test_the_record_is_plain_json_under_one_key(dataset: ASEAtomsData) -> None:
    metadata().write(dataset)
    stored = dataset.metadata["core_excitation"]
    assert stored["energies"] == [290.0, 291.0]
    assert stored["directions"] == {"random": 2, "seed": 5}
    assert stored["source"] == {"spectra": {"name": "in.hdf5", "sha256": "0" * 64}}


def test_a_database_without_a_record_is_refused(dataset: ASEAtomsData) -> None:
    with pytest.raises(ValueError, match=r"out\.db has no record of its spectra; .*`spkisd convert`"):
        DatabaseMetadata.read(dataset)


@pytest.mark.parametrize("change", [{"n_sites": None}, {"broadening": "-1.0"}, {"source": [1]}, {"energies": "none"}])
def test_a_damaged_record_is_refused(dataset: ASEAtomsData, change: dict) -> None:
    metadata().write(dataset)
    dataset.update_metadata(core_excitation={**dataset.metadata["core_excitation"], **change})
    with pytest.raises(ValueError, match=r"out\.db: the record of its spectra is damaged"):
        DatabaseMetadata.read(dataset)


def test_an_older_record_has_a_constant_width(dataset: ASEAtomsData) -> None:
    metadata().write(dataset)
    stored = dict(dataset.metadata["core_excitation"])
    assert stored.pop("broadening") == "0.3"
    dataset.update_metadata(core_excitation={**stored, "sigma": 0.3})
    path = Path(dataset.datapath)
    assert DatabaseMetadata.read(open_database(path)) == metadata()


def test_differences_are_named() -> None:
    other = replace(metadata().settings, broadening=Broadening((0.3, 2.0), (294.0, 308.0)), tensor=True)
    sources = {"spectra": SourceFile("in.hdf5", "1" * 64)}
    assert metadata().differences(metadata().settings) == ()
    assert metadata().differences(other, sources) == (
        "broadening: 0.3 in the database, 294.0:0.3 308.0:2.0 requested",
        "tensor: False in the database, True requested",
        "source: in.hdf5 (SHA-256 00000000...) in the database, in.hdf5 (SHA-256 11111111...) requested",
    )
