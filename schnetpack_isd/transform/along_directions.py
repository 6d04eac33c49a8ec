"""Transforms that replace the spectra of a row by the exact spectra along other directions."""

from __future__ import annotations

import numpy as np
import schnetpack.properties as structure
import torch
from numpy.typing import ArrayLike, NDArray
from schnetpack.transform import Transform
from torch import Tensor

from schnetpack_isd import properties
from schnetpack_isd.directions import check_directions, random_directions
from schnetpack_isd.spectra.tensor import quadratic_form

__all__ = ["FixedDirections", "RandomDirections"]


class FixedDirections(Transform):
    """Replace directions and spectra with given directions and the exact spectra along them.

    The directions are the same for every structure.
    """

    is_preprocessor: bool = True
    is_postprocessor: bool = False

    def __init__(self, directions: ArrayLike) -> None:
        """Choose the directions.

        Args:
            directions: (n_directions, 3) vectors of any non-zero length.

        Raises:
            ValueError: the shape is different, or a direction is zero or not finite.
        """
        super().__init__()
        self.directions = check_directions(directions)

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Replace `direction` and `spectrum`; see :class:`RandomDirections`."""
        return _along(inputs, self.directions)


class RandomDirections(Transform):
    """Replace directions and spectra with random directions and the exact spectra along them.

    Directions depend on seed, epoch and row only, so that a run can be repeated and resumed. In training,
    :class:`~schnetpack_isd.data.EpochSampler` sets the epoch, so that each epoch shows other directions. Elsewhere they
    stay the same.
    """

    is_preprocessor: bool = True
    is_postprocessor: bool = False

    def __init__(self, n_directions: int = 3, seed: int = 0) -> None:
        """Choose the number of directions.

        Args:
            n_directions: number of directions for each structure.
            seed: seed of the directions.

        Raises:
            ValueError: the number of directions is less than 1.
        """
        super().__init__()
        if n_directions < 1:
            raise ValueError(f"The number of random directions must be at least 1, not {n_directions}.")
        self.n_directions = n_directions
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch, and with it the directions."""
        self.epoch = epoch

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Replace `direction` and `spectrum`.

        Args:
            inputs: one row of a database with `spectrum_tensor`.

        Returns:
            The row with `direction` (1, n_directions, 3) and `spectrum` (n_sites, n_directions, n_energies), without
            the tensor.

        Raises:
            KeyError: the database was converted without the tensor.
        """
        rng = np.random.default_rng([self.seed, self.epoch, int(inputs[structure.idx])])
        directions = random_directions(self.n_directions, rng)
        return _along(inputs, directions)


def _along(inputs: dict[str, Tensor], directions: NDArray) -> dict[str, Tensor]:
    """Replace directions and spectra of a row by given directions and the exact spectra along them.

    Args:
        inputs: one row of a database with `spectrum_tensor`.
        directions: (n_directions, 3) vectors of any non-zero length.

    Returns:
        The row with `direction` (1, n_directions, 3) and `spectrum` (n_sites, n_directions, n_energies), without the
        tensor.

    Raises:
        KeyError: the database was converted without the tensor.
    """
    if properties.spectrum_tensor not in inputs:
        raise KeyError(
            "Spectra along other directions need a database with the tensors of its sites: convert stick spectra with "
            "transition dipoles and `tensor: true` (`spkisd convert --tensor`)."
        )
    tensor = inputs.pop(properties.spectrum_tensor)
    inputs[properties.direction] = torch.from_numpy(directions).to(inputs[properties.direction].dtype)[None]
    inputs[properties.spectrum] = torch.from_numpy(quadratic_form(directions)).to(tensor.dtype) @ tensor
    return inputs
