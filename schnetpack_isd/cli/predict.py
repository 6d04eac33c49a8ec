"""`spkisd predict`: spectra of structures from a trained model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .options import OUTPUT_HELP, Subcommands, add_index, add_model, add_triple, add_units, load_model, print_paths

if TYPE_CHECKING:
    from schnetpack_isd.directions import DirectionLike
    from schnetpack_isd.prediction.request import PredictionRequest

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "predict",
        help="spectra of structures",
        description="Predict the spectra of all structures in a file that ASE can read: molecular spectra (the sum "
        "over the absorbing atoms) along x, y and z and isotropic, unless other directions are given.",
    )
    parser.add_argument(
        "structures", nargs="+", help="files of structures: XYZ, CIF, POSCAR, SDF (with RDKit), trajectories, ..."
    )
    add_index(parser)
    add_model(parser)
    parser.add_argument(
        "--output", "-o", help=f"{OUTPUT_HELP}; without --output, --plot and --xps: STRUCTURES_spectra.csv"
    )
    parser.add_argument("--plot", help="figure to draw: .png, .pdf, .svg, ...")
    parser.add_argument(
        "--xps",
        action="append",
        default=[],
        metavar="FILE",
        help="XPS spectra from the ionisation thresholds, if the model predicts them: a table (.csv) or a figure "
        "(.png, .pdf, ...); repeatable",
    )
    parser.add_argument(
        "--xps-fwhm",
        type=float,
        metavar="EV",
        help="full width at half maximum of the Gaussian of lines in XPS spectra (default: 0.5)",
    )
    add_triple(parser, "--direction", ("X", "Y", "Z"), "Cartesian direction; repeatable")
    add_triple(parser, "--lattice-direction", ("U", "V", "W"), "direction [uvw] of a crystal; repeatable")
    add_triple(parser, "--plane-normal", ("H", "K", "L"), "normal of the planes (hkl); repeatable")
    add_triple(parser, "--scan", ("X", "Y", "Z"), "rotate the direction about an axis, from 0 to 180 degrees")
    parser.add_argument("--scan-steps", type=int, metavar="NUM", help="number of steps of the scan (default: 12)")
    parser.add_argument(
        "--isotropic",
        action="store_true",
        help="the average over all directions, exact or with an estimate of its error",
    )
    parser.add_argument("--sites", action="store_true", help="also the spectrum of each absorbing atom")
    parser.add_argument(
        "--tensor",
        action="store_true",
        help="also the absorption tensor of each molecule, and with --sites of each absorbing atom, if the model "
        "predicts tensors; into .hdf5, .h5 or .npz",
    )
    add_units(parser)
    parser.add_argument(
        "--batch-size", type=int, default=32, help="number of structures in a batch (default: %(default)s)"
    )
    parser.add_argument(
        "--shard", metavar="I/N", help="predict part I of N of the structures; `spkisd merge` joins the parts"
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="predict on the workers of a Dask cluster: the address of its scheduler, such as tcp://HOST:8786, or "
        "local:N for N processes on this machine, or local for one a core; the output is a folder, NAME.parts",
    )
    parser.add_argument(
        "--skip-invalid", action="store_true", help="leave out structures that cannot be read or predicted"
    )
    parser.add_argument("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.prediction.file_checks import check_files
    from schnetpack_isd.prediction.request import PredictionRequest
    from schnetpack_isd.prediction.shard import Shard
    from schnetpack_isd.spectra.xps import GAUSSIAN_FWHM

    if options.xps_fwhm is not None and not options.xps:
        raise ValueError("--xps-fwhm needs --xps FILE.")

    request = PredictionRequest(
        structures=options.structures,
        directions=_directions(options),
        isotropic=options.isotropic,
        sites=options.sites,
        tensor=options.tensor,
        shard=None if options.shard is None else Shard.parse(options.shard),
        intensity=options.intensity,
        energy_shift=options.energy_shift,
        experimental_axis=options.experimental_axis,
        index=options.index,
        skip_invalid=options.skip_invalid,
        allow_extrapolation=options.allow_extrapolation,
        xps_fwhm=GAUSSIAN_FWHM if options.xps_fwhm is None else options.xps_fwhm,
    )
    if options.dask is not None:
        _predict_parts(options, request)
        return
    is_output_missing = options.output is None and options.plot is None and not options.xps
    output = request.default_output() if is_output_missing else options.output
    check_files(request, options.model, output, options.plot, options.force, options.xps)

    from schnetpack_isd.prediction.predict_file import predict_file  # imports PyTorch, which takes seconds

    predict_file(
        request,
        load_model(options),
        output,
        figure=options.plot,
        xps=options.xps,
        overwrite=options.force,
        device=options.device,
        batch_size=options.batch_size,
    )
    print_paths(output, options.plot, *options.xps)


def _predict_parts(options: argparse.Namespace, request: PredictionRequest) -> None:
    """Predict on the workers of a Dask cluster."""
    from schnetpack_isd.prediction.parts.checks import check_parts_request
    from schnetpack_isd.prediction.parts.index import PARTS_ENDING
    from schnetpack_isd.prediction.parts.workers import check_address, dask_client

    if options.plot is not None or options.xps:
        raise ValueError("--dask writes a folder of spectra only; make figures (--plot, --xps) without it.")
    output = Path(options.output or Path(request.default_output()).with_suffix(PARTS_ENDING))
    check_address(options.dask)
    check_parts_request(request, options.model, output, options.force)
    with dask_client(options.dask) as client:
        from schnetpack_isd.prediction.parts.predict_parts import predict_parts  # imports PyTorch

        predict_parts(
            request,
            client,
            output,
            options.model,
            trust=options.trust,
            overwrite=options.force,
            device=options.device,
            batch_size=options.batch_size,
        )
    print_paths(str(output))


def _directions(options: argparse.Namespace) -> list[DirectionLike]:
    """Return the requested directions: Cartesian, lattice, plane normals, then the scan."""
    from schnetpack_isd.directions import LatticeDirection, PlaneNormal, scan_directions

    if len(options.scan) > 1:
        raise ValueError("--scan can be given once.")
    if options.scan_steps is not None and not options.scan:
        raise ValueError("--scan-steps needs --scan X Y Z.")
    directions: list[DirectionLike] = list(options.direction)
    directions += [LatticeDirection(*indices) for indices in options.lattice_direction]
    directions += [PlaneNormal(*indices) for indices in options.plane_normal]
    for axis in options.scan:
        directions += scan_directions(axis) if options.scan_steps is None else scan_directions(axis, options.scan_steps)
    return directions
