"""`spkisd split`: write a split file."""

from __future__ import annotations

import argparse

from .options import Subcommands

__all__ = ["register"]


def register(commands: Subcommands) -> None:
    """Add the subcommand to the parser."""
    parser = commands.add_parser(
        "split",
        help="write a split file",
        description="Split a converted database by molecule, into a file that SchNetPack takes as `data.split_file`.",
    )
    parser.add_argument("database", help="converted database, or a .txt list of them")
    parser.add_argument("split", help="file to write, ending in .npz: train_idx, val_idx, test_idx (rows from 0)")
    parser.add_argument("--by", choices=("paper", "random", "scaffold", "size"), default="paper", help="kind of split")
    parser.add_argument("--seed", type=int, help="seed (paper, random, size; default: 0)")
    parser.add_argument(
        "--metric-file", help="the authors' metric_dict_random_split.pt, whose molecules are used (paper)"
    )
    parser.add_argument(
        "--fractions",
        nargs=3,
        type=float,
        metavar="F",
        help="proportions (random; default: 0.8 0.1 0.1; scaffold; default: 0.6 0.2 0.2)",
    )
    parser.add_argument(
        "--added",
        nargs=2,
        type=int,
        action="append",
        metavar=("FIRST", "LAST"),
        help="ids of molecules that were added later: they are split by themselves, and all others stay in their parts "
        "(random; repeat it for several groups)",
    )
    parser.add_argument(
        "--max-heavy-atoms", type=int, metavar="NUM", help="of molecules to train and validate on (size; default: 7)"
    )
    parser.add_argument(
        "--test-kind", metavar="KIND", help="kind of the larger molecules to test on (size; default: all)"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> None:
    from schnetpack_isd.utils.files import check_input, check_output

    check_input(options.database, *filter(None, [options.metric_file]))
    check_output(options.split, overwrite=True)

    from schnetpack_isd.data import make_splitting, write_split

    names = ("seed", "metric_file", "fractions", "added", "max_heavy_atoms", "test_kind")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    sizes = write_split(make_splitting(options.by, **given), options.database, options.split)
    print("{}: {} to train on, {} to validate on, {} to test on".format(options.split, *sizes))
