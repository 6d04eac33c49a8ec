"""The published carbon K-edge spectra."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hydra.utils import to_absolute_path

from schnetpack_isd.data import SpectrumDataModule

from .published import PUBLISHED, download, locate

__all__ = ["CKEdge"]


class CKEdge(SpectrumDataModule):
    """Published carbon K-edge spectra of QM9 molecules, downloaded on request.

    References:
        Shibata et al., Sci Data 2022, 9, 214, doi:10.1038/s41597-022-01303-8;
        Ramakrishnan et al., Sci Data 2014, 1, 140022, doi:10.1038/sdata.2014.22 (QM9).
    """

    def __init__(
        self,
        datapath: str,
        batch_size: int,
        spectra: str | os.PathLike,
        structures: str | os.PathLike,
        *,
        download: bool = False,
        offline_folder: str | os.PathLike | None = None,
        **kwargs: Any,
    ) -> None:
        """Set up the data module.

        Args:
            datapath: the database; it is made if it does not exist.
            batch_size: number of molecules in a training batch.
            spectra: path of the spectra.
            structures: path of the structures, QM9 in any of its forms.
            download: download published files that do not exist.
            offline_folder: folder with copies of the published files, used for those that are not at their paths.
            **kwargs: further arguments of :class:`~schnetpack_isd.data.SpectrumDataModule`.
        """
        super().__init__(datapath, batch_size, spectra, structures, **kwargs)
        self.download = download
        self.offline_folder = None if offline_folder is None else to_absolute_path(str(offline_folder))

    def find_sources(self, must_exist: bool) -> dict[str, Path]:
        """Return the source files by role, from the offline folder or downloaded if necessary; see the base class."""
        sources = {role: locate(path, self.offline_folder) for role, path in self.sources.items()}
        for path in sources.values():
            if must_exist and self.download and not path.exists() and path.name in PUBLISHED:
                download(path)
        return sources
