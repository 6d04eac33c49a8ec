"""From files of structures to a file of those to calculate."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import read, write
from support.structures import random_molecule

from schnetpack_isd.cli import main
from schnetpack_isd.dft import read_molecules
from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.models import save_model
from schnetpack_isd.selection import SelectionRequest, select_file, select_structures


@pytest.fixture
def pool(tensor_ensemble: SpectrumEnsemble) -> list[Atoms]:
    """Structures in two files, with the ensemble and one of its members beside them."""
    save_model(tensor_ensemble.float(), "ensemble.safetensors")
    save_model(tensor_ensemble.members[0], "single.safetensors")
    structures = [random_molecule(seed, n_atoms=6) for seed in range(6)]
    for number, atoms in enumerate(structures):
        atoms.info = {"id": number, "charge": number % 2, "name": "two words"}
    for atoms in structures[3:]:
        atoms.info |= {"empty": "", "smiles": "C/C=C\\C"}
    write("first.extxyz", structures[:3])
    write("second.traj", structures[3:])
    return structures


FILES = ["first.extxyz", "second.traj"]
COMMAND = ["select", *FILES, "--model", "ensemble.safetensors", "--output", "chosen.extxyz"]


def test_calculate_reads_the_file_with_its_info(pool: list[Atoms], capsys: pytest.CaptureFixture) -> None:
    assert main([*COMMAND, "--number", "6"]) == 0
    assert capsys.readouterr().out == "chosen.extxyz\n"
    expected = select_file(SelectionRequest(FILES, 6), "again.xyz", "ensemble.safetensors", progress=False)
    found = list(read_molecules(["chosen.extxyz"]))
    for atoms, chosen in zip(found, expected, strict=True):
        original = pool[chosen.number]
        assert (atoms.numbers == original.numbers).all()
        np.testing.assert_allclose(atoms.positions, original.positions, atol=1e-7)
        assert atoms.info.pop("selection_score") == pytest.approx(chosen.score, rel=1e-5)
        assert atoms.info == {key: value for key, value in original.info.items() if key != "empty"}
        assert chosen.source == f"{FILES[chosen.number // 3]}@{chosen.number % 3}"


@pytest.mark.usefixtures("pool")
def test_crystals_keep_their_cell() -> None:
    write("crystal.cif", bulk("SiC", "zincblende", a=4.36))
    select_file(SelectionRequest("crystal.cif", 1), "chosen.extxyz", "ensemble.safetensors", progress=False)
    atoms = read("chosen.extxyz")
    assert atoms.pbc.all()
    assert atoms.cell.volume == pytest.approx(4.36**3 / 4)


@pytest.mark.usefixtures("pool")
def test_frames_that_cannot_be_read_are_named(capsys: pytest.CaptureFixture) -> None:
    with Path("first.extxyz").open("a") as file:
        file.write("5\ncut off\nC 0 0 0\n")
    assert main([*COMMAND, "--number", "2", "--index", "2:"]) == 0
    message = capsys.readouterr().err
    assert "Left out 1 of 3 structures:\n  first.extxyz: Structure 3: it ends after 1 of 5 atoms" in message


@pytest.mark.usefixtures("pool")
def test_calculate_reads_smiles_that_were_chosen_from_smiles(capfd: pytest.CaptureFixture) -> None:
    Path("pool.smi").write_text("# a comment\nCCO ethanol\nC/C=C\\C\nnonsense\n")
    command = ["select", "pool.smi", "--smiles", "C[NH3+]", "O", "-n", "3", "--model", "ensemble.safetensors"]
    assert main([*command, "-o", "chosen.smi"]) == 0
    message = capfd.readouterr().err
    assert "Left out 2 of 5 structures:" in message
    assert "nonsense is not a valid SMILES" in message
    assert "Structure 4 (H2O) contains no C atom" in message
    request = SelectionRequest("pool.smi", 3, smiles=["C[NH3+]"])
    with pytest.warns(UserWarning, match="Left out 1 of 4 structures"):
        chosen = select_file(request, "again.smi", "ensemble.safetensors", progress=False)
    scores = [float(line.split("selection_score=")[1]) for line in Path("chosen.smi").read_text().splitlines()]
    assert scores == pytest.approx([found.score for found in chosen], rel=1e-5)
    smiles = list(read_molecules(["chosen.smi"]))
    assert smiles == [found.atoms.info["smiles"] for found in chosen]
    assert set(smiles) == {"CCO", "C/C=C\\C", "C[NH3+]"}


def test_one_count_goes_over_the_pool_and_the_choice(pool: list[Atoms], monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []

    def count(items: Iterable, *others: object) -> list:
        counts.append((done := list(items), others[2]))
        return done

    monkeypatch.setattr("schnetpack_isd.selection.ranking.show_progress", count)
    pool.insert(2, Atoms("OH", [[0, 0, 0], [0, 0, 1]]))
    with pytest.warns(UserWarning, match="Left out 1 of 7"):
        select_structures(pool, 4, "ensemble.safetensors")
    [(steps, total)] = counts
    assert len(steps) == total == 7 + 4


@pytest.mark.usefixtures("pool")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--number", "7"], "7 structures cannot be chosen from 6."),
        (["--number", "0"], "must be at least 1, not 0"),
        (["--number", "2", "--model", "single.safetensors"], "single.safetensors is a single model"),
        (["--number", "2", "--output", "there.xyz"], "there.xyz exists. Replace it with `--force`"),
        (["--number", "2", "--output", "first.extxyz", "--force"], "first.extxyz is an input of this command"),
        (["--number", "2", "--output", "ensemble.safetensors"], "must end in .extxyz or .xyz"),
        (["--number", "2", "--smiles", "CCO"], "Choose from structures or from SMILES, not from both"),
    ],
)
def test_mistakes_write_nothing(arguments: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    Path("there.xyz").write_text("mine")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    assert main([*COMMAND, *arguments]) == 1
    assert message in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.xyz", "-o", "out.extxyz"], "none.xyz: no such file."),
        (["-o", "out.extxyz"], "There is nothing to choose from: give files of structures, or SMILES (`--smiles`)."),
        (["-o", "out.xyz", "--smiles", "C"], "out.xyz: the name must end in .smi; of SMILES, SMILES are chosen."),
    ],
)
def test_mistakes_are_found_before_torch_is_imported(arguments: list[str], message: str) -> None:
    program = (
        "import sys\nfrom schnetpack_isd.cli import main\nstatus = main(sys.argv[1:])\n"
        "sys.exit(99 if 'torch' in sys.modules else status)"
    )
    command = [sys.executable, "-c", program, "select", "-n", "2", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (1, f"spkisd select: {message}\n")
