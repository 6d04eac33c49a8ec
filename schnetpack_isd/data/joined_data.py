"""Several databases of spectra as one data set."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any, NoReturn

import numpy as np
import schnetpack.properties as structure
import torch
from ase.db import connect
from schnetpack.data import ASEAtomsData

from schnetpack_isd import properties
from schnetpack_isd.metadata import METADATA_KEY, DatabaseMetadata
from schnetpack_isd.utils.text import shorten

from .databases import Databases, connect_to_read, is_database_list
from .joined_metadata import join_metadata

__all__ = ["JoinedData", "open_database"]


def open_database(datapath: str | os.PathLike[str], **options: Any) -> ASEAtomsData:
    """Open a SchNetPack database, or a list of databases of spectra as one.

    Args:
        datapath: the database, or a list of databases (:class:`~schnetpack_isd.data.JoinedData`).
        **options: further arguments of `ASEAtomsData`.

    Raises:
        FileNotFoundError: it does not exist, or a database in the list does not.
        ValueError: it is not such a database, or those of a list do not belong together.
    """
    if not os.path.exists(datapath):
        raise FileNotFoundError(f"{datapath}: no such file.")
    if is_database_list(datapath):
        return JoinedData(datapath, **options)
    try:
        return ASEAtomsData(str(datapath), **options)
    except Exception as error:  # SQLite, ASE and SchNetPack raise errors of many kinds
        raise ValueError(f"{datapath}: not a database as SchNetPack uses it ({error}).") from error


class JoinedData(ASEAtomsData):
    """Several databases of spectra as one, read-only, with rows numbered through.

    The databases must have the same settings, intensity scale, properties and units, and different ids of molecules.
    Other geometries of a molecule, with ids of their own and the key `variant_of`, can be in another database than the
    molecule.
    """

    def __init__(self, datapath: str | os.PathLike[str], **options: Any) -> None:
        """Open the databases of a list.

        Args:
            datapath: the list, see :meth:`~schnetpack_isd.data.databases.Databases.of`.
            **options: further arguments of `ASEAtomsData`.

        Raises:
            FileNotFoundError: the list or one of its databases does not exist.
            ValueError: the list is empty, one of its files is not a database of spectra, they differ, or a molecule is
                in two of them.
        """
        self.databases = Databases.of(datapath)
        first, *others = (open_database(path) for path in self.databases.paths)
        for other in others:
            _check_units(first, other)
        record = join_metadata({part.datapath: DatabaseMetadata.read(part) for part in (first, *others)})
        _check_molecules(self.databases)
        self._metadata = first.metadata | {METADATA_KEY: record.to_json()}
        super().__init__(first.datapath, **options)  # the first has the properties and units of all
        self.datapath = str(datapath)

    def __len__(self) -> int:
        """Return the number of rows of all databases, or of the subset."""
        return len(self.databases) if self.subset_idx is None else len(self.subset_idx)

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata of the first database, with the joint record of all."""
        return dict(self._metadata)

    def _get_properties(self, _: Any, idx: int, *arguments: Any, **options: Any) -> dict[str, torch.Tensor]:
        path, number = self.databases.locate(idx)
        with connect(str(path), use_lock_file=False) as connection:
            row: dict[str, torch.Tensor] = super()._get_properties(connection, number, *arguments, **options)
        return row | {structure.idx: torch.tensor([idx])}

    def _set_metadata(self, _: dict[str, Any]) -> NoReturn:
        raise TypeError(f"{self.datapath} is a list of databases, which is read-only.")

    def _add_system(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{self.datapath} is a list of databases, which is read-only.")


def _check_units(first: ASEAtomsData, other: ASEAtomsData) -> None:
    """Compare properties and units of two databases."""
    one, two = ({"positions": data.distance_unit} | data.units for data in (first, other))
    for name in one | two:
        ours, theirs = one.get(name, "no such property"), two.get(name, "no such property")
        if ours != theirs:
            raise ValueError(
                f"The databases differ in the unit of `{name}`: {first.datapath} has {ours}, {other.datapath} has "
                f"{theirs}."
            )


def _check_molecules(databases: Databases) -> None:
    """Check that no molecule is in two databases."""
    found = []
    for path in databases.paths:
        with closing(connect_to_read(path)) as connection:
            query = "SELECT value FROM number_key_values WHERE key = ?"
            found.append(np.array(connection.execute(query, (properties.molecule_id,)).fetchall(), dtype=int).ravel())
    ids, counts = np.unique(np.concatenate(found), return_counts=True)
    repeated = ids[counts > 1]
    if len(repeated):
        paths = [path for path, here in zip(databases.paths, found, strict=True) if repeated[0] in here]
        raise ValueError(
            f"{paths[0]} and {paths[-1]} have molecules with the same ids: {shorten(repeated.tolist())}. Each molecule "
            "must be in one database only; other molecules, and other geometries of a molecule, need ids of their own."
        )
