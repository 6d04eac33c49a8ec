"""`spkisd match`: candidate structures ranked by a measured spectrum."""

from __future__ import annotations

import argparse

from schnetpack_isd.pretrained.names import DEFAULT_MODEL
from schnetpack_isd.utils.text import printable

from .options import MODEL_HELP, TRUST_HELP, Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "match",
        help="rank candidate structures by a measured spectrum",
        description="Predict the isotropic spectra of candidate structures (isomers, tautomers, conformers, ...), fit "
        "each to a measured spectrum, and print how probable each candidate is.",
    )
    parser.add_argument("candidates", nargs="+", help="files of structures; each structure is a candidate")
    parser.add_argument(
        "--measured", required=True, metavar="FILE", help="spectrum of a gas, a powder or an unoriented film"
    )
    parser.add_argument(
        "--column", metavar="COLUMN", help="column of the intensities: its number, from 1, or its label"
    )
    parser.add_argument("--energy-column", metavar="COLUMN", help="column of the energies (default: the first)")
    parser.add_argument("--index", default=":", help="frames of each file: 0, -1, 10:20, ::5 (default: all)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help=f"{MODEL_HELP} (default: %(default)s)")
    parser.add_argument("--trust", action="store_true", help=TRUST_HELP)
    parser.add_argument("--output", "-o", help="table to write: .csv or .json")
    parser.add_argument("--plot", metavar="FILE", help="figure of the best fits: .png, .pdf, .svg, ...")
    for name, default, what in (
        ("--shift", (-0.6, 0.6), "shift from the experimental axis"),
        ("--broadening", (0.0, 0.6), "standard deviation of a further Gaussian broadening"),
    ):
        text = f"limits of the {what} in eV; two equal numbers fix it (default: {default[0]:g} {default[1]:g})"
        parser.add_argument(name, nargs=2, type=float, default=default, metavar=("LOW", "HIGH"), help=text)
    parser.add_argument(
        "--noise",
        type=float,
        metavar="SHARE",
        help="standard deviation of the measured intensities, relative to their range (default: estimated)",
    )
    parser.add_argument("--device", default="cpu", help="device to run on (default: %(default)s)")
    parser.add_argument(
        "--allow-extrapolation", action="store_true", help="accept structures that are unlike the training data"
    )
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.analysis.match.fit import Bounds
    from schnetpack_isd.analysis.match.request import MatchRequest, check_match_files

    request = MatchRequest(
        candidates=options.candidates,
        measured=options.measured,
        index=options.index,
        column=options.column,
        energy_column=options.energy_column,
        bounds=Bounds(tuple(options.shift), tuple(options.broadening)),
        noise=options.noise,
        allow_extrapolation=options.allow_extrapolation,
    )
    check_match_files(request, options.model, options.output, options.plot, options.force)

    from schnetpack_isd.analysis.match.match_file import match_file  # imports PyTorch, which takes seconds
    from schnetpack_isd.analysis.match.table import format_match
    from schnetpack_isd.models import load_spectrum_model

    model = load_spectrum_model(options.model, options.device, options.trust)
    match = match_file(
        request, model, options.output, figure=options.plot, overwrite=options.force, device=options.device
    )
    print(format_match(match))
    for path in filter(None, (options.output, options.plot)):
        print(printable(path))
