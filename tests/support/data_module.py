"""Data module of the bundled spectra."""

from __future__ import annotations

from schnetpack.transform import CastTo32, MatScipyNeighborList

from schnetpack_isd.data import SpectrumSettings
from schnetpack_isd.datasets import CKSample

TRANSFORMS = [MatScipyNeighborList(cutoff=3.0), CastTo32()]


def data_module(datapath: str, settings: SpectrumSettings, **arguments: object) -> CKSample:
    """A data module that is set up; arguments go to :class:`CKSample`."""
    arguments = {"split_file": None, "num_workers": 0, "transforms": TRANSFORMS, **arguments}
    module = CKSample(datapath, batch_size=16, settings=settings, **arguments)
    module.prepare_data()
    module.setup()
    return module
