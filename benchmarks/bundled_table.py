"""Tables of the errors of an ensemble and of its members on test molecules, by kind and by size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from ablation import median_and_range
from composition import KINDS

from schnetpack_isd.data.stored_rows import molecule_ids, stored_rows
from schnetpack_isd.evaluation import evaluate
from schnetpack_isd.evaluation.errors import Evaluation
from schnetpack_isd.evaluation.uncertainty import rank_correlation, site_errors
from schnetpack_isd.models import SpectrumModel

SIZES = ((1, 6), (7, 9), (10, 14), (15, 99))
"""Numbers of heavy atoms, first and last, of the rows of the table."""

PI_STAR = 294.0
"""End in eV of the energies that have the π* peaks of most molecules."""

NONE = "-"
"""Entry for a column that a single model lacks."""

COLUMNS = (
    "group", "structures", "sites", "unexplained", f"below {PI_STAR:g} eV", "median site", "inside 90 %", "rank",
    "marked", "thresholds / eV",
)  # fmt: skip

COMPARED = ("all", "all without ions", "all without ions and marked structures", KINDS["small"])
"""Groups on which members are compared with the ensemble."""


@dataclass(frozen=True)
class Row:
    """A row of the test part: its number, the kind of the structure and its number of heavy atoms."""

    number: int
    kind: str
    heavy_atoms: int


@dataclass(frozen=True)
class TestPart:
    """The test part of a database.

    Attributes:
        database: the converted spectra.
        rows: row numbers of the test part.
        model: the ensemble.
    """

    database: Path
    rows: Sequence[int]
    model: SpectrumModel

    def evaluate(self, model: SpectrumModel, rows: Sequence[int]) -> Evaluation:
        """Evaluate a model on some rows."""
        return evaluate(model, self.database, rows, progress=False)

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """Row numbers of each group of the table."""
        rows, marked = self._read_rows(), self._marked()
        not_ions = [row.number for row in rows if row.kind != "ion"]
        found = {"all": [row.number for row in rows], "all without ions": not_ions}
        found["all without ions and marked structures"] = [number for number in not_ions if number not in marked]
        found |= {name: [row.number for row in rows if row.kind == kind] for kind, name in KINDS.items()}
        for first, last in SIZES:
            name = f"{first} to {last} heavy atoms" if last < 99 else f"{first} and more heavy atoms"
            found[name] = [row.number for row in rows if first <= row.heavy_atoms <= last]
        found["measured, 7 and more heavy atoms"] = [
            row.number for row in rows if row.kind == "measured" and row.heavy_atoms >= 7
        ]
        return {name: numbers for name, numbers in found.items() if numbers}

    def _read_rows(self) -> list[Row]:
        every = list(stored_rows(str(self.database)))
        return [Row(n, every[n].keys.get("kind", "small"), int((every[n].numbers != 1).sum())) for n in self.rows]

    def _marked(self) -> set[int]:
        """Return the rows with a score of extrapolation above 1."""
        found = self.evaluate(self.model, self.rows)
        assert found.uncertainty is not None
        assert found.uncertainty.extrapolation_score is not None
        marked = found.molecule_id[found.uncertainty.extrapolation_score > 1]
        ids = molecule_ids(self.database)
        return {row for row in self.rows if ids[row] in marked}

    def table(self) -> str:
        """Return the table of all groups, with the members first."""
        lines = [f"| {' | '.join(COLUMNS)} |", "| --- " * len(COLUMNS) + "|"]
        lines += [self._line(f"member {n}", member, self.rows) for n, member in enumerate(self.model.members)]
        lines += [self._line(name, self.model, rows) for name, rows in self.groups.items()]
        return "\n".join(lines)

    def _line(self, name: str, model: SpectrumModel, rows: Sequence[int]) -> str:
        found = self.evaluate(model, rows)
        assert found.sphere is not None
        numbers = [len(rows), len(found.molecule_id)]
        band = slice(0, int(np.searchsorted(found.energies, PI_STAR)))
        shares = [found.sphere.share(), found.sphere.share(band), float(np.median(found.sphere.by_site()))]
        columns = [*map(str, numbers), *(f"{share:.1%}" for share in shares), *_uncertainty(found)]
        assert found.predicted_ionization_energy is not None
        deviation = found.predicted_ionization_energy - found.ionization_energy
        columns.append(f"{np.sqrt(np.mean(deviation**2)):.2f}")
        return f"| {' | '.join([name, *columns])} |"

    def comparison(self) -> str:
        """Return the table of the unexplained shares of single members and of the ensemble."""
        lines = ["| group | single member | ensemble | ensemble / member |", "| --- | --- | --- | --- |"]
        for name in filter(self.groups.__contains__, COMPARED):
            rows = self.groups[name]
            whole, *single = (
                found.sphere.share()
                for model in (self.model, *self.model.members)
                if (found := self.evaluate(model, rows)).sphere is not None
            )
            ratio = whole / float(np.median(single))
            lines.append(f"| {name} | {median_and_range(single)} | {whole:.1%} | {ratio:.2f} |")
        return "\n".join(lines)


def _uncertainty(found: Evaluation) -> list[str]:
    """Return the columns that only an ensemble has."""
    uncertainty = found.uncertainty
    if uncertainty is None or uncertainty.extrapolation_score is None:
        return [NONE, NONE, NONE]
    errors = found.predicted - found.calculated
    correlation = rank_correlation(uncertainty.site_stds(), site_errors(errors))
    marked = len(np.unique(found.molecule_id[uncertainty.extrapolation_score > 1]))
    return [f"{uncertainty.coverage(errors)[0.9]:.1%}", f"{correlation:.2f}", f"{marked}"]
