"""Spectra along directions from the stored tensor."""

from __future__ import annotations

import torch
from numpy.typing import NDArray
from torch import Tensor

from schnetpack_isd import properties
from schnetpack_isd.broadening import quadratic_form

__all__ = ["along"]


def along(inputs: dict[str, Tensor], directions: NDArray) -> dict[str, Tensor]:
    """Replace directions and spectra of a row by others and the exact spectra along them.

    Args:
        inputs: one row of a database with `spectrum_tensor`.
        directions: (n_directions, 3) vectors of any length but zero.

    Returns:
        The row with `direction` (1, n_directions, 3) and `spectrum` (n_sites, n_directions, n_energies), without the
        tensor.

    Raises:
        KeyError: the database was converted without the tensor.
    """
    if properties.spectrum_tensor not in inputs:
        raise KeyError(
            "Spectra along other directions need a database with the tensors of its sites: convert stick spectra that "
            "have transition dipoles with `tensor: true`."
        )
    tensor = inputs.pop(properties.spectrum_tensor)
    inputs[properties.direction] = torch.from_numpy(directions).to(inputs[properties.direction].dtype)[None]
    inputs[properties.spectrum] = torch.from_numpy(quadratic_form(directions)).to(tensor.dtype) @ tensor
    return inputs
