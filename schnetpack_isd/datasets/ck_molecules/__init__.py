"""The bundled carbon K-edge spectra, all of them (see ``README.md`` beside)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from schnetpack_isd.data import SpectrumSettings
from schnetpack_isd.datasets.ck_sample import CKSample

__all__ = ["MOLECULES_SPECTRA", "MOLECULES_STRUCTURES", "CKMolecules"]

MOLECULES_SPECTRA = Path(__file__).parent / "version_2_spectra.sha256"
"""List of the files of stick spectra with transition dipoles."""

MOLECULES_STRUCTURES = Path(__file__).parent / "version_2_structures.sha256"
"""List of the files of structures."""


class CKMolecules(CKSample):
    """Bundled carbon K-edge spectra of molecules that people measure, and of many more; or your own files."""

    def __init__(
        self,
        datapath: str,
        batch_size: int,
        spectra: str | os.PathLike | None = None,
        structures: str | os.PathLike | None = None,
        settings: SpectrumSettings | None = None,
        **kwargs: Any,
    ) -> None:
        """Set up the data module, as :class:`~schnetpack_isd.datasets.CKSample` with other bundled files."""
        if spectra is None and structures is None:
            spectra, structures = MOLECULES_SPECTRA, MOLECULES_STRUCTURES
        super().__init__(datapath, batch_size, spectra, structures, settings, **kwargs)
