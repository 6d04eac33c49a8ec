"""`spkisd import-weights`: make a model of the authors' weights."""

from __future__ import annotations

import argparse

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
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
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
