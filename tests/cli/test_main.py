"""The command line as a whole; its subcommands are tested with the library functions that they call."""

from __future__ import annotations

import subprocess
import sys

import pytest

from schnetpack_isd import __version__
from schnetpack_isd.cli import build_parser, main

COMMANDS = ("predict", "merge", "download", "convert", "split", "import-weights", "evaluate")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_subcommand_explains_itself(command: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stopped:
        build_parser().parse_args([command, "--help"])
    assert stopped.value.code == 0
    assert f"usage: spkisd {command}" in capsys.readouterr().out


def test_errors_are_one_line_with_the_name_of_the_command(capsys: pytest.CaptureFixture) -> None:
    assert main(["merge", "none.hdf5", "-o", "out.csv"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "spkisd merge: none.hdf5: no such file."


def test_help_does_not_import_torch() -> None:
    program = "import sys; from schnetpack_isd.cli import build_parser; build_parser(); print('torch' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False"


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == __version__
