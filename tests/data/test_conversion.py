"""Stick spectra and structures to a database."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from ase.db import connect
from schnetpack.data import ASEAtomsData
from support.source import ENERGIES, IDS, Source

from schnetpack_isd.cli import main
from schnetpack_isd.directions import random_directions
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.spectra.broadening import broaden


def test_rows_hold_structures_spectra_and_sites(source: Source) -> None:
    metadata = source.convert(scale=2.0)
    dataset = ASEAtomsData(str(source.database))
    assert [int(dataset[row]["molecule_id"]) for row in range(3)] == sorted(IDS)
    for row, molecule_id in enumerate(sorted(IDS)):
        properties, atoms = dataset[row], source.atoms[molecule_id]
        sites = np.flatnonzero(atoms.numbers == 6)[:2]
        assert properties["_atomic_numbers"].tolist() == atoms.numbers.tolist()
        np.testing.assert_allclose(properties["_positions"], atoms.positions, atol=1e-7)
        assert np.flatnonzero(properties["site_mask"]).tolist() == sites.tolist()
        assert properties["direction"].tolist() == [np.eye(3).tolist()]
        assert properties["excitation_energy"].tolist() == (290.0 + sites).tolist()
        for number, site in enumerate(sites):
            energies, dipoles = source.lines(molecule_id, site)
            expected = broaden(energies, dipoles**2, ENERGIES, 0.5) / 2.0
            np.testing.assert_allclose(properties["spectrum"][number], expected, rtol=1e-5, atol=1e-7)
    assert DatabaseMetadata.read(dataset) == metadata
    assert metadata.level_of_theory == "random numbers"
    assert metadata.n_sites == 5
    assert metadata.all_sites is False  # benzene has two of six
    assert connect(source.database).get(molecule_id=10).formula == "CH4"


@pytest.mark.parametrize("directions", [np.eye(3), 4])
def test_the_mean_of_isotropic_spectra_is_1_whatever_the_directions(source: Source, directions: object) -> None:
    source.convert(directions=directions, tensor=True)
    dataset = ASEAtomsData(str(source.database))
    tensors = np.concatenate([dataset[row]["spectrum_tensor"] for row in range(3)])
    assert tensors[:, :3].mean() == pytest.approx(1.0, rel=1e-5)


def test_given_and_random_directions_come_from_the_dipoles(source: Source) -> None:
    given = np.array([[1.0, 1.0, 0.0], [0.0, -2.0, 1.0]])
    for directions in (given, 2):
        source.convert(directions=directions, direction_seed=5, scale=1.0)
        dataset = ASEAtomsData(str(source.database))
        for row, molecule_id in enumerate(sorted(IDS)):
            properties = dataset[row]
            used = properties["direction"][0].numpy()
            drawn = random_directions(2, np.random.default_rng([5, molecule_id]))
            np.testing.assert_allclose(used, given if directions is given else drawn)
            energies, dipoles = source.lines(molecule_id, 0)
            strengths = (dipoles @ (used / np.linalg.norm(used, axis=1, keepdims=True)).T) ** 2
            expected = broaden(energies, strengths, ENERGIES, 0.5)
            np.testing.assert_allclose(properties["spectrum"][0], expected, rtol=1e-5, atol=1e-6)
        source.database.unlink()


def test_without_dipoles_only_the_axes_are_known(source: Source) -> None:
    with h5py.File(source.spectra, "a") as file:
        for site in (site for molecule_sites in file.values() for site in molecule_sites.values()):
            del site["dipole"]
    for settings in ({"directions": 3}, {"directions": [[1, 1, 0]]}, {"tensor": True}):
        with pytest.raises(ValueError, match="no transition dipoles"):
            source.convert(**settings)
    source.convert(directions=[[0, 0, 2], [1, 0, 0]])
    assert ASEAtomsData(str(source.database))[0]["spectrum"].shape == (2, 2, 64)


def test_the_command_converts_and_keeps_what_exists(source: Source, capsys: pytest.CaptureFixture) -> None:
    command = ["convert", str(source.spectra), str(source.structures), str(source.database)]
    assert main([*command, "--energies", "288", "310", "64", "--direction", "0", "0", "-1", "--scale", "3"]) == 0
    first = source.database.read_bytes()
    assert ASEAtomsData(str(source.database))[0]["direction"].tolist() == [[[0.0, 0.0, -1.0]]]
    assert main([*command, "--force", "--scale", "max"]) == 1
    assert "scale must be" in capsys.readouterr().err
    assert main(command) == 1
    assert "out.db exists" in capsys.readouterr().err
    assert source.database.read_bytes() == first
    assert main([*command, "--force", "--random-directions", "2", "--tensor"]) == 0
    assert ASEAtomsData(str(source.database))[0]["direction"].shape == (1, 2, 3)
