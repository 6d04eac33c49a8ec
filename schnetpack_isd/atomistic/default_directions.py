"""Default directions for structures that come without any."""

from __future__ import annotations

from collections.abc import Sequence

import schnetpack.properties as structure
import torch
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.directions import CARTESIAN, check_directions

__all__ = ["Directions"]


class Directions(nn.Module):
    """Input module that supplies directions where the data has none, in the idiom of `StaticExternalFields`.

    The directions that were used are among the model's outputs, so that a prediction says which column is which.
    """

    def __init__(self, directions: Sequence[Sequence[float]] = CARTESIAN) -> None:
        """Keep the default directions.

        Args:
            directions: (n_directions, 3) default directions, of any length but zero; x, y and z unless given.

        Raises:
            ValueError: a direction is zero or not finite, or the shape is another.
        """
        super().__init__()
        self.register_buffer("directions", torch.tensor(check_directions(directions), dtype=torch.float32))
        self.model_outputs = [properties.direction]

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Add `direction` (n_structures, n_directions, 3) unless the inputs have it."""
        if properties.direction not in inputs:
            n_structures = inputs[structure.n_atoms].shape[0]
            directions = self.directions.to(inputs[structure.R].dtype)
            inputs[properties.direction] = directions.repeat(n_structures, 1, 1)
        return inputs
