"""`spkisd split`: write a split file."""

from __future__ import annotations

import argparse

__all__ = ["add"]


def add(commands: argparse._SubParsersAction) -> None:
    """Add the subcommand to those of the parser."""
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
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.data import PaperSplit, ScaffoldSplit, SizeSplit, write_split

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
