"""What spectra to make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

from schnetpack_isd.directions import CARTESIAN, check_directions, random_directions

__all__ = ["SpectrumSettings"]


@dataclass(frozen=True)
class SpectrumSettings:
    """What spectra to make.

    Attributes:
        energies: (n_energies,) ascending energy axis in eV.
        sigma: standard deviation of the Gaussian broadening in eV; of spectra that are broadened already, theirs.
        directions: (n_directions, 3) directions; or a number of random ones, drawn for each structure anew.
            Others than x, y, z need transition dipoles.
        direction_seed: seed of the random directions.
        scale: what intensities are divided by: a number, or "mean" for the mean of all isotropic site spectra over the
            axis, so that errors compare whatever the directions.
        absorbing_element: symbol of the element that the sites must be atoms of.
        tensor: keep each site's tensor beside its spectra, for spectra along other directions (needs dipoles).

    Raises:
        ValueError: an attribute is not one of those above.
    """

    energies: Sequence[float] | NDArray = field(default_factory=lambda: np.linspace(288.0, 310.0, 256))
    sigma: float = 0.5
    directions: Sequence[Sequence[float]] | NDArray | int = CARTESIAN
    direction_seed: int = 0
    scale: float | str = "mean"
    absorbing_element: str = "C"
    tensor: bool = False

    def __post_init__(self) -> None:
        energies = np.asarray(self.energies, dtype=np.float64)
        ascending = energies.ndim == 1 and len(energies) > 1 and np.isfinite(energies).all()
        if not (ascending and np.all(np.diff(energies) > 0)):
            raise ValueError("The energy axis must be at least two ascending, finite numbers in eV.")
        if not 0 < self.sigma < np.inf:
            raise ValueError(f"sigma must be a positive number in eV, not {self.sigma}.")
        if isinstance(self.directions, int):
            if self.directions < 1:
                raise ValueError(f"The number of random directions must be at least 1, not {self.directions}.")
        else:
            check_directions(self.directions)
        if self.scale != "mean" and (isinstance(self.scale, str) or not 0 < self.scale < np.inf):
            raise ValueError(f'scale must be "mean" or a positive number, not {self.scale!r}.')
        if self.absorbing_element not in atomic_numbers:
            raise ValueError(f"absorbing_element must be the symbol of an element, not {self.absorbing_element!r}.")

    def metadata(self) -> dict[str, Any]:
        """The settings as a database records them."""
        if isinstance(self.directions, int):
            directions: Any = {"random": self.directions, "seed": self.direction_seed}
        else:
            directions = check_directions(self.directions).tolist()
        return {
            "energies": np.round(np.asarray(self.energies, dtype=np.float64), 9).tolist(),
            "sigma": float(self.sigma),
            "directions": directions,
            "scale": self.scale if self.scale == "mean" else float(self.scale),
            "absorbing_element": self.absorbing_element,
            "tensor": self.tensor,
        }

    def directions_for(self, molecule_id: int) -> NDArray[np.float64]:
        """(n_directions, 3) directions of a structure, the same whatever else is converted."""
        if isinstance(self.directions, int):
            return random_directions(self.directions, np.random.default_rng([self.direction_seed, molecule_id]))
        return check_directions(self.directions)

    def needs_dipoles(self) -> bool:
        """Whether squares of transition dipoles along x, y, z are not enough."""
        return self.tensor or isinstance(self.directions, int) or not self._along_axes()

    def _along_axes(self) -> bool:
        return bool(np.all(np.count_nonzero(check_directions(self.directions), axis=1) == 1))
