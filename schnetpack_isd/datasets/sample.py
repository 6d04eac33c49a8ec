"""The bundled spectra: 688 small organic molecules, 2,412 carbon sites (see ``schnetpack_isd/data/README.md``)."""

from __future__ import annotations

from pathlib import Path

import schnetpack_isd

__all__ = ["SAMPLE_STICKS", "SAMPLE_STRUCTURES"]

_DATA = Path(schnetpack_isd.__file__).parent / "data"

SAMPLE_STICKS = _DATA / "ck_sample_sticks.hdf5"
"""Stick spectra with transition dipoles."""

SAMPLE_STRUCTURES = _DATA / "ck_sample.extxyz"
"""The molecules' structures."""
