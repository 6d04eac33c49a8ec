"""The command `spkisd`. Its modules parse arguments; the library does everything else."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence

from tqdm import tqdm

from schnetpack_isd import __version__

from . import convert, download, evaluate, import_weights, merge, predict, split

__all__ = ["build_parser", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: the command line; defaults to `sys.argv[1:]`.

    Returns:
        Exit status: 0, or 1 if the input is invalid; a message on the standard error says why.
    """
    options = build_parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")  # from importing SchNetPack
        warnings.showwarning = lambda message, *_, **__: _print_error(options, f"warning: {message}")
        try:
            options.run(options)
        except (ImportError, OSError, ValueError, KeyError) as error:
            _print_error(options, error.args[0] if isinstance(error, KeyError) else error)
            return 1
    return 0


def _print_error(options: argparse.Namespace, message: object) -> None:
    tqdm.write(f"spkisd {options.command}: {message}", file=sys.stderr)  # keeps progress bars intact


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="spkisd", description="Direction-resolved core-electron excitation spectra with SchNetPack."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (predict, merge, download, convert, split, import_weights, evaluate):
        module.register(commands)
    return parser
