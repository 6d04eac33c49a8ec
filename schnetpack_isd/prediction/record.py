"""Record that a file of predicted spectra keeps of the model, the structures and the request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis

from .shard import Shard

__all__ = ["PredictionRecord"]

NOT_RECORDED = "not recorded"
"""Stored value of an attribute that is not known."""

OF_SPECTRA = ("labels", "sites", "tensor", "isotropic_average", "skipped")
"""Attributes that describe the spectra of a file, not their origin."""

SWITCHES = ("sites", "tensor")
"""Attributes that are stored as yes or no."""


@dataclass(frozen=True)
class PredictionRecord:
    """Origin of predicted spectra, stored with them in every format.

    Attributes:
        program: name and version of this package.
        model: file or name of the model.
        model_sha256: SHA-256 of the model's file; None for a model without a file.
        absorbing_element: symbol of the element whose atoms are the sites.
        intensity: "normalised" or "raw".
        intensity_unit: unit of the intensities.
        intensity_scale: factor from normalised intensities to the unit of the training data.
        energy_unit: unit of the energies.
        energy_shift: shift that was added to the energies, eV.
        experimental_axis: text of the shift to measured energies, with its uncertainty, and that of thresholds
            (:class:`~schnetpack_isd.spectra.ExperimentalAxis`), if it was requested; else None.
        broadening: text of the broadening of the training data, widths in eV; None if the model does not record it.
        level_of_theory: level of theory of the training data; None if the model does not record it.
        structures: files of structures.
        structures_sha256: their SHA-256.
        labels: labels of the directions, and ``isotropic``.
        sites: the file has site spectra beside the molecular ones.
        tensor: the file has the absorption tensors beside the spectra.
        isotropic_average: "exact" for isotropic spectra that are a third of the trace of a tensor; "quadrature" for
            averages over some directions, with an estimated error.
        uncertainty: origin of the standard deviations; None for a single model, which has none.
        skipped: number of structures that were left out, because they could not be read or predicted.
        extrapolated: number of structures that are unlike the training data, or have implausible intensities.
        shard: part of the structures; None for all of them.
    """

    program: str
    model: str
    model_sha256: str | None
    absorbing_element: str
    intensity: str
    intensity_unit: str
    intensity_scale: float
    energy_unit: str
    energy_shift: float
    experimental_axis: str | None
    broadening: str | None
    level_of_theory: str | None
    structures: str
    structures_sha256: str
    labels: tuple[str, ...]
    sites: bool
    tensor: bool
    isotropic_average: str
    uncertainty: str | None = None
    skipped: int = 0
    extrapolated: int = 0
    shard: Shard | None = None

    def axis_label(self, name: str = "energy", separator: str = " ") -> str:
        """Return the label of the energies in figures, with the axis that they are on.

        Args:
            name: what the energies are.
            separator: between the unit and the shift.
        """
        label = f"{name} / eV"
        if self.experimental_axis is not None:
            uncertainty = ExperimentalAxis.parse(self.experimental_axis).uncertainty
            return f"{label}{separator}(experimental axis: shifted by {self.energy_shift:+g} ± {uncertainty:g} eV)"
        origin = "calculated axis" if self.energy_shift == 0 else f"shifted by {self.energy_shift:+g} eV"
        return f"{label}{separator}({origin})"

    def to_attributes(self) -> dict[str, str | float]:
        """Return plain values by name, as files store them; the shard is left out if there is none."""
        attributes: dict[str, str | float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "labels":
                value = "; ".join(value)
            elif field.name in SWITCHES:
                value = "yes" if value else "no"
            elif field.name == "shard":
                if value is None:
                    continue
                value = str(value)
            attributes[field.name] = NOT_RECORDED if value is None else value
        return attributes

    def to_origin(self) -> dict[str, str | float]:
        """Return the plain values by name that also hold for results that are derived from the spectra."""
        return {name: value for name, value in self.to_attributes().items() if name not in OF_SPECTRA}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any], path: str | os.PathLike[str]) -> PredictionRecord:
        """Read a record from the attributes of a file.

        Args:
            attributes: plain values by name.
            path: the file, for messages.

        Raises:
            ValueError: an attribute is missing.
        """
        names = [field.name for field in fields(cls) if field.name != "shard"]
        if missing := [name for name in names if name not in attributes]:
            raise ValueError(f"{path} has no attribute `{missing[0]}`; make it again with `spkisd predict`.")
        values: dict[str, Any] = {
            name: None if attributes[name] == NOT_RECORDED else attributes[name] for name in names
        }
        values["labels"] = tuple(attributes["labels"].split("; "))
        values |= {name: attributes[name] == "yes" for name in SWITCHES}
        values["skipped"], values["extrapolated"] = int(attributes["skipped"]), int(attributes["extrapolated"])
        shard = Shard.parse(attributes["shard"]) if "shard" in attributes else None
        return cls(**values, shard=shard)

    def differences(self, other: PredictionRecord) -> tuple[str, ...]:
        """Compare two records as parts of one prediction, wherever model and structures lie.

        Returns:
            A phrase such as "`sites` is no, expected yes" for each attribute of `other` that differs.
        """
        ours, theirs = (
            replace(record, model="", structures="", skipped=0, extrapolated=0, shard=None).to_attributes()
            for record in (self, other)
        )
        return tuple(
            f"`{name}` is {theirs[name]}, expected {value}" for name, value in ours.items() if theirs[name] != value
        )
