"""Columns of a measured file."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.utils.text import shorten

__all__ = ["Column", "ScanTable"]

Column = int | str
"""Number of a column, from 1, or a part of its label."""

JITTER = 1.05
"""Largest path of the energies of one sweep, over their range: read-back energies go back a little."""


@dataclass(frozen=True)
class ScanTable:
    """Columns of a measured file.

    Attributes:
        source: name of the file for messages.
        values: (n_points, n_columns) numbers.
        labels: text of each column, as the file describes it; empty strings where it does not.
        energy_column: number of the column with the energies, from 1, unless another one is chosen.
        column: number of the column with the spectrum, unless another one is chosen; None: after the energies.
        needs_column: the file leaves open which column is the spectrum, so that it must be chosen.
        energy_unit: unit of the energies in eV.
    """

    source: str
    values: NDArray[np.float64]
    labels: tuple[str, ...]
    energy_column: int = 1
    column: int | None = None
    energy_unit: float = 1.0
    needs_column: bool = False

    def number(self, column: Column) -> int:
        """Return the number of a column, from 1.

        Raises:
            ValueError: there is no such column, or several labels have the text; the message lists the labels.
        """
        if isinstance(column, int) or column.strip().isdecimal():
            if 1 <= int(column) <= len(self.labels):
                return int(column)
            raise ValueError(f"{self.source}: there is no column {int(column)}. {self._list()}")
        text = column.strip().lower()
        labels = [label.lower() for label in self.labels]
        found = [number for number, label in enumerate(labels, 1) if text == label]
        found = found or [number for number, label in enumerate(labels, 1) if text in label]
        if len(found) != 1:
            how_many = "no label has" if not found else f"the labels of columns {shorten(found)} have"
            raise ValueError(f"{self.source}: {how_many} the text {column!r}. {self._list()}")
        return found[0]

    def _list(self) -> str:
        if not any(self.labels):
            return f"It has {len(self.labels)} columns without labels; give a number."
        return "The columns are:" + "".join(f"\n  {number}  {label}" for number, label in enumerate(self.labels, 1))

    def read(self, column: Column) -> NDArray[np.float64]:
        """Return the (n_points,) numbers of a column.

        Raises:
            ValueError: there is no such column, or it holds a number that is not finite.
        """
        values = self.values[:, self.number(column) - 1]
        if not np.isfinite(values).all():
            raise ValueError(f"{self.source} holds a number that is not finite.")
        return values

    def energies(self, column: Column | None = None) -> NDArray[np.float64]:
        """Return the (n_points,) energies in eV.

        Raises:
            ValueError: there is no such column, or it counts the points.
        """
        chosen = self.energy_column if column is None else column
        values = self.read(chosen)
        if len(values) > 9 and values[0] in (0, 1) and np.all(np.diff(values) == 1):
            raise ValueError(
                f"{self.source}: column {self.number(chosen)} counts the points; choose that of the energies by number "
                f"or label (`--energy-column`). {self._list()}"
            )
        return self.energy_unit * values

    def energy_label(self, column: Column | None = None) -> str:
        """Return the number and the label of the column with the energies, as ``column 4 (calculated ph energy)``."""
        number = self.number(self.energy_column if column is None else column)
        label = self.labels[number - 1]
        return f"column {number} ({label})" if label else f"column {number}"

    def spectrum_column(self, column: Column | None = None, energy_column: Column | None = None) -> int:
        """Return the number of the column with the spectrum: as chosen, as the file says, or after the energies.

        Raises:
            ValueError: there is no such column, or the file leaves the choice open and none is chosen.
        """
        if column is not None:
            return self.number(column)
        if self.needs_column:
            raise ValueError(f"{self.source}: choose the spectrum by number or label (`--column`). {self._list()}")
        if self.column is not None:
            return self.column
        return self.number(self.number(self.energy_column if energy_column is None else energy_column) + 1)

    def spectrum(
        self, column: Column | None = None, energy_column: Column | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (n,) ascending energies in eV and (n,) intensities.

        Raises:
            ValueError: there are no such columns, or fewer than two energies.

        Warns:
            UserWarning: energies occur more than once, or go up and down.
        """
        number = self.spectrum_column(column, energy_column)
        return self.ascending(self.energies(energy_column), self.read(number))

    def ascending(
        self, energies: NDArray[np.float64], intensities: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Sort by energy, and average the intensities of energies that occur more than once.

        Args:
            energies: (n_points,) energies.
            intensities: (n_points,) intensities.

        Returns:
            (n,) ascending energies and (n,) intensities.

        Raises:
            ValueError: there are fewer than two energies.

        Warns:
            UserWarning: energies occur more than once, or go up and down.
        """
        unique, index, counts = np.unique(energies, return_inverse=True, return_counts=True)
        if len(unique) < 2:
            raise ValueError(f"{self.source} has fewer than two energies.")
        if np.any(counts > 1):
            warnings.warn(
                f"{self.source}: {np.sum(counts > 1)} energies occur more than once, the first is "
                f"{unique[counts > 1][0]:g} eV; their intensities are averaged.",
                stacklevel=5,
            )
        elif np.abs(np.diff(energies)).sum() > JITTER * np.ptp(energies):
            warnings.warn(f"{self.source}: the energies go up and down; the points are sorted.", stacklevel=5)
        return unique, np.bincount(index.ravel(), intensities) / counts
