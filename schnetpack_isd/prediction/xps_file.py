"""Tables and figures of the photoelectron spectra of a file of structures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis
from schnetpack_isd.spectra.xps import GAUSSIAN_FWHM, LORENTZIAN_FWHM, xps_axis
from schnetpack_isd.utils.files import atomic_write, check_output, process_lock, refuse_existing

from .binding_energies import BindingEnergies
from .record import NOT_RECORDED, PredictionRecord

__all__ = ["StructureLines", "XPSResults", "check_xps_file", "write_xps"]

TABLE_ENDING = ".csv"

BLOCK = 1 << 21
"""Number of intensities in memory at once."""

RECORDED = (
    "program", "model", "model_sha256", "absorbing_element", "level_of_theory", "structures", "structures_sha256",
    "uncertainty", "skipped", "extrapolated",
)  # fmt: skip
"""Attributes of :class:`~schnetpack_isd.prediction.PredictionRecord` that tables have."""


@dataclass(frozen=True)
class StructureLines:
    """Lines of the photoelectron spectrum of a structure.

    Attributes:
        number: number of the structure in the input, from 0.
        source: file and frame of the structure, ``file.xyz@3``.
        formula: its chemical formula.
        lines: binding energies of its sites.
        extrapolated: it is unlike the training data, or has implausible intensities.
    """

    number: int
    source: str
    formula: str
    lines: BindingEnergies
    extrapolated: bool = False

    @property
    def name(self) -> str:
        """Short name without spaces and commas."""
        return f"{self.number}_{self.formula}_xps"

    @property
    def description(self) -> str:
        """One line naming the structure."""
        warning = ", EXTRAPOLATED: unlike the training data, or implausible intensities" if self.extrapolated else ""
        return f"structure {self.number} ({self.source}), {self.formula}, {len(self.lines.values)} sites{warning}"


@dataclass(frozen=True)
class XPSResults:
    """Predicted lines of all structures, and how to draw them.

    Attributes:
        structures: the structures, at least one.
        record: origin of the predictions.
        fwhm: full width at half maximum of the Gaussian in eV.
        lorentzian_fwhm: full width at half maximum of the Lorentzian in eV.
    """

    structures: Sequence[StructureLines]
    record: PredictionRecord
    fwhm: float = GAUSSIAN_FWHM
    lorentzian_fwhm: float = LORENTZIAN_FWHM

    @property
    def shift(self) -> tuple[float, float | None]:
        """Shift of the binding energies in eV, and its standard deviation, if it is to measured energies."""
        if self.record.experimental_axis is None:
            return self.record.energy_shift, None
        axis = ExperimentalAxis.parse(self.record.experimental_axis)
        return axis.threshold_shift, axis.threshold_uncertainty


def check_xps_file(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Check that photoelectron spectra can be written to a file.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is neither .csv nor a format of Matplotlib.
    """
    check_output(path, overwrite)
    if Path(path).suffix != TABLE_ENDING:
        from schnetpack_isd.plotting import check_format

        try:
            check_format(path)
        except ValueError as error:
            raise ValueError(f"{error} A table of XPS spectra ends in {TABLE_ENDING}.") from error


def write_xps(results: XPSResults, path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """Write photoelectron spectra to a table or a figure.

    Args:
        results: lines of the structures.
        path: file to write; .csv is a table, other endings are formats of Matplotlib.
        overwrite: replace a file that exists.

    Raises:
        FileExistsError: the file exists and must not be overwritten.
        FileNotFoundError: its folder does not exist.
        ValueError: its ending is neither .csv nor a format of Matplotlib.

    Warns:
        UserWarning: a figure does not have all structures.
    """
    path = Path(path)
    check_xps_file(path, overwrite)
    with process_lock(path):
        refuse_existing(path, overwrite)
        with atomic_write(path) as temporary:
            if path.suffix == TABLE_ENDING:
                _write_table(results, temporary)
            else:
                from schnetpack_isd.plotting import save_figure

                from .xps_figure import plot_xps_results

                save_figure(plot_xps_results(results), temporary)


def _write_table(results: XPSResults, path: Path) -> None:
    """Write a column for each spectrum; comments describe columns and lines."""
    every_line = np.concatenate([structure.lines.values for structure in results.structures])
    energies = xps_axis(every_line, results.fwhm, results.lorentzian_fwhm)
    names = ["energy_eV"]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"# {comment}\n" for comment in _comments(results))
        for structure in results.structures:
            names.append(structure.name)
            file.write(f"# column {len(names)}: {structure.description}\n")
        file.write(",".join(names) + "\n")
        step = max(1, BLOCK // len(names))
        for start in range(0, len(energies), step):
            part = energies[start : start + step]
            columns = [
                structure.lines.xps(part, results.fwhm, results.lorentzian_fwhm) for structure in results.structures
            ]
            for energy, *intensities in zip(part, *columns, strict=True):
                file.write(",".join([f"{energy:.4f}", *(f"{value:.6g}" for value in intensities)]) + "\n")


def _comments(results: XPSResults) -> Iterator[str]:
    """Iterate over the record, the lines' shape, the shift of the axis, and the binding energy of each site."""
    attributes = results.record.to_attributes()
    for key in RECORDED:
        yield f"{key}: {' '.join(str(attributes[key]).split())}"
    element = results.record.absorbing_element
    shift, uncertainty = results.shift
    yield f"intensity_unit: {element} atoms/eV"
    yield f"gaussian_fwhm_eV: {results.fwhm:g}"
    yield f"lorentzian_fwhm_eV: {results.lorentzian_fwhm:g}"
    yield f"binding_energy_shift_eV: {shift:g}"
    yield f"binding_energy_shift_std_eV: {NOT_RECORDED if uncertainty is None else f'{uncertainty:g}'}"
    yield f"experimental_axis: {'no' if uncertainty is None else 'yes'}"
    for structure in results.structures:
        lines = structure.lines
        stds = [""] * len(lines.values) if lines.std is None else [f" ± {std:.3f}" for std in lines.std]
        for atom, energy, std in zip(lines.site_atom, lines.values, stds, strict=True):
            yield f"binding energy of structure {structure.number}, {element}{atom}: {energy:.3f}{std} eV"
