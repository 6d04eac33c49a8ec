"""Databases that a path stands for: one, or those of a list."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from os import PathLike
from pathlib import Path

from schnetpack_isd.utils.text import shorten

__all__ = ["Databases", "connect_to_read", "count_rows", "is_database_list"]


def is_database_list(datapath: str | PathLike[str]) -> bool:
    """Return whether a name is that of a list of databases, by its ending ``.txt``."""
    return Path(datapath).suffix == ".txt"


def connect_to_read(datapath: str | PathLike[str]) -> sqlite3.Connection:
    """Connect to a database read-only."""
    return sqlite3.connect(f"{Path(datapath).resolve().as_uri()}?mode=ro", uri=True)


def count_rows(datapath: str | PathLike[str]) -> int:
    """Return the number of rows of a database."""
    with closing(connect_to_read(datapath)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM systems").fetchone()[0])


@dataclass(frozen=True)
class Databases:
    """Databases whose rows are numbered through, in their order.

    Attributes:
        paths: the databases.
    """

    paths: tuple[Path, ...]

    @classmethod
    def of(cls, datapath: str | PathLike[str]) -> Databases:
        """Return the databases that a path stands for.

        Args:
            datapath: a database, or a text file ending in ``.txt`` with the name of a database in each line, apart from
                lines that begin with ``#``. Relative names in it start from its folder. Unlike lists of source files,
                it has no checksums, because ASE can write to a database that it opens.

        Raises:
            FileNotFoundError: the list or one of its databases does not exist.
            ValueError: the list is empty, or names another list.
        """
        path = Path(datapath)
        if not is_database_list(path):
            return cls((path,))
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file.")
        lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        names = {number: line.strip() for number, line in lines}
        found = {number: path.parent / name for number, name in names.items() if name and not name.startswith("#")}
        for number, database in found.items():
            if is_database_list(database):
                raise ValueError(f"{path}, line {number}: {database} is a list; name its databases instead.")
            if not database.is_file():
                raise FileNotFoundError(f"{database}: no such file; it is listed in {path}, line {number}.")
        if not found:
            raise ValueError(f"{path}: there is no database in this list; it must have the name of one in each line.")
        return cls(tuple(found.values()))

    def __len__(self) -> int:
        """Return the number of rows of all databases."""
        return self.ends[-1]

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Number of rows in the databases up to each of them."""
        return tuple(accumulate(count_rows(path) for path in self.paths))

    def locate(self, row: int) -> tuple[Path, int]:
        """Return the database that has a row, and the number of the row in it, both from 0.

        Raises:
            IndexError: there is no such row.
        """
        number = bisect_right(self.ends, row)
        if row < 0 or number == len(self.paths):
            raise IndexError(f"{shorten(self.paths)} {'has' if len(self.paths) == 1 else 'have'} no row {row}.")
        return self.paths[number], row - (self.ends[number - 1] if number else 0)
