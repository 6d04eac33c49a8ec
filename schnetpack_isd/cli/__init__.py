"""The command `spkisd`. Its modules parse arguments; the library does everything else."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import re
import signal
import sys
import warnings
from collections.abc import Sequence

from tqdm import tqdm

from schnetpack_isd import __version__

from . import (
    assign,
    calculate,
    convert,
    download,
    eels,
    ensemble,
    evaluate,
    film,
    import_weights,
    match,
    merge,
    normalise,
    optics,
    orient,
    predict,
    select,
    split,
    view,
)

__all__ = ["build_parser", "main"]

NEGATIVE_NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: the command line; defaults to `sys.argv[1:]`.

    Returns:
        Exit status: 0; 1 after an error, with a message on the standard error; 128 plus the number of a signal.
    """
    if arguments is None:
        _spare_collector()
    options = build_parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")  # from importing SchNetPack
        warnings.showwarning = lambda message, *_, **__: _print_error(options, f"warning: {message}")
        try:
            options.run(options)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader of a pipe, such as `head`, has ended
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 128 + signal.SIGPIPE
        except KeyboardInterrupt:
            _print_error(options, "interrupted")
            return 128 + signal.SIGINT
        except Exception as error:
            if "SPKISD_TRACEBACK" in os.environ:
                raise
            _print_error(options, _explain(error))
            return 1
    return 0


def _spare_collector() -> None:
    """Let the garbage collector look less often at the million objects of PyTorch and SchNetPack, which all stay.

    At the end of the process, it does not look at them at all. ``benchmarks/startup.py`` measures it.
    """
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)


def _explain(error: Exception) -> str:
    """Return the message of an error; preceded by its type if the input is not to blame."""
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return (
            f"there is not enough memory ({text.splitlines()[0] if text else 'MemoryError'}); try a smaller batch size"
        )
    if isinstance(error, ImportError | OSError | ValueError | KeyError):
        return text
    return f"{type(error).__name__}: {text} (set SPKISD_TRACEBACK=1 to see where)"


def _print_error(options: argparse.Namespace, message: object) -> None:
    if sys.stderr.isatty():
        tqdm.write(f"spkisd {options.command}: {message}", file=sys.stderr)  # keeps progress bars intact
    else:
        print(f"spkisd {options.command}: {message}", file=sys.stderr)


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="spkisd", description="Direction-resolved core-electron excitation spectra with SchNetPack."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (
        predict,
        view,
        film,
        orient,
        match,
        assign,
        eels,
        optics,
        normalise,
        merge,
        download,
        calculate,
        select,
        convert,
        split,
        ensemble,
        import_weights,
        evaluate,
    ):
        module.register(commands)
    for command in commands.choices.values():
        command._negative_number_matcher = NEGATIVE_NUMBER  # argparse takes -1. and -1e-3 for options
    return parser
