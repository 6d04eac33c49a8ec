"""Widths of lines in conversions, and the ionisation thresholds that they can depend on."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from schnetpack.data import ASEAtomsData
from support.source import ENERGIES, IDS, Source

from schnetpack_isd.cli import main
from schnetpack_isd.data import open_database
from schnetpack_isd.data.stored_rows import molecule_ids
from schnetpack_isd.datasets import SAMPLE_STICKS
from schnetpack_isd.metadata import DatabaseMetadata
from schnetpack_isd.spectra import Broadening, broaden

RAMP = Broadening.ramp(width=0.3, start=-4.5, slope=0.12, largest=2.0, relative_to_threshold=True)


def add_thresholds(source: Source) -> dict[tuple[int, int], float]:
    """Write an ionisation threshold for each site."""
    thresholds = {}
    with h5py.File(source.spectra, "a") as file:
        for molecule_id in IDS:
            for atom, group in file[str(molecule_id)].items():
                thresholds[molecule_id, int(atom)] = 295.0 + molecule_id + 0.25 * int(atom)
                group.attrs["ionization_energy"] = thresholds[molecule_id, int(atom)]
    return thresholds


@pytest.mark.parametrize("molecule_id", [1, 214, 683])  # the first, an amide, one of the largest
def test_the_bundled_ramp_equals_one_written_by_hand(sample_db: str, molecule_id: int) -> None:
    with h5py.File(SAMPLE_STICKS) as file:
        site = int(np.flatnonzero(file["molecule"][()] == molecule_id)[0])
        start = int(file["n_lines"][:site].sum())
        lines = slice(start, start + int(file["n_lines"][site]))
        energy, dipole = file["energy"][lines].astype(float), file["dipole"][lines].astype(float)
        threshold = float(file["ionization_energy"][site])
    axis = np.linspace(289.0, 314.0, 320)
    sigma = np.minimum(0.3 + 0.12 * np.maximum(energy - (threshold - 4.5), 0.0), 2.0)
    gaussian = (
        np.exp(-((axis - energy[:, None]) ** 2) / (2 * sigma[:, None] ** 2)) / np.sqrt(2 * np.pi) / sigma[:, None]
    )
    expected = 2 * np.einsum("fk,fe->ke", dipole**2, gaussian)

    database = ASEAtomsData(sample_db)
    scale = DatabaseMetadata.read(database).intensity_scale
    row = database[molecule_ids(sample_db).index(molecule_id)]
    assert row["ionization_energy"][0] == pytest.approx(threshold)
    np.testing.assert_allclose(row["spectrum"][0] * scale, expected, rtol=1e-6, atol=1e-6 * expected.max())


def test_thresholds_are_kept_beside_the_excitation_energies(source: Source) -> None:
    thresholds = add_thresholds(source)
    source.convert(broadening=RAMP, scale=1.0)
    database = ASEAtomsData(str(source.database))
    assert database.units["ionization_energy"] == "eV"
    for row, molecule_id in enumerate(sorted(IDS)):
        found = database[row]
        for number, atom in enumerate(np.flatnonzero(found["site_mask"]).tolist()):
            assert found["ionization_energy"][number] == thresholds[molecule_id, atom]
            energies, dipoles = source.lines(molecule_id, atom)
            widths = RAMP.at(energies, thresholds[molecule_id, atom])
            expected = broaden(energies, dipoles**2, ENERGIES, widths)
            np.testing.assert_allclose(found["spectrum"][number], expected, rtol=1e-5, atol=1e-6)


def test_databases_of_sources_without_thresholds_have_none(source: Source) -> None:
    source.convert()
    assert "ionization_energy" not in open_database(source.database).available_properties


def test_a_constant_written_as_a_ramp_gives_the_database_of_the_constant(source: Source) -> None:
    databases = []
    for broadening in (0.4, "280:0.4 320:0.4", "threshold-5:0.4 threshold+5:0.4"):
        metadata = source.convert(broadening=broadening)
        database = ASEAtomsData(str(source.database))
        databases.append((metadata, [database[row]["spectrum"].tolist() for row in range(len(database))]))
        source.database.unlink()
    assert databases[0] == databases[1] == databases[2]


def test_a_ramp_without_thresholds_is_refused(source: Source) -> None:
    with pytest.raises(ValueError, match=r"in.hdf5 has no ionisation thresholds \(`ionization_energy`\), to which"):
        source.convert(broadening=RAMP)
    assert not source.database.exists()


def test_a_site_without_a_threshold_is_named(source: Source) -> None:
    add_thresholds(source)
    with h5py.File(source.spectra, "a") as file:
        del file["10/0"].attrs["ionization_energy"]
    with pytest.raises(ValueError, match=r"in.hdf5: /10/0 has no attribute `ionization_energy`"):
        source.convert(broadening=RAMP)
    assert not source.database.exists()


def test_the_command_takes_a_constant_or_points(source: Source) -> None:
    add_thresholds(source)
    files = [str(source.spectra), str(source.structures), str(source.database)]
    for words, expected in (
        (["--sigma", "0.4"], Broadening.constant(0.4)),
        (["--broadening", "294:0.3", "308:2"], Broadening((0.3, 2.0), (294.0, 308.0))),
        (["--broadening", "threshold-4.5:0.3", "threshold+9.666666667:2"], RAMP),
    ):
        assert main(["convert", *files, "--force", *words]) in (None, 0)
        assert DatabaseMetadata.read(open_database(source.database)).settings.broadening == expected


def test_lines_narrower_than_the_axis_give_a_warning(source: Source) -> None:
    with pytest.warns(UserWarning, match=r"narrowest lines have a width of 0.1 eV, less than half of the 0.349 eV"):
        source.convert(broadening="294:0.1 308:2.0")
