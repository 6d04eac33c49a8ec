"""The command `spkisd`."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence

from schnetpack_isd import __version__

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand.

    Args:
        arguments: the command line; that of the process if not given.

    Returns:
        Exit status: 0, or 1 where the input is not what it should be, which is then said on the error output.
    """
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")  # SchNetPack's, at import with today's torch
        warnings.showwarning = lambda message, *_, **__: _say(options, f"warning: {message}")
        try:
            options.run(options)
        except (ImportError, OSError, ValueError, KeyError) as error:
            _say(options, error.args[0] if isinstance(error, KeyError) else error)
            return 1
    return 0


def _say(options: argparse.Namespace, message: object) -> None:
    print(f"spkisd {options.command}: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spkisd", description="Direction-resolved core-electron excitation spectra with SchNetPack."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_download(commands)
    _add_convert(commands)
    _add_split(commands)
    _add_import_weights(commands)
    _add_evaluate(commands)
    return parser


def _add_download(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "download",
        help="get the published carbon K-edge spectra and QM9's structures",
        description="Download the published carbon K-edge spectra, QM9's structures and its list of uncharacterised "
        "molecules, those that are not there yet. What arrives is checked; what is there is not.",
    )
    parser.add_argument("folder", help="folder to put them in; spktrain looks for them in `data`")
    parser.set_defaults(run=_download)


def _download(options: argparse.Namespace) -> None:
    from schnetpack_isd.datasets import PUBLISHED, download

    for name in PUBLISHED:
        path = os.path.join(options.folder, name)
        download(path)
        print(path)


def _add_convert(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "convert",
        help="make a database of spectra",
        description="Write spectra, with their structures, to a database for SchNetPack. Stick spectra are broadened, "
        "broadened ones interpolated.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("spectra", help="HDF5 file of the layout of the published site_spectra_0.5eV.hdf5 or site_eigen_dsf.hdf5")
    add(
        "structures",
        help="QM9 (dsgdb9nsd.xyz.tar.bz2, gdb9.sdf, or SchNetPack's database ending in .db), or an extended XYZ file, "
        "each frame with its integer `id` in the comment line",
    )
    add("database", help="database to make, ending in .db")
    add("--uncharacterized", metavar="FILE", help="QM9's uncharacterized.txt: leave out the molecules it lists")
    add(
        "--energies",
        nargs=3,
        type=float,
        default=(288.0, 310.0, 256),
        metavar=("START", "STOP", "NUM"),
        help="axis, eV",
    )
    add("--sigma", type=float, default=0.5, help="standard deviation of the Gaussian broadening, eV")
    add(
        "--direction",
        nargs=3,
        type=float,
        action="append",
        metavar=("X", "Y", "Z"),
        help="direction, repeatable; others than the axes need transition dipoles (default: x, y and z)",
    )
    add("--random-directions", type=int, metavar="NUM", help="instead, this many random directions for each structure")
    add("--seed", type=int, default=0, help="seed of the random directions")
    add(
        "--scale",
        type=_number_or_word,
        default="mean",
        help='what intensities are divided by: a number, or "mean" for their mean',
    )
    add("--absorbing-element", default="C", help="symbol of the element whose atoms the sites are")
    add("--tensor", action="store_true", help="keep each site's tensor, for spectra along other directions")
    add("--force", action="store_true", help="replace a database that exists")
    parser.set_defaults(run=_convert)


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _convert(options: argparse.Namespace) -> None:
    import numpy as np

    from schnetpack_isd.datasets import SpectrumSettings, convert_spectra
    from schnetpack_isd.directions import CARTESIAN

    if options.direction and options.random_directions is not None:
        raise ValueError("give either --direction or --random-directions, not both.")
    start, stop, num = options.energies
    if num != int(num) or num < 2:
        raise ValueError(f"the number of energies must be a whole number of at least 2, not {num}.")
    directions = options.random_directions if options.random_directions is not None else options.direction or CARTESIAN
    settings = SpectrumSettings(
        energies=np.linspace(start, stop, int(num)),
        sigma=options.sigma,
        directions=directions,
        direction_seed=options.seed,
        scale=options.scale,
        absorbing_element=options.absorbing_element,
        tensor=options.tensor,
    )
    metadata = convert_spectra(
        options.spectra,
        options.structures,
        options.database,
        settings,
        uncharacterized=options.uncharacterized,
        overwrite=options.force,
    )
    print(f"{options.database}: {metadata['n_sites']} sites, intensity scale {metadata['intensity_scale']:.6g}")


def _add_split(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "split",
        help="write a split file",
        description="Split a converted database by molecule, into a file that SchNetPack takes as `data.split_file`.",
    )
    add = parser.add_argument
    add("database", help="converted database")
    add("split", help="file to write, ending in .npz: train_idx, val_idx, test_idx (rows from 0)")
    add("--by", choices=("paper", "scaffold", "size"), default="paper", help="kind of split")
    add("--seed", type=int, help="seed (paper, size; default: 0)")
    add("--metric-file", help="the authors' metric_dict_random_split.pt, to take their molecules (paper)")
    add("--fractions", nargs=3, type=float, metavar="F", help="proportions (scaffold; default: 0.6 0.2 0.2)")
    add("--max-heavy-atoms", type=int, metavar="NUM", help="of molecules to train and validate on (size; default: 7)")
    parser.set_defaults(run=_split)


def _split(options: argparse.Namespace) -> None:
    from schnetpack_isd.datasets import PaperSplit, ScaffoldSplit, SizeSplit, write_split

    kinds = {
        "paper": (PaperSplit, ("seed", "metric_file")),
        "scaffold": (ScaffoldSplit, ("fractions",)),
        "size": (SizeSplit, ("seed", "max_heavy_atoms")),
    }
    splitting, known = kinds[options.by]
    given = {name: getattr(options, name) for _, names in kinds.values() for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    for name in given.keys() - known:
        raise ValueError(f"--{name.replace('_', '-')} is not an option of --by {options.by}.")
    sizes = write_split(splitting(**given), options.database, options.split)
    print("{}: {} to train on, {} to validate on, {} to test on".format(options.split, *sizes))


def _add_import_weights(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "import-weights",
        help="make a best_model of the weights that the authors of ISD-PaiNN published",
        description="Make a model for SchNetPack of weights of the authors' implementation. It gives their numbers.",
    )
    add = parser.add_argument
    add("weights", nargs="?", help="their .pt file; read safely, no code in it runs")
    add("--config", help="configuration file that was published with it (config-defaults*.yaml)")
    add("--download", metavar="NAME", help="get both from Zenodo: random_split, scaffold_split, wo_SM, wo_DE, wo_DE-SM")
    add("--folder", default="weights", help="folder to download to (default: %(default)s)")
    add("--cutoff", type=float, help="cutoff radius in A, unless the configuration says so")
    switch = argparse.BooleanOptionalAction
    add("--symmetric-message", action=switch, help="whether the message is symmetrised, unless the configuration says")
    add(
        "--directional-embedding",
        action=switch,
        help="whether vectors start from the direction, unless the configuration says (default: they do)",
    )
    add("--output", default="best_model", help="file to write (default: %(default)s)")
    add("--force", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=_import_weights)


def _import_weights(options: argparse.Namespace) -> None:
    from schnetpack_isd.pretrained import download_weights, import_weights, save_model

    if (options.weights is None) == (options.download is None):
        raise ValueError("give either a file of weights or --download NAME.")
    weights, config = options.weights, options.config
    if options.download is not None:
        if config is not None:
            raise ValueError("--download brings its own configuration file; leave out --config.")
        weights, config = download_weights(options.download, options.folder)
    model = import_weights(
        weights,
        config,
        cutoff=options.cutoff,
        symmetric_message=options.symmetric_message,
        directional_embedding=options.directional_embedding,
    )
    save_model(model, options.output, overwrite=options.force)
    representation, head = model.representation, model.output_modules[0]
    print(
        f"{options.output}: {representation.n_atom_basis} features, {representation.n_interactions} interactions, "
        f"cutoff {float(representation.cutoff):g} A; {len(head.energies)} energies from {head.energies[0]:g} to "
        f"{head.energies[-1]:g} eV"
    )


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="errors of a trained model on held-out molecules",
        description="Compare a trained model with the calculated spectra of the molecules that it was not trained on.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model", required=True, help="best_model of a training (its file is unpickled: open only what you trust)")
    add("--data", required=True, help="converted database")
    add("--split", required=True, help="split.npz of the training")
    add("--plot", help="draw a good, a median and the worst test site into this file")
    add("--random-directions", type=int, metavar="NUM", help="along this many random directions for each molecule")
    add("--device", default="cpu", help="device to run on")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    import numpy as np
    from schnetpack.utils import load_model

    from schnetpack_isd.evaluation import evaluate, mean_spectrum
    from schnetpack_isd.report import report
    from schnetpack_isd.transform import RandomDirections

    for path in (options.model, options.data, options.split):
        if not os.path.exists(path):
            raise FileNotFoundError(f"{path}: no such file.")
    split = np.load(options.split)
    try:
        model = load_model(options.model, device=options.device)
    except Exception as error:  # whatever unpickling raises
        raise ValueError(f"{options.model}: not a model that can be loaded ({error}).") from error
    transforms = [] if options.random_directions is None else [RandomDirections(options.random_directions)]
    evaluation = evaluate(model, options.data, split["test_idx"], transforms)
    print(report(evaluation, mean_spectrum(options.data, split["train_idx"])))
    if options.plot:
        from schnetpack_isd.plotting import plot_typical_sites

        plot_typical_sites(evaluation, options.plot)
        print(f"Spectra of a good, a median and the worst test site: {options.plot}")
