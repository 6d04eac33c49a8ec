"""Draw and tabulate the composition of the bundled spectra.

    python benchmarks/composition.py FIGURE TABLE

The figure shows the numbers of structures by size and kind, the table also the elements.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES
from schnetpack_isd.plotting import figure_style, save_figure

KINDS = {
    "small": "small molecules (QM9)",
    "measured": "measured molecules",
    "further": "further molecules",
    "conformer": "conformers",
    "distorted": "distorted molecules",
    "ion": "ions",
    "dimer": "dimers",
}
"""Names of the kinds of structures; those of the first file have none."""

COLORS = ("#999999", "#d55e00", "#0072b2", "#009e73", "#f0e442", "#cc79a7", "#56b4e9")

ELEMENTS = ("N", "O", "F", "Si", "P", "S", "Cl")


def main() -> None:
    """Write the figure and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", type=Path)
    parser.add_argument("table", type=Path, help="Markdown file to write")
    options = parser.parse_args()
    with open_spectra(MOLECULES_SPECTRA) as file:
        n_sites = {number: len(file.sites(number)) for number in file.ids}
    structures = {
        number: atoms for number, atoms in iter_structures(MOLECULES_STRUCTURES, set(n_sites)) if atoms is not None
    }
    kinds = {number: atoms.info.get("kind", "small") for number, atoms in structures.items()}
    sizes = {number: int(np.count_nonzero(atoms.numbers > 1)) for number, atoms in structures.items()}
    members = {name: [number for number, of in kinds.items() if of == kind] for kind, name in KINDS.items()}
    rows = []
    for name, chosen in (members | {"all": list(structures)}).items():
        heavy = [sizes[number] for number in chosen]
        found = Counter(symbol for number in chosen for symbol in set(structures[number].symbols))
        counts = " | ".join(str(found[symbol]) for symbol in ELEMENTS)
        n_chosen_sites = sum(n_sites[number] for number in chosen)
        rows.append(f"| {name} | {len(chosen)} | {n_chosen_sites} | {min(heavy)} to {max(heavy)} | {counts} |")
    heading = f"| kind | structures | sites | heavy atoms | {' | '.join(f'with {symbol}' for symbol in ELEMENTS)} |"
    options.table.write_text("\n".join([heading, "|" + " --- |" * (4 + len(ELEMENTS)), *rows]) + "\n")
    draw(options.figure, kinds, sizes)


def draw(path: Path, kinds: dict[int, str], sizes: dict[int, int]) -> None:
    """Draw the numbers of structures of each size, by kind."""
    with figure_style():
        figure = Figure(figsize=(6.4, 3.0))
        ax = figure.subplots()
        axis = np.arange(1, max(sizes.values()) + 1)
        bottom = np.zeros(len(axis))
        for (kind, name), color in zip(KINDS.items(), COLORS, strict=True):
            counts = np.array([sum(sizes[n] == size and kinds[n] == kind for n in kinds) for size in axis])
            ax.bar(axis, counts, bottom=bottom, color=color, label=name, width=0.8)
            bottom += counts
        ax.set(xlabel="heavy atoms", ylabel="structures", xlim=(0.3, axis[-1] + 0.7), xticks=axis[1::2])
        ax.legend(loc="upper right")
        save_figure(figure, path)


if __name__ == "__main__":
    main()
