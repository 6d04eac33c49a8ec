"""Structures that cannot exist."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, graphene, molecule
from ase.io import read, write

from schnetpack_isd.transform import check_atoms

CIF = """data_disordered
_cell_length_a 9.0
_cell_length_b 9.0
_cell_length_c 9.0
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
C1 C 0.50 0.50 0.50 {0}
C2 C 0.42 0.62 0.52 {1}
O1 O {3} 0.50 0.50 {2}
"""


@pytest.mark.parametrize(
    "atoms",
    [molecule("C6H6"), bulk("C"), graphene(), Atoms("C"), Atoms("H2", [(0, 0, 0), (0, 0, 0.74)])],
    ids=lambda atoms: str(atoms.symbols),
)
def test_molecules_layers_and_crystals_pass(atoms: Atoms) -> None:
    positions = atoms.positions.copy()
    check_atoms(atoms)
    np.testing.assert_array_equal(atoms.positions, positions)


@pytest.mark.parametrize(
    ("occupancies", "message"),
    [
        (("1.0", "0.6", "1.0", "0.655"), r"site 1 is occupied by C 0\.6 .*structure is disordered"),
        (("1.0", "1.0", "0.5", "0.655"), r"site 2 is occupied by O 0\.5"),
        (("0.5", "1.0", "0.5", "0.50"), r"site 0 is occupied by C 0\.5, O 0\.5"),
    ],
)
def test_partial_occupancies_of_cif_files_are_named(tmp_path: Path, occupancies: tuple[str, ...], message: str) -> None:
    (tmp_path / "disordered.cif").write_text(CIF.format(*occupancies))
    with pytest.raises(ValueError, match=message):
        check_atoms(read(tmp_path / "disordered.cif"))


def test_full_occupancies_pass(tmp_path: Path) -> None:
    (tmp_path / "ordered.cif").write_text(CIF.format("1.0", "1", "1.0", "0.655"))
    assert "occupancy" in read(tmp_path / "ordered.cif").info
    check_atoms(read(tmp_path / "ordered.cif"))


def test_partial_occupancies_of_other_formats_are_named(tmp_path: Path) -> None:
    atoms = molecule("C6H6")
    atoms.set_array("occupancy", np.array([1.0] * 5 + [0.5] + [1.0] * 6))
    write(tmp_path / "disordered.pdb", atoms)
    with pytest.raises(ValueError, match=r"atom 5 \(C\) has the occupancy 0\.5"):
        check_atoms(read(tmp_path / "disordered.pdb"))


def test_coordinates_must_be_finite() -> None:
    with pytest.raises(ValueError, match="not finite"):
        check_atoms(Atoms("C", [(0, 0, np.inf)]))
