"""Spectra along chosen directions, from the stored tensor."""

from __future__ import annotations

from numpy.typing import ArrayLike
from schnetpack.transform import Transform
from torch import Tensor

from schnetpack_isd.directions import check_directions

from .along import along

__all__ = ["FixedDirections"]


class FixedDirections(Transform):
    """Replace directions and spectra by chosen directions, the same for all structures, and the exact spectra."""

    is_preprocessor: bool = True
    is_postprocessor: bool = False

    def __init__(self, directions: ArrayLike) -> None:
        """Choose the directions.

        Args:
            directions: (n_directions, 3) vectors of any length but zero.

        Raises:
            ValueError: a direction is zero or not finite, or the shape is another.
        """
        super().__init__()
        self.directions = check_directions(directions)

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Replace `direction` and `spectrum`; see :class:`RandomDirections`."""
        return along(inputs, self.directions)
