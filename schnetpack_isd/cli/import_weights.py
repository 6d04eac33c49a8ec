"""`spkisd import-weights`: make a model of the authors' weights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from schnetpack_isd.utils.files import refuse_existing

if TYPE_CHECKING:
    from schnetpack.model import NeuralNetworkPotential

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
    parser = commands.add_parser(
        "import-weights",
        help="make a best_model of the weights that the authors of ISD-PaiNN published",
        description="Make a model for SchNetPack of weights of the authors' implementation. It gives their numbers.",
    )
    add = parser.add_argument
    add("weights", nargs="?", help="their .pt file; read safely, no code in it runs")
    add("--config", help="configuration file that was published with it (config-defaults*.yaml)")
    add("--download", metavar="NAME", help="get both from Zenodo: random_split, scaffold_split, wo_SM, wo_DE, wo_DE-SM")
    add("--folder", help="folder to download to (default: weights)")
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
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    _check(options)
    from schnetpack_isd.pretrained import download_weights, import_weights, save_model
    from schnetpack_isd.pretrained.zenodo import import_published

    if options.download is not None:
        model = import_published(*download_weights(options.download, options.folder or "weights"))
    else:
        model = import_weights(
            options.weights,
            options.config,
            cutoff=options.cutoff,
            symmetric_message=options.symmetric_message,
            directional_embedding=options.directional_embedding,
        )
    save_model(model, options.output, overwrite=options.force)
    print(f"{options.output}: {_describe(model)}")


def _check(options: argparse.Namespace) -> None:
    output = Path(options.output)
    if (options.weights is None) == (options.download is None):
        raise ValueError("give either a file of weights or --download NAME.")
    if options.download is not None and options.config is not None:
        raise ValueError("--download brings its own configuration file; leave out --config.")
    given = (options.cutoff, options.symmetric_message, options.directional_embedding)
    if options.download is not None and any(option is not None for option in given):
        raise ValueError("the configuration file of --download says what the network is; leave out other options.")
    if options.folder is not None and options.download is None:
        raise ValueError("--folder is for --download.")
    if not output.name or output.is_dir():
        raise ValueError(f"--output must be a file, not {options.output!r}.")
    sources = (options.weights, options.config)
    if any(path is not None and Path(path).resolve() == output.resolve() for path in sources):
        raise ValueError(f"{output} is what is to be imported; give another --output.")
    refuse_existing(output, options.force)


def _describe(model: NeuralNetworkPotential) -> str:
    from ase.data import chemical_symbols

    representation, head = model.representation, model.output_modules[0]
    yes = {True: "yes", False: "no"}
    return (
        f"{representation.n_atom_basis} features, {representation.n_interactions} interactions, "
        f"{representation.radial_basis.n_rbf} Gaussians, cutoff {float(representation.cutoff):g} A, elements H to "
        f"{chemical_symbols[representation.n_elements]}\n"
        f"symmetric message: {yes[representation.interactions[0].symmetric_message]}; directional embedding: "
        f"{yes[representation.direction_embedding is not None]}; output layers: {len(head.outnet)}\n"
        f"{len(head.energies)} energies from {head.energies[0]:g} to {head.energies[-1]:g} eV, intensity scale "
        f"{head.intensity_scale:g}"
    )
