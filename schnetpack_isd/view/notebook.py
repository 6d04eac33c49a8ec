"""Pages in a notebook."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from ase import Atoms

from schnetpack_isd import __version__
from schnetpack_isd.prediction import SpectrumPredictor, StructureSpectra
from schnetpack_isd.prediction.structure_checks import NumberedStructure
from schnetpack_isd.utils.files import atomic_write, check_output, process_lock
from schnetpack_isd.utils.text import printable

from .data import ViewedStructure
from .limits import check_sizes
from .page import ViewedSpectra, build_page

__all__ = ["View", "view_structure", "write_page"]


@dataclass(frozen=True)
class View:
    """A page, which a notebook shows.

    Attributes:
        html: the page.
        height: height in a notebook, pixels.
    """

    html: str = field(repr=False)
    height: int = 900

    def _repr_html_(self) -> str:
        """Return a frame with the page, which has no access to the notebook."""
        return (
            f'<iframe title="Spectra of a molecule" sandbox="allow-scripts allow-downloads" width="100%" '
            f'height="{self.height}" style="border: 0" srcdoc="{escape(self.html)}"></iframe>'
        )

    def save(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        """Write the page to a file.

        Args:
            path: the file.
            overwrite: replace a file that exists.

        Raises:
            FileExistsError: the file exists and must not be overwritten.
            FileNotFoundError: its folder does not exist.
        """
        check_output(path, overwrite)
        write_page(self.html, path, overwrite)


def write_page(html: str, path: str | os.PathLike[str], overwrite: bool) -> None:
    """Write a page to a file.

    Raises:
        FileExistsError: the file has appeared in the meantime, and must not be overwritten.
    """
    path = Path(path)
    with process_lock(path):
        check_output(path, overwrite)
        with atomic_write(path) as temporary:
            temporary.write_text(html, encoding="utf-8")


def view_structure(atoms: Atoms, spectra: StructureSpectra, predictor: SpectrumPredictor, height: int) -> View:
    """Return a page of one structure.

    Args:
        atoms: the structure.
        spectra: its spectra, with tensors.
        predictor: what predicted them.
        height: height in a notebook, pixels.

    Raises:
        ValueError: the structure is too large.
    """
    check_sizes([NumberedStructure(0, atoms)], predictor.absorbing_element)
    formula = atoms.symbols.get_chemical_formula()
    record: dict[str, str | float] = {
        "program": f"schnetpack-isd {__version__}",
        "model": printable(predictor.model.name),
        "intensity": predictor.intensity,
        "energy_shift": predictor.energy_shift,
    }
    structure = ViewedStructure(formula, atoms, spectra)
    shown = ViewedSpectra(
        formula, predictor.energies, [structure], predictor.absorbing_element, record, predictor.experimental_axis
    )
    return View(build_page(shown), height)
