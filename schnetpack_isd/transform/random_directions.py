"""Spectra along random directions, from the stored tensor."""

from __future__ import annotations

import numpy as np
import schnetpack.properties as structure
from schnetpack.transform import Transform
from torch import Tensor

from schnetpack_isd.directions import random_directions

from .along import along

__all__ = ["RandomDirections"]


class RandomDirections(Transform):
    """Replace directions and spectra by random directions and the exact spectra along them.

    They are a function of seed, epoch and row, so that a run can be repeated and resumed. As training data they show
    the model every orientation of a molecule: :class:`~schnetpack_isd.datasets.CKEdge` tells the transform each new
    epoch. Without that they stay the same, which is what a test on random directions wants.
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
        """Draw other directions from now on."""
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
        return along(inputs, directions)
