"""`spkisd predict`: spectra of structures from a trained model."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .checks import check_figure
from .model import MODEL_HELP, load

if TYPE_CHECKING:
    from schnetpack_isd.directions import Direction

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "predict",
        help="spectra of structures from a trained model",
        description="Predict the spectra of all structures of a file that ASE can read: molecular spectra, the sum "
        "over the absorbing atoms, along x, y and z and isotropic, unless other directions are asked for.",
    )
    add = parser.add_argument
    add("structures", help="file of structures: XYZ, CIF, POSCAR, trajectories, ...")
    add("--model", required=True, help=MODEL_HELP)
    add("--output", "-o", help="file to write: .csv, .npz, .hdf5, .xdi (several spectra: a folder of files)")
    add("--plot", help="figure to draw: .png, .pdf, .svg")
    triple = {"nargs": 3, "type": float, "action": "append", "default": []}
    add("--direction", **triple, metavar=("X", "Y", "Z"), help="Cartesian direction; repeatable")
    add("--lattice-direction", **triple, metavar=("U", "V", "W"), help="direction [uvw] of a crystal; repeatable")
    add("--plane-normal", **triple, metavar=("H", "K", "L"), help="normal of the planes (hkl); repeatable")
    add("--scan", **triple, metavar=("X", "Y", "Z"), help="turn the direction about an axis, by 180 degrees")
    add("--scan-steps", type=int, metavar="NUM", help="number of steps of the scan (default: 12)")
    add("--isotropic", action="store_true", help="the average over all directions, with an estimate of its error")
    add("--sites", action="store_true", help="also the spectrum of each absorbing atom")
    add("--intensity", choices=("normalised", "raw"), default="normalised",
        help="in units of the model's scale, or in those of its training data (default: %(default)s)")  # fmt: skip
    add("--energy-shift", type=float, default=0.0, metavar="EV", help="added to the energies, and recorded")
    add("--device", default="cpu", help="device to run on (default: %(default)s)")
    add("--batch-size", type=int, default=32, help="number of structures in a batch (default: %(default)s)")
    add("--shard", metavar="I/N", help="predict part I of N of the structures; `spkisd merge` joins the parts")
    add("--force", action="store_true", help="replace an output that exists")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.prediction import SpectrumPredictor
    from schnetpack_isd.prediction.predict_file import describe_model, describe_request, predict_into, read_structures
    from schnetpack_isd.prediction.store import StoreWriter

    if options.output is None and options.plot is None:
        raise ValueError("nothing to do: give --output, --plot or both.")
    shard = _shard(options)
    directions = _directions(options)
    isotropic = options.isotropic or not _asked_for_directions(options)
    if options.plot is not None:
        check_figure(options.plot, options.force)
    frames = read_structures(options.structures, shard)
    model, model_path = load(options.model, options.device)
    predictor = SpectrumPredictor(model, options.device, options.batch_size, options.intensity, options.energy_shift)
    attributes = describe_model(model_path, predictor, options.energy_shift)
    attributes |= describe_request(options.structures, directions, isotropic, options.sites)
    if options.scan:
        attributes["scan_axis"] = "{:g} {:g} {:g}".format(*options.scan[0])
    if options.shard:
        attributes["shard"] = options.shard
    fault = None
    with _store(options) as store:
        try:
            with StoreWriter(store, predictor.energies, attributes) as writer:
                predict_into(writer, predictor, frames, directions, isotropic, options.sites)
        except ValueError as error:
            known = str(error).startswith(options.structures)
            raise ValueError(error if known else f"{options.structures}: {error}") from error
        if options.plot is not None:
            fault = _draw(store, options.plot)
    if fault is not None:  # not before the spectra are in place
        raise ValueError(f"{options.plot} could not be drawn ({fault!r}).") from fault
    for path in filter(None, (options.output, options.plot)):
        print(path)


@contextmanager
def _store(options: argparse.Namespace) -> Iterator[Path]:
    """Where to write spectra: to become the output, or only to be drawn."""
    from schnetpack_isd.prediction.predict_file import output_file

    if options.output is not None:
        with output_file(options.output, options.force) as store:
            yield store
        return
    with TemporaryDirectory() as folder:
        yield Path(folder) / "store.hdf5"


def _draw(store: Path, path: str) -> Exception | None:
    """Draw the figure; what went wrong, if anything."""
    try:
        from schnetpack_isd.plotting import plot_prediction
        from schnetpack_isd.prediction.store import SpectrumStore

        with SpectrumStore(store) as spectra:
            plot_prediction(spectra, path)
    except Exception as error:
        return error
    return None


def _asked_for_directions(options: argparse.Namespace) -> bool:
    given = (options.direction, options.lattice_direction, options.plane_normal)
    return any(given) or bool(options.scan) or options.isotropic


def _directions(options: argparse.Namespace) -> dict[str, Direction]:
    """Directions by their labels."""
    import numpy as np

    from schnetpack_isd.directions import CARTESIAN, LatticeDirection, PlaneNormal, about_axis, check_directions

    if options.scan_steps is not None and not options.scan:
        raise ValueError("--scan-steps is for --scan X Y Z.")
    if not _asked_for_directions(options):
        return dict(zip("xyz", CARTESIAN, strict=True))
    names = dict(zip(CARTESIAN, "xyz", strict=True))
    if options.direction:
        check_directions(options.direction)
    labelled = [(names.get(tuple(d), "xyz({:.10g} {:.10g} {:.10g})".format(*d)), tuple(d)) for d in options.direction]
    labelled += [(f"uvw{direction}", direction) for direction in starmap(LatticeDirection, options.lattice_direction)]
    labelled += [(f"hkl{direction}", direction) for direction in starmap(PlaneNormal, options.plane_normal)]
    if len(options.scan) > 1:
        raise ValueError("--scan can be given once.")
    if options.scan:
        n_steps = 12 if options.scan_steps is None else options.scan_steps
        if n_steps < 1:
            raise ValueError(f"the number of steps of the scan must be at least 1, not {n_steps}.")
        angles = np.linspace(0, 180, n_steps + 1)
        turned = zip(angles, about_axis(options.scan[0], angles), strict=True)
        labelled += [(f"scan{angle:.6g}", tuple(direction)) for angle, direction in turned]
    directions = dict(labelled)
    if len(directions) < len(labelled):
        raise ValueError("a direction was given twice.")
    return directions


def _shard(options: argparse.Namespace) -> tuple[int, int]:
    if options.shard is None:
        return 1, 1
    match = re.fullmatch(r"(\d+)/(\d+)", options.shard)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"--shard must be I/N with I from 1 to N, not {options.shard}.")
    if options.output is None or not options.output.endswith((".hdf5", ".h5")):
        raise ValueError("the output of a --shard must end in .hdf5; `spkisd merge` writes the other formats.")
    return int(match[1]), int(match[2])
