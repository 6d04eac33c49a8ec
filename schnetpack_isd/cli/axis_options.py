"""Options that give an axis of a molecule."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schnetpack_isd.analysis.molecular_axis import MolecularAxis

__all__ = ["add_axis_options", "chosen_axis", "is_axis_given"]


def add_axis_options(parser: argparse.ArgumentParser) -> None:
    """Add `--axis`, `--bond` and `--plane`, of which one is to be given."""
    group = parser.add_argument_group("molecular axis", "atoms are numbered from 0")
    exclusive = group.add_mutually_exclusive_group()
    exclusive.add_argument("--axis", nargs=3, type=float, metavar=("X", "Y", "Z"), help="along a Cartesian direction")
    exclusive.add_argument("--bond", nargs=2, type=int, metavar="ATOM", help="from one atom to another")
    exclusive.add_argument(
        "--plane",
        nargs="+",
        metavar="ATOM",
        help="normal to the best plane of three or more atoms, or of `all` atoms but hydrogen",
    )


def is_axis_given(options: argparse.Namespace) -> bool:
    """Return whether one of the options is given."""
    return any(given is not None for given in (options.axis, options.bond, options.plane))


def chosen_axis(options: argparse.Namespace) -> MolecularAxis:
    """Return the axis that the options give.

    Raises:
        ValueError: there is none, or it is not valid.
    """
    from schnetpack_isd.analysis.molecular_axis import choose_axis

    return choose_axis(options.axis, options.bond, options.plane)
