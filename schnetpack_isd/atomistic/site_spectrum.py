"""Output module for the spectra of absorbing sites along directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import schnetpack.properties as structure
import torch.nn.functional as F
from numpy.typing import ArrayLike
from schnetpack.atomistic import Atomwise
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.nn.scatter import sum_by_index

from .spectrum_head import SpectrumHead, check_arguments, number_of_energies

__all__ = ["SiteSpectrum"]


class SiteSpectrum(Atomwise, SpectrumHead):
    """Predict the spectrum of each site along each direction from its scalar features; see :class:`SpectrumHead`."""

    dropout: float = 0.0  # of models that were saved before there was dropout

    def __init__(
        self,
        n_in: int,
        n_out: int | None = None,
        n_hidden: int | Sequence[int] | None = None,
        n_layers: int = 2,
        activation: Callable = F.silu,
        dropout: float = 0.0,
        aggregation_mode: str | None = None,
        absorbing_element: str = "C",
        energies: ArrayLike | None = None,
        intensity_scale: float | None = None,
    ) -> None:
        """Build the network.

        Args:
            n_in: number of features of the representation.
            n_out: number of energies; the length of `energies` if not given.
            n_hidden: width of the hidden layers; `n_in` if not given.
            n_layers: number of layers.
            activation: activation function of the hidden layers.
            dropout: probability with which scalar features of a site are set to zero in training.
            aggregation_mode: None for site spectra alone; "sum" adds `molecular_spectrum`, their sum for each
                structure. It is the spectrum of the molecule if the sites are all its absorbing atoms.
            absorbing_element: symbol of the element whose atoms are the sites if there is no `site_mask`.
            energies: (n_out,) energy axis in eV; taken from the training data if not given.
            intensity_scale: factor from predicted intensities to the unit of the training data; taken from the training
                data if not given.

        Raises:
            ValueError: an argument is not as described.
        """
        check_arguments(aggregation_mode, absorbing_element)
        super().__init__(
            n_in=n_in,
            n_out=number_of_energies("SiteSpectrum", n_out, energies),
            n_hidden=n_in if n_hidden is None else n_hidden,
            n_layers=n_layers,
            activation=activation,
            aggregation_mode=aggregation_mode,
            output_key=properties.molecular_spectrum,
            per_atom_output_key=properties.spectrum,
        )
        self.model_outputs = [properties.spectrum, properties.site_structure, properties.site_atom]
        if aggregation_mode is not None:
            self.model_outputs.append(properties.molecular_spectrum)
        self.dropout = dropout
        self._set_up(self.n_out, energies, intensity_scale, absorbing_element)

    def last_layers(self) -> list[nn.Module]:
        """Return the last layer of the perceptron."""
        return [self.outnet[-1]]

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Predict the spectra of the sites.

        Args:
            inputs: SchNetPack's dictionary with `scalar_representation` (n_atoms, n_directions, n_in).

        Returns:
            The dictionary with `spectrum` (n_sites, n_directions, n_energies), `site_structure` and `site_atom`
            (n_sites,), and with `aggregation_mode` also `molecular_spectrum` (n_structures, n_directions, n_energies).
        """
        sites, idx_m = self.select_sites(inputs)
        q = F.dropout(inputs["scalar_representation"][sites], self.dropout, self.training)
        spectrum = self.outnet(q)
        inputs[properties.spectrum] = spectrum
        if self.aggregation_mode is not None:
            inputs[properties.molecular_spectrum] = sum_by_index(spectrum, idx_m, inputs[structure.n_atoms].shape[0])
        return inputs
