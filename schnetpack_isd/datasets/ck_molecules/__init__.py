"""The bundled carbon K-edge spectra, versions 2 and 3 (see ``README.md`` beside)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from schnetpack_isd.datasets.ck_sample import CKSample

__all__ = ["MOLECULES_SPECTRA", "MOLECULES_STRUCTURES", "VERSIONS", "CKMolecules", "bundled_files"]

VERSIONS = (2, 3)
"""Versions of the bundled spectra; the bundled model was trained on version 2."""


def bundled_files(version: int) -> tuple[Path, Path]:
    """Return the lists of the files of spectra and of structures of a version.

    Raises:
        ValueError: there is no such version.
    """
    if version not in VERSIONS:
        versions = " or ".join(map(str, VERSIONS))
        raise ValueError(f"There is no version {version} of the bundled spectra; give the version {versions}.")
    folder = Path(__file__).parent
    return folder / f"version_{version}_spectra.sha256", folder / f"version_{version}_structures.sha256"


MOLECULES_SPECTRA, MOLECULES_STRUCTURES = bundled_files(2)
"""Lists of the files of stick spectra with transition dipoles, and of structures, version 2."""


class CKMolecules(CKSample):
    """Bundled carbon K-edge spectra of molecules that people measure, and of many more; or your own files."""

    def __init__(self, *args: Any, version: int = 2, **kwargs: Any) -> None:
        """Set up the data module.

        Args:
            *args: as for :class:`CKSample`.
            version: version of the bundled spectra, 2 or 3; it has no effect on your own files.
            **kwargs: as for :class:`CKSample`.

        Raises:
            ValueError: there is no such version, or an argument is wrong for :class:`CKSample`.
        """
        self.bundled = bundled_files(version)
        super().__init__(*args, **kwargs)
