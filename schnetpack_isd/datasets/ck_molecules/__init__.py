"""The bundled carbon K-edge spectra, all of them (see ``README.md`` beside)."""

from __future__ import annotations

from pathlib import Path

from schnetpack_isd.datasets.ck_sample import CKSample

__all__ = ["MOLECULES_SPECTRA", "MOLECULES_STRUCTURES", "CKMolecules"]

MOLECULES_SPECTRA = Path(__file__).parent / "version_2_spectra.sha256"
"""List of the files of stick spectra with transition dipoles."""

MOLECULES_STRUCTURES = Path(__file__).parent / "version_2_structures.sha256"
"""List of the files of structures."""


class CKMolecules(CKSample):
    """Bundled carbon K-edge spectra of molecules that people measure, and of many more; or your own files."""

    bundled = (MOLECULES_SPECTRA, MOLECULES_STRUCTURES)
