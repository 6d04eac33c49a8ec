"""Rows of a store for the spectra of a structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.directions import ISOTROPIC

from .request import PredictionRequest
from .store import MOLECULE, PredictedSpectrum, PredictedTensor, StoreWriter
from .structure_checks import NumberedStructure
from .structure_spectra import StructureSpectra

__all__ = ["write_spectra"]


def write_spectra(
    writer: StoreWriter, numbered: NumberedStructure, spectra: StructureSpectra, request: PredictionRequest
) -> None:
    """Write the spectra of a structure, and its tensors if they are requested, to a store.

    Args:
        writer: the store.
        numbered: the structure.
        spectra: its spectra.
        request: spectra to write.
    """
    writer.write(_rows(numbered, spectra, request))
    if request.tensor:
        writer.write_tensors(_tensors(numbered, spectra, request))


def _rows(
    numbered: NumberedStructure, spectra: StructureSpectra, request: PredictionRequest
) -> Iterator[PredictedSpectrum]:
    """Iterate over the molecular spectra, then those of each site if requested, all along the same directions."""
    labels = [label for label in request.labels if label != ISOTROPIC]
    for part in _parts(spectra, request.sites):
        row = partial(
            PredictedSpectrum,
            structure=numbered.number,
            source=numbered.source,
            formula=numbered.atoms.symbols.get_chemical_formula(),
            atom=part.atom,
            ionization_energy=part.ionization_energy,
            ionization_energy_std=part.ionization_energy_std,
            extrapolation_score=part.score,
            extrapolated=not spectra.is_plausible,
        )
        for number, label in enumerate(labels):
            yield row(
                label=label,
                direction=spectra.direction[number],
                quadrature_error=np.nan,
                spectrum=part.along[number],
                spectrum_std=None if part.along_std is None else part.along_std[number],
            )
        if part.average is not None:
            yield row(
                label=ISOTROPIC,
                direction=np.full(3, np.nan),
                quadrature_error=part.error,
                spectrum=part.average,
                spectrum_std=part.average_std,
            )


@dataclass(frozen=True)
class _Part:
    """Spectra of a molecule or of one of its sites."""

    atom: int
    along: NDArray
    along_std: NDArray | None
    average: NDArray | None
    average_std: NDArray | None
    error: float
    ionization_energy: float = np.nan
    ionization_energy_std: float = np.nan
    score: float = np.nan


def _parts(spectra: StructureSpectra, sites: bool) -> Iterator[_Part]:
    scores, error = spectra.extrapolation_score, spectra.isotropic_molecular_error
    yield _Part(
        MOLECULE,
        spectra.molecular_spectrum,
        spectra.molecular_spectrum_std,
        spectra.isotropic_molecular_spectrum,
        spectra.isotropic_molecular_spectrum_std,
        np.nan if error is None else error,
        score=np.nan if scores is None else float(scores.max()),
    )
    if not sites:
        return
    columns = (
        spectra.spectrum_std, spectra.isotropic_spectrum, spectra.isotropic_spectrum_std, spectra.isotropic_error,
        spectra.ionization_energy, spectra.ionization_energy_std, scores,
    )  # fmt: skip
    for number, atom in enumerate(spectra.site_atom.tolist()):
        along_std, average, average_std, *numbers = (None if values is None else values[number] for values in columns)
        plain = (np.nan if value is None else float(value) for value in numbers)
        yield _Part(atom, spectra.spectrum[number], along_std, average, average_std, *plain)


def _tensors(
    numbered: NumberedStructure, spectra: StructureSpectra, request: PredictionRequest
) -> Iterator[PredictedTensor]:
    """Iterate over the molecular tensor, then those of each site if requested."""
    assert spectra.tensor is not None
    assert spectra.molecular_tensor is not None
    yield PredictedTensor(numbered.number, MOLECULE, spectra.molecular_tensor)
    if request.sites:
        for atom, tensor in zip(spectra.site_atom.tolist(), spectra.tensor, strict=True):
            yield PredictedTensor(numbered.number, atom, tensor)
