"""Base of the output modules for spectra: energy axis, intensity scale, sites, and the record of the training data."""

from __future__ import annotations

import math
import warnings
from typing import Any, TypeGuard

import schnetpack.properties as structure
import torch
from ase.data import atomic_numbers
from numpy.typing import ArrayLike
from schnetpack.data import AtomsDataModule
from schnetpack.transform import Transform
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.metadata import DatabaseMetadata, same_scale
from schnetpack_isd.spectra.broadening import Broadening

__all__ = ["SpectrumHead", "spectrum_head"]


class SpectrumHead(Transform):
    """Part that output modules for spectra have in common.

    A head computes the sites in `site_mask`, or every atom of the absorbing element if there is no mask. Energy axis
    and intensity scale (intensity in the unit of the training data = spectrum * intensity scale) are buffers. They come
    from the training data or from arguments, and are NaN before.

    Attributes:
        elements: symbols of all elements in the training data; None if unknown.
        broadening: text of the broadening (:class:`~schnetpack_isd.spectra.Broadening`) of the training data; None if
            unknown.
        level_of_theory: level of theory of the training data; None if unknown.
        experimental_axis: text of the shift from their energies to measured ones
            (:class:`~schnetpack_isd.spectra.ExperimentalAxis`); None if unknown.
        sources: SHA-256 of the files that the training data was made from, by role; None if unknown.
        training_ids: ids of the molecules in the training part; None if unknown.

    Selecting the sites makes the number of rows depend on the data: the one graph break under `torch.compile`.
    """

    energies: Tensor
    intensity_scale: Tensor
    absorbing_element: str
    aggregation_mode: str | None
    elements: list[str] | None = None
    level_of_theory: str | None = None
    experimental_axis: str | None = None
    broadening: str | None = None
    sources: dict[str, str] | None = None
    training_ids: list[int] | None = None
    takes_directions = True
    predicts_tensors = False

    def _set_up(
        self, n_energies: int, energies: ArrayLike | None, intensity_scale: float | None, absorbing_element: str
    ) -> None:
        """Register the buffers and the absorbing element, after the module is initialised."""
        self.absorbing_element = absorbing_element
        self._absorbing_number = atomic_numbers[absorbing_element]
        self.register_buffer("energies", torch.full((n_energies,), torch.nan))
        self.register_buffer("intensity_scale", torch.tensor(torch.nan))
        if energies is not None:
            self._adopt_energies(torch.as_tensor(energies))
        if intensity_scale is not None:
            self.intensity_scale.fill_(intensity_scale)

    def last_layers(self) -> list[nn.Module]:
        """Return the layers whose outputs are intensities, and scale with them."""
        raise NotImplementedError

    def datamodule(self, value: AtomsDataModule) -> None:
        """Adopt energy axis and intensity scale of the training data, or compare them with the model's.

        Raises:
            ValueError: the data has another number of energies, or the model was fitted on another axis, broadening or
                scale.
        """
        metadata = DatabaseMetadata.read(value.dataset)
        if not _known(self.energies):
            self._adopt_energies(torch.tensor(metadata.settings.energies))
        if not _known(self.intensity_scale):
            self.intensity_scale.fill_(metadata.intensity_scale)
        self.elements = None if metadata.elements is None else list(metadata.elements)
        if self.broadening is None:
            self.broadening = str(metadata.settings.broadening)
        self.level_of_theory = metadata.level_of_theory
        self.experimental_axis = metadata.experimental_axis
        self.sources = {role: file.sha256 for role, file in metadata.sources.items()}
        self.training_ids = getattr(value, "training_ids", self.training_ids)
        self.check_metadata(metadata, value.datapath)

    def check_metadata(
        self, metadata: DatabaseMetadata, database: str, model: str = "the model", any_scale: bool = False
    ) -> None:
        """Compare the energy axis, broadening, intensity scale and level of theory with those of a database.

        Args:
            metadata: record of the database.
            database: name of the database in messages.
            model: name of the model in messages.
            any_scale: accept another intensity scale, if the model has one.

        Raises:
            ValueError: the axis, the broadening or the scale differs.

        Warns:
            UserWarning: the level of theory differs; or the head sums over sites, and some absorbing atoms of the
                database are not sites.
        """
        energies, axis = torch.tensor(metadata.settings.energies), self.energies.float().cpu()
        if not _same_axis(energies, axis):
            raise ValueError(
                f"{database} is on the energy axis {_describe(energies)}, {model} on {_describe(axis)}. "
                "Convert the data onto the model's axis, name a model that was trained on that of the data, or give "
                f"the model a new {type(self).__name__}."
            )
        if self.broadening not in (None, str(metadata.settings.broadening)):
            raise ValueError(
                f"{database} has the broadening {metadata.settings.broadening} (eV), the training data of {model} had "
                f"{self.broadening}. Convert the data with the broadening of the model (`spkisd convert --broadening "
                f"{self.broadening}`)."
            )
        scale = self.intensity_scale.item()
        if not same_scale(metadata.intensity_scale, scale) and not (any_scale and math.isfinite(scale)):
            raise ValueError(
                f"{database} has the intensity scale {metadata.intensity_scale:.6g}, {model} has {scale:.6g}. "
                f"Convert the data with that scale (`spkisd convert --scale {scale!r}`), or give the model a new "
                f"{type(self).__name__}."
            )
        if self.level_of_theory is not None and metadata.level_of_theory != self.level_of_theory:
            warnings.warn(
                f"{database} has another level of theory ({metadata.level_of_theory or 'not recorded'}) than the "
                f"training data of {model} ({self.level_of_theory}).",
                stacklevel=2,
            )
        if self.aggregation_mode is not None and not metadata.all_sites:
            warnings.warn(
                f"{database} has spectra of some of the absorbing atoms only, so `{properties.molecular_spectrum}` is "
                "their sum, not the spectrum of the molecule.",
                stacklevel=2,
            )

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "sigma" in state:  # of models with a constant width
            sigma = state.pop("sigma")
            state["broadening"] = None if sigma is None else str(Broadening.constant(sigma))
        super().__setstate__(state)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *arguments: Any) -> None:
        # A resumed run adopts axis and scale of its data before it loads its weights.
        energies, scale = (state_dict.get(prefix + name) for name in ("energies", "intensity_scale"))
        if _known(energies) and _known(self.energies) and not _same_axis(self.energies, energies):
            raise ValueError(
                f"The weights belong to a model on the energy axis {_describe(energies)}, but the data is on "
                f"{_describe(self.energies)}."
            )
        if _known(scale) and _known(self.intensity_scale) and not same_scale(self.intensity_scale.item(), scale.item()):
            raise ValueError(
                f"The weights belong to a model with the intensity scale {scale:.6g}, but the data has "
                f"{self.intensity_scale:.6g}."
            )
        super()._load_from_state_dict(state_dict, prefix, *arguments)

    def _adopt_energies(self, energies: Tensor) -> None:
        if energies.shape != self.energies.shape:
            raise ValueError(
                f"The energy axis has the shape {tuple(energies.shape)}, but {type(self).__name__} has n_out = "
                f"{len(self.energies)}."
            )
        self.energies.copy_(energies)

    def select_sites(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Add `site_structure` and `site_atom` (n_sites,); return atoms and structures (n_sites,) of the sites."""
        sites = torch.nonzero(self._site_mask(inputs)).squeeze(-1)
        idx_m = inputs[structure.idx_m][sites]
        n_atoms = inputs[structure.n_atoms]
        first_atom = torch.cumsum(n_atoms, dim=0) - n_atoms
        inputs[properties.site_structure] = inputs[structure.idx][idx_m]
        inputs[properties.site_atom] = sites - first_atom[idx_m]
        return sites, idx_m

    def _site_mask(self, inputs: dict[str, Tensor]) -> Tensor:
        if properties.site_mask in inputs:
            return inputs[properties.site_mask].bool()
        return inputs[structure.Z] == self._absorbing_number


def spectrum_head(model: nn.Module) -> SpectrumHead:
    """Return the spectrum head of a model.

    Raises:
        ValueError: the model has none.
    """
    for module in model.modules():
        if isinstance(module, SpectrumHead):
            return module
    raise ValueError(
        "The model predicts no spectrum: it has no SiteSpectrum or SpectrumTensor among its output modules."
    )


def check_arguments(aggregation_mode: str | None, absorbing_element: str) -> None:
    """Check arguments that heads have in common.

    Raises:
        ValueError: one is not as described.
    """
    if aggregation_mode not in (None, "sum"):
        raise ValueError(f'`aggregation_mode` must be None or "sum", not {aggregation_mode!r}.')
    if absorbing_element not in atomic_numbers:
        raise ValueError(f"`absorbing_element` must be the symbol of an element, not {absorbing_element!r}.")


def number_of_energies(name: str, n_out: int | None, energies: ArrayLike | None) -> int:
    """Return the number of energies of a head from its arguments.

    Raises:
        ValueError: neither is given.
    """
    if n_out is None and energies is None:
        raise ValueError(f"{name} needs `energies` or their number `n_out`.")
    return len(torch.as_tensor(energies)) if n_out is None else n_out


def _known(values: Tensor | None) -> TypeGuard[Tensor]:
    return values is not None and not bool(values.isnan().any())


def _same_axis(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one.float().cpu(), other.float().cpu(), rtol=0, atol=1e-3)


def _describe(energies: Tensor) -> str:
    return f"{energies[0]:.2f} to {energies[-1]:.2f} eV in {len(energies)} points"
