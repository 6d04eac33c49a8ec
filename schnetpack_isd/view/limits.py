"""How much a page can show."""

from __future__ import annotations

from collections.abc import Sequence

from schnetpack_isd.prediction.structure_checks import NumberedStructure, name_structure

__all__ = ["check_number", "check_sizes"]

MOST_STRUCTURES = 50
MOST_SITES = 100
"""Most sites of a structure."""
MOST_SITES_OF_ALL = 500
"""Most sites of all structures: a page of about 15 MB."""
MOST_ATOMS = 500
"""Most atoms of a structure that turn smoothly."""


def check_number(structures: Sequence[object]) -> None:
    """Check the number of structures.

    Raises:
        ValueError: there are none, or too many.
    """
    if not structures:
        raise ValueError("There is no structure to view.")
    if len(structures) > MOST_STRUCTURES:
        raise ValueError(
            f"A page shows at most {MOST_STRUCTURES} structures, and there are more; choose some, such as "
            "`--index 0:50`, or every tenth with `--index ::10`."
        )


def check_sizes(structures: Sequence[NumberedStructure], element: str) -> None:
    """Check the numbers of atoms and of sites.

    Args:
        structures: the structures.
        element: symbol of the absorbing element.

    Raises:
        ValueError: one of them is too large; the message names the structure.
    """
    total = 0
    for structure in structures:
        n_sites = structure.atoms.symbols.count(element) if len(structure.atoms) else 0
        total += n_sites
        for number, most, what in (
            (len(structure.atoms), MOST_ATOMS, "atoms"),
            (n_sites, MOST_SITES, f"{element} atoms"),
        ):
            if number > most:
                raise ValueError(
                    f"{name_structure(structure)} has {number} {what}; a page shows structures of at most {most}. "
                    "`spkisd predict` writes the spectra of larger ones."
                )
    if total > MOST_SITES_OF_ALL:
        raise ValueError(
            f"The structures have {total} {element} atoms; a page shows at most {MOST_SITES_OF_ALL}. Choose fewer "
            "structures with `--index`."
        )
