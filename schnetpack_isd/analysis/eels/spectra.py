"""Energy-loss spectra of a structure for a beam along a direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.analysis.molecular_axis import MolecularAxis
from schnetpack_isd.analysis.spectrum_table import Column, Table
from schnetpack_isd.prediction.request import PredictionRequest
from schnetpack_isd.spectra import characteristic_angle, eels_spectrum, magic_collection_angle, share_along_beam

if TYPE_CHECKING:
    from schnetpack_isd.analysis.structure_prediction import PredictedStructure  # imports PyTorch

__all__ = ["EELSRequest", "EELSSpectra", "Microscope"]

VOLTAGES = (5.0, 3000.0)
"""Lowest and highest acceleration voltage of microscopes in kV."""

SMALLEST_COLLECTION = 0.01
"""Smallest semi-angle of collection in mrad; a smaller one is probably in radians."""

LARGEST_ANGLE = 500.0
"""Largest semi-angle in mrad; a larger one is probably in µrad."""


@dataclass(frozen=True)
class Microscope:
    """Electrons and apertures.

    Attributes:
        voltage: acceleration voltage in kV.
        convergence: semi-angle of the illumination in mrad.
        collection: semi-angle of the collection aperture in mrad.

    Raises:
        ValueError: a number is not as described.
    """

    voltage: float
    convergence: float
    collection: float

    def __post_init__(self) -> None:
        share_along_beam(self.voltage, 1.0, self.convergence, self.collection)
        lowest, highest = VOLTAGES
        if not lowest <= self.voltage <= highest:
            raise ValueError(f"The voltage must be from {lowest:g} to {highest:g} kV, not {self.voltage:g} kV.")
        if not SMALLEST_COLLECTION <= self.collection <= LARGEST_ANGLE or self.convergence > LARGEST_ANGLE:
            raise ValueError(
                f"The semi-angle of collection must be from {SMALLEST_COLLECTION:g} to {LARGEST_ANGLE:g} mrad, that of "
                f"convergence at most {LARGEST_ANGLE:g} mrad, not {self.collection:g} and {self.convergence:g} mrad."
            )

    @property
    def description(self) -> str:
        """One line for files and figures."""
        return f"{self.voltage:g} kV, convergence {self.convergence:g} mrad, collection {self.collection:g} mrad"


@dataclass(frozen=True)
class EELSRequest:
    """Energy-loss spectra to predict.

    Attributes:
        prediction: the structure, its energies and intensities.
        beam: direction of the beam in the frame of the structure.
        microscope: electrons and apertures.
    """

    prediction: PredictionRequest
    beam: MolecularAxis
    microscope: Microscope


@dataclass(frozen=True)
class EELSSpectra:
    """Energy-loss spectra of a structure, with standard deviations.

    Attributes:
        request: the experiment.
        predicted: the structure and its absorption tensor.
    """

    request: EELSRequest
    predicted: PredictedStructure

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """(n_energies,) share of the momentum transfer that is along the beam."""
        microscope = self.request.microscope
        return share_along_beam(
            microscope.voltage, self.predicted.energies, microscope.convergence, microscope.collection
        )

    @cached_property
    def spectrum(self) -> tuple[NDArray, NDArray | None]:
        """(n_energies,) spectrum of the experiment, and its standard deviation."""
        return self._with_share(self.share)

    @cached_property
    def parallel(self) -> tuple[NDArray, NDArray | None]:
        """(n_energies,) spectrum for momentum transfer along the beam, and its standard deviation."""
        return self._with_share(1.0)

    @cached_property
    def perpendicular(self) -> tuple[NDArray, NDArray | None]:
        """(n_energies,) mean spectrum for momentum transfer perpendicular to the beam, and its standard deviation."""
        return self._with_share(0.0)

    @cached_property
    def isotropic(self) -> tuple[NDArray, NDArray | None]:
        """(n_energies,) isotropic spectrum, that at the magic angle, and its standard deviation."""
        return self._with_share(1 / 3)

    def _with_share(self, share: NDArray | float) -> tuple[NDArray, NDArray | None]:
        beam = self.request.beam.unit_vector(self.predicted.atoms)
        return self.predicted.with_std(lambda tensor: eels_spectrum(tensor, beam, share))

    def table(self) -> Table:
        """Return the spectra as columns, with all settings."""
        columns = (
            Column("eels", self.request.microscope.description, *self.spectrum),
            Column("parallel", "momentum transfer along the beam", *self.parallel),
            Column("perpendicular", "momentum transfer perpendicular to it, mean over azimuths", *self.perpendicular),
            Column("isotropic", "isotropic, that of the magic collection angle", *self.isotropic),
        )
        return Table(self.predicted.energies, columns, self._settings(), self.predicted.origin)

    def _settings(self) -> dict[str, str | float]:
        microscope, middle = self.request.microscope, float(self.predicted.energies.mean())
        try:
            angle = magic_collection_angle(microscope.voltage, middle, microscope.convergence)
            magic = f"{angle:.4g} mrad at {middle:.0f} eV"
        except ValueError:
            magic = "none, the convergence is larger"
        return {
            "beam": self.request.beam.label,
            "voltage_kV": microscope.voltage,
            "convergence_mrad": microscope.convergence,
            "collection_mrad": microscope.collection,
            "characteristic_angle": f"{characteristic_angle(microscope.voltage, middle):.4g} mrad at {middle:.0f} eV",
            "magic_collection_angle": magic,
            "share_along_beam": f"{self.share[0]:.4f} to {self.share[-1]:.4f}",
        }
