"""The command line as a whole; its subcommands are tested with the library functions that they call."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ase.build import molecule
from ase.io import write

from schnetpack_isd import __version__
from schnetpack_isd.cli import build_parser, main

COMMANDS = (
    "predict",
    "film",
    "orient",
    "match",
    "assign",
    "eels",
    "optics",
    "normalise",
    "merge",
    "download",
    "calculate",
    "select",
    "convert",
    "split",
    "ensemble",
    "import-weights",
    "evaluate",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_subcommand_explains_itself(command: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stopped:
        build_parser().parse_args([command, "--help"])
    assert stopped.value.code == 0
    assert f"usage: spkisd {command}" in capsys.readouterr().out


def test_errors_are_one_line_with_the_name_of_the_command(capsys: pytest.CaptureFixture) -> None:
    assert main(["merge", "none.hdf5", "-o", "out.csv"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "spkisd merge: none.hdf5: no such file."


@pytest.mark.parametrize(
    "program",
    [
        "import schnetpack_isd",
        "import schnetpack_isd.prediction",
        "from schnetpack_isd.cli import build_parser; build_parser().format_help()",
    ],
)
def test_what_needs_no_model_imports_nothing_large(program: str) -> None:
    large = ("torch", "schnetpack", "matplotlib", "scipy", "numba", "ase")
    program += f"; import sys; print([name for name in {large} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "none.xyz", "--model", "none", "--plot", "there.png"], "none.xyz: no such file"),
        (
            ["predict", "ch4.xyz", "--model", "none"],
            "none: no such file, and not the name of a bundled model (ck_edge) or of published",
        ),
        (["predict", "ch4.xyz", "--model", "ch4.xyz", "--direction", "0", "0", "0"], "must be finite and not zero"),
        (["predict", "ch4.xyz", "--model", "ch4.xyz", "-o", "out.doc"], "must end in one of"),
        (["predict", "ch4.xyz", "--model", "ch4.xyz", "--tensor", "-o", "out.csv"], "cannot hold tensors"),
        (["predict", "ch4.xyz", "--model", "ch4.xyz", "--plot", "there.png"], "there.png exists"),
        (["predict", "ch4.xyz", "--model", "ch4.xyz", "--index", "x"], "START:STOP:STEP"),
        (["film", "none.xyz", "--plane", "all"], "none.xyz: no such file"),
        (["film", "ch4.xyz", "--model", "none", "--plane", "all"], "none: no such file, and not the name of a bundled"),
        (["film", "ch4.xyz", "--model", "ch4.xyz"], "Give the molecular axis in one way"),
        (["film", "ch4.xyz", "--model", "ch4.xyz", "--bond", "1", "1"], "two different atoms, not atom 1 twice"),
        (["film", "ch4.xyz", "--model", "ch4.xyz", "--plane", "all", "--plot", "there.png"], "there.png exists"),
        (
            ["eels", "ch4.xyz", "--voltage", "0", "--convergence", "1", "--collection", "1"],
            "must be a positive number of kV",
        ),
        (["assign", "none.xyz"], "none.xyz: no such file"),
        (["assign", "ch4.xyz", "--model", "ch4.xyz", "--plot", "there.png"], "there.png exists"),
        (["match", "none.xyz", "--measured", "ch4.xyz"], "none.xyz: no such file"),
        (
            ["match", "ch4.xyz", "--measured", "there.png", "--model", "ch4.xyz", "-o", "x.txt"],
            "must end in one of .csv",
        ),
        (["merge", "none.hdf5", "-o", "out.csv"], "none.hdf5: no such file"),
        (["evaluate", "--model", "ch4.xyz", "--data", "none.db"], "none.db: no such file"),
        (["evaluate", "--model", "none", "--data", "ch4.xyz"], "none: no such file"),
        (["convert", "none.hdf5", "ch4.xyz", "out.db"], "none.hdf5: no such file"),
        (["split", "none.db", "split.npz"], "none.db: no such file"),
        (["ensemble", "ch4.xyz", "none", "-o", "out.safetensors"], "none: no such file"),
        (["ensemble", "ch4.xyz", "-o", "out.safetensors", "--data", "ch4.xyz"], "--data and --split go together"),
        (["ensemble", "ch4.xyz", "-o", "best_model"], "best_model: the name must end in .safetensors"),
        (["ensemble", "there.safetensors", "-o", "there.safetensors"], "there.safetensors is an input of this command"),
        (["ensemble", "ch4.xyz", "-o", "there.safetensors"], "there.safetensors exists"),
        (["ensemble", "ch4.xyz", "-o", "nowhere/out.safetensors"], "the folder nowhere does not exist"),
    ],
)
def test_mistakes_are_found_before_torch_is_imported(arguments: list[str], message: str) -> None:
    write("ch4.xyz", molecule("CH4"))
    for name in ("there.png", "there.safetensors"):
        Path(name).write_bytes(b"mine")
    program = (
        "import sys\nfrom schnetpack_isd.cli import main\nstatus = main(sys.argv[1:])\n"
        "sys.exit(99 if 'torch' in sys.modules else status)"
    )
    result = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stderr
    assert message in result.stderr


@pytest.mark.parametrize("number", ["-1", "-1.", "-.5", "-1e-3", "-2.5E+01"])
def test_negative_numbers_are_no_options(number: str) -> None:
    options = build_parser().parse_args(["predict", "in.xyz", "--model", "m", "--direction", number, "0", "1"])
    assert options.direction == [[float(number), 0.0, 1.0]]
    assert build_parser().parse_args(["predict", "in.xyz", "--model", "m", "--energy-shift", number]).energy_shift < 0


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (MemoryError(), 1, "there is not enough memory (MemoryError); try a smaller batch size"),
        (RuntimeError("CUDA out of memory. Tried"), 1, "there is not enough memory (CUDA out of memory. Tried)"),
        (RuntimeError("strange"), 1, "RuntimeError: strange (set SPKISD_TRACEBACK=1 to see where)"),
        (IndexError("strange"), 1, "IndexError: strange"),
        (KeyError("strange"), 1, "spkisd merge: strange"),
        (KeyboardInterrupt(), 130, "spkisd merge: interrupted"),
    ],
)
def test_errors_of_every_kind_are_one_line(
    error: BaseException, status: int, message: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("schnetpack_isd.prediction.merge", fail)
    assert main(["merge", "none.hdf5", "-o", "out.csv"]) == status
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    if isinstance(error, Exception):
        monkeypatch.setenv("SPKISD_TRACEBACK", "1")
        with pytest.raises(type(error)):
            main(["merge", "none.hdf5", "-o", "out.csv"])


def test_the_reader_of_a_pipe_may_end_early() -> None:
    program = "from schnetpack_isd import cli; cli.merge._run = lambda _: print('x' * 10**6); "
    program += "cli.main(['merge', 'a', '-o', 'b'])"
    command = f'"{sys.executable}" -c "{program}" | head -c 1'
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("x", "")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == __version__
