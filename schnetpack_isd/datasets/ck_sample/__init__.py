"""The bundled carbon K-edge spectra: 685 small organic molecules with 2,406 carbon sites (see ``README.md`` beside)."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import OmegaConf

from schnetpack_isd.data import SpectrumDataModule, SpectrumSettings

__all__ = ["SAMPLE_STICKS", "SAMPLE_STRUCTURES", "CKSample", "sample_settings"]

SAMPLE_STICKS = Path(__file__).parent / "ck_sample_sticks.hdf5"
"""Stick spectra with transition dipoles."""

SAMPLE_STRUCTURES = Path(__file__).parent / "ck_sample.extxyz"
"""Structures of the molecules."""


def sample_settings() -> SpectrumSettings:
    """Return the settings for the bundled spectra, as in ``configs/data/ck_edge_sample.yaml``."""
    with files("schnetpack_isd.configs").joinpath("data/ck_edge_sample.yaml").open(encoding="utf-8") as file:
        return instantiate(OmegaConf.load(file).settings, _convert_="all")


class CKSample(SpectrumDataModule):
    """Bundled carbon K-edge spectra, or your own files of the same layout.

    Attributes:
        bundled: the bundled files of spectra and of structures.
    """

    bundled: tuple[Path, Path] = (SAMPLE_STICKS, SAMPLE_STRUCTURES)

    def __init__(
        self,
        datapath: str,
        batch_size: int,
        spectra: str | os.PathLike | None = None,
        structures: str | os.PathLike | None = None,
        settings: SpectrumSettings | None = None,
        **kwargs: Any,
    ) -> None:
        """Set up the data module.

        Args:
            datapath: the database; it is made if it does not exist.
            batch_size: number of molecules in a training batch.
            spectra: HDF5 file of spectra; the bundled one if not given.
            structures: file of structures; the bundled one if not given.
            settings: spectra to make; :func:`sample_settings` if not given.
            **kwargs: further arguments of :class:`~schnetpack_isd.data.SpectrumDataModule`.

        Raises:
            ValueError: only one of `spectra` and `structures` is given.
        """
        if (spectra is None) != (structures is None):
            raise ValueError("Give both `spectra` and `structures`, or neither to use the bundled files.")
        spectra, structures = spectra or self.bundled[0], structures or self.bundled[1]
        super().__init__(datapath, batch_size, spectra, structures, settings or sample_settings(), **kwargs)
