"""Input module for default directions."""

from __future__ import annotations

from collections.abc import Sequence

import schnetpack.properties as structure
import torch
from torch import Tensor, nn

from schnetpack_isd import properties
from schnetpack_isd.directions import CARTESIAN, check_directions

__all__ = ["Directions"]


class Directions(nn.Module):
    """Input module that adds default directions if the data has none, like SchNetPack's `StaticExternalFields`.

    The directions are among the outputs of the model, so that predictions record the direction of each spectrum.
    """

    directions: Tensor

    def __init__(self, directions: Sequence[Sequence[float]] = CARTESIAN) -> None:
        """Set the default directions.

        Args:
            directions: (n_directions, 3) default directions of any non-zero length.

        Raises:
            ValueError: the shape differs, or a direction is zero or not finite.
        """
        super().__init__()
        self.register_buffer("directions", torch.tensor(check_directions(directions), dtype=torch.float32))
        self.model_outputs = [properties.direction]

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Add `direction` (n_structures, n_directions, 3) to the inputs if it is missing."""
        if properties.direction not in inputs:
            n_structures = inputs[structure.n_atoms].shape[0]
            directions = self.directions.to(inputs[structure.R].dtype)
            inputs[properties.direction] = directions.repeat(n_structures, 1, 1)
        return inputs
