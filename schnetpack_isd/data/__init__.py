"""Converting, splitting and loading spectra."""

from schnetpack_isd.metadata import SpectrumSettings

from .conversion import convert_spectra
from .datamodule import SpectrumDataModule
from .joined_data import JoinedData, open_database
from .loader import PackedLoader
from .make_splitting import make_splitting
from .random_split import RandomSplit
from .row_reader import RowReader
from .sampler import EpochSampler
from .scaffold_split import ScaffoldSplit
from .split_file import read_split, write_split
from .splitting import MoleculeSplit, PaperSplit, SizeSplit, paper_split_sizes

__all__ = [
    "EpochSampler",
    "JoinedData",
    "MoleculeSplit",
    "PackedLoader",
    "PaperSplit",
    "RandomSplit",
    "RowReader",
    "ScaffoldSplit",
    "SizeSplit",
    "SpectrumDataModule",
    "SpectrumSettings",
    "convert_spectra",
    "make_splitting",
    "open_database",
    "paper_split_sizes",
    "read_split",
    "write_split",
]
