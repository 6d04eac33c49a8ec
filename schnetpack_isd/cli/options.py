"""Types and texts that several subcommands share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from schnetpack_isd.pretrained.names import DEFAULT_MODEL

if TYPE_CHECKING:
    from schnetpack_isd.prediction.request import PredictionRequest

__all__ = [
    "MODEL_HELP",
    "OUTPUT_HELP",
    "TRUST_HELP",
    "Subcommands",
    "add_model",
    "add_structure",
    "add_triple",
    "add_units",
    "request_of_structure",
]

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Object to which subcommands are added."""

MODEL_HELP = (
    "best_model of a training, or the name of the bundled model, ck_edge, or of published weights such as random_split "
    "(for an unknown name, the message lists them)"
)

TRUST_HELP = "accept a model with modules of other packages; such a file can run code: use it for files that you trust"

OUTPUT_HELP = "file to write: .csv, .npz, .hdf5 (or .h5), .xdi (for several spectra, a folder of files)"


def add_structure(parser: argparse.ArgumentParser) -> None:
    """Add the argument of one structure."""
    parser.add_argument(
        "structure", help="file of one structure: XYZ, CIF, POSCAR, SDF (with RDKit), ..., or several with --index"
    )
    parser.add_argument("--index", default=":", metavar="N", help="number of the structure in the file, from 0; or -1")


def request_of_structure(options: argparse.Namespace) -> PredictionRequest:
    """Return the request that the options of :func:`add_structure`, :func:`add_model` and :func:`add_units` give.

    Raises:
        ValueError: an option is not valid.
    """
    from schnetpack_isd.prediction.request import PredictionRequest

    return PredictionRequest(
        options.structure,
        index=options.index,
        isotropic=True,
        tensor=True,
        intensity=options.intensity,
        energy_shift=options.energy_shift,
        experimental_axis=options.experimental_axis,
        allow_extrapolation=options.allow_extrapolation,
    )


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


def add_triple(parser: argparse._ActionsContainer, name: str, metavar: tuple[str, str, str], help_text: str) -> None:
    """Add a repeatable option of three numbers."""
    parser.add_argument(name, nargs=3, type=float, action="append", default=[], metavar=metavar, help=help_text)
