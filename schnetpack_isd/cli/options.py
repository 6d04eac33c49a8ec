"""Options that several subcommands share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.text import printable

if TYPE_CHECKING:
    from schnetpack_isd.models import SpectrumModel
    from schnetpack_isd.prediction.request import PredictionRequest

__all__ = [
    "MODEL_HELP",
    "OUTPUT_HELP",
    "TRUST_HELP",
    "Subcommands",
    "add_fitted_axis",
    "add_index",
    "add_model",
    "add_outputs",
    "add_structure",
    "add_triple",
    "add_units",
    "fitted_request",
    "load_model",
    "predicted_request",
    "print_paths",
]

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Object to which subcommands are added."""

MODEL_HELP = (
    "best_model of a training, or the name of the bundled model, ck_edge, or of published weights such as random_split "
    "(for an unknown name, the message lists them)"
)

TRUST_HELP = "accept a model with modules of other packages; such a file can run code: use it for files that you trust"

OUTPUT_HELP = (
    "file to write: .csv, .npz, .hdf5 (or .h5), .xdi (Larch, Athena), .prj (Athena), .hspy (HyperSpy), .msa, "
    ".nxs (NeXus); .xdi and .msa are a folder of files for several spectra"
)


def add_structure(parser: argparse.ArgumentParser) -> None:
    """Add the argument of one structure."""
    parser.add_argument(
        "structure", help="file of one structure: XYZ, CIF, POSCAR, SDF (with RDKit), ..., or several with --index"
    )
    parser.add_argument("--index", default=":", metavar="N", help="number of the structure in the file, from 0; or -1")


def add_index(parser: argparse.ArgumentParser) -> None:
    """Add the option that selects structures of files."""
    parser.add_argument("--index", default=":", help="frames of each file: 0, -1, 10:20, ::5 (default: all)")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the options of the model that predicts, and of the structures that it may predict."""
    parser.add_argument("--model", default=DEFAULT_MODEL, help=f"{MODEL_HELP} (default: %(default)s)")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    parser.add_argument("--device", default="cpu", help="device to run on (default: %(default)s)")
    parser.add_argument(
        "--allow-extrapolation",
        action="store_true",
        help="keep structures that are unlike the training data, and mark them",
    )


def add_units(parser: argparse.ArgumentParser) -> None:
    """Add the options of the units of intensities and of the axis of energies."""
    parser.add_argument(
        "--intensity",
        choices=("normalised", "raw"),
        default="normalised",
        help="in units of the model's scale, or in the unit of its training data (default: %(default)s)",
    )
    shift = parser.add_mutually_exclusive_group()
    shift.add_argument(
        "--energy-shift", type=float, default=0.0, metavar="EV", help="added to the energies, and recorded"
    )
    shift.add_argument(
        "--experimental-axis",
        action="store_true",
        help="shift energies and ionisation thresholds to measured ones, by what the model knows of its training data",
    )


def add_fitted_axis(parser: argparse.ArgumentParser) -> None:
    """Add the option of the axis of energies for commands that fit predicted spectra to measured ones."""
    parser.add_argument(
        "--energy-shift",
        type=float,
        metavar="EV",
        help="shift from the energies of the model to measured ones, from which the fit begins (default: what the "
        "model knows of its training data)",
    )


def add_outputs(parser: argparse.ArgumentParser, output_help: str, plot_help: str = "figure to draw") -> None:
    """Add the options of a table and a figure.

    Args:
        parser: the parser.
        output_help: kind and formats of the table.
        plot_help: kind of the figure.
    """
    parser.add_argument("--output", "-o", metavar="FILE", help=output_help)
    parser.add_argument("--plot", metavar="FILE", help=f"{plot_help}: .png, .pdf, .svg, ...")
    parser.add_argument("--force", action="store_true", help="replace an output that exists")


def predicted_request(options: argparse.Namespace) -> PredictionRequest:
    """Return the request that the options of :func:`add_structure`, :func:`add_model` and :func:`add_units` give.

    Raises:
        ValueError: an option is not valid.
    """
    from schnetpack_isd.prediction.request import PredictionRequest

    return PredictionRequest(
        options.structure,
        index=options.index,
        isotropic=True,
        intensity=options.intensity,
        energy_shift=options.energy_shift,
        experimental_axis=options.experimental_axis,
        allow_extrapolation=options.allow_extrapolation,
    )


def fitted_request(options: argparse.Namespace, structures: str | Sequence[str]) -> PredictionRequest:
    """Return the request for structures that the options of :func:`add_model` and :func:`add_fitted_axis` give.

    Raises:
        ValueError: an option is not valid.
    """
    from schnetpack_isd.prediction.request import PredictionRequest

    return PredictionRequest(
        structures,
        index=options.index,
        isotropic=True,
        energy_shift=options.energy_shift or 0.0,
        experimental_axis=options.energy_shift is None,
        allow_extrapolation=options.allow_extrapolation,
    )


def load_model(options: argparse.Namespace) -> SpectrumModel:
    """Load the model of :func:`add_model`. It imports PyTorch, which takes seconds, so check the files before."""
    from schnetpack_isd.models import load_spectrum_model

    return load_spectrum_model(options.model, options.device, options.trust)


def print_paths(*paths: str | None) -> None:
    """Print the files that were written."""
    for path in filter(None, paths):
        print(printable(path))


def add_triple(parser: argparse._ActionsContainer, name: str, metavar: tuple[str, str, str], help_text: str) -> None:
    """Add a repeatable option of three numbers."""
    parser.add_argument(name, nargs=3, type=float, action="append", default=[], metavar=metavar, help=help_text)
