"""Data module for core-electron excitation spectra."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.utils import to_absolute_path
from schnetpack.data import (
    ASEAtomsData,
    AtomsDataFormat,
    AtomsDataModule,
    AtomsDataModuleError,
    AtomsLoader,
    BaseAtomsData,
    SplittingStrategy,
)
from torch.utils.data import Dataset, DistributedSampler

from schnetpack_isd.atomistic import SpectrumHead
from schnetpack_isd.metadata import DatabaseMetadata, SourceFile, SpectrumSettings
from schnetpack_isd.utils.files import process_lock
from schnetpack_isd.utils.hydra_errors import compact_errors

from .conversion import convert_spectra
from .databases import is_database_list
from .joined_data import open_database
from .loader import PackedLoader
from .row_reader import RowReader
from .run_data import data_differences, describe_data
from .sampler import EpochSampler
from .sources.file_list import is_file_list, read_file_list
from .split_file import read_split, save_split
from .splitting import MoleculeSplit, PaperSplit
from .stored_rows import molecule_ids

__all__ = ["SpectrumDataModule"]

SPLIT_FILE = "split.npz"
"""SchNetPack's name for the split of a run, in its folder."""


class SpectrumDataModule(AtomsDataModule):
    """SchNetPack data module that converts spectra to a database and serves them.

    `prepare_data` converts the spectra if the database does not exist. An existing database is checked: it must have
    been made from the same files with the same settings. Molecules are split with the default sizes of `splitting`,
    unless numbers or a split file are given.

    A list of databases is used as one (:class:`~schnetpack_isd.data.JoinedData`). It is compared with the settings, but
    not with sources.

    The order of the training data depends only on the training seed and the epoch, so a resumed run equals an
    uninterrupted one. With several processes, each process sees its share of the training data and all of the
    validation and test data: shares would have to be padded, and the errors would not equal those of a single process.

    Rows are read by :class:`~schnetpack_isd.data.RowReader`.

    Attributes:
        training_ids: ids of the molecules in the training part, after `setup`.
    """

    num_train: int | float | None
    num_val: int | float | None
    num_test: int | float | None
    training_ids: list[int] | None = None
    dataset: Any
    train_idx: list[int] | None
    val_idx: list[int] | None
    test_idx: list[int] | None
    _train_dataloader: AtomsLoader | None
    _val_dataloader: AtomsLoader | None
    _test_dataloader: AtomsLoader | None

    def __init__(
        self,
        datapath: str,
        batch_size: int,
        spectra: str | os.PathLike | None = None,
        structures: str | os.PathLike | None = None,
        settings: SpectrumSettings | None = None,
        uncharacterized: str | os.PathLike | None = None,
        splitting: SplittingStrategy | None = None,
        split_file: str | None = SPLIT_FILE,
        format: AtomsDataFormat | None = AtomsDataFormat.ASE,  # noqa: A002
        **kwargs: Any,
    ) -> None:
        """Set up the data module.

        Args:
            datapath: the database, which is made if it does not exist; or a list of databases, ending in ``.txt``.
            batch_size: number of molecules in a training batch.
            spectra: HDF5 file, see :func:`~schnetpack_isd.data.sources.open_spectra`. Relative paths start from the
                folder in which a Hydra application was started. A list of databases needs neither spectra nor
                structures.
            structures: file of structures, see :func:`~schnetpack_isd.data.sources.iter_structures`.
            settings: spectra to make; the defaults of :class:`~schnetpack_isd.metadata.SpectrumSettings` if not given.
            uncharacterized: QM9's list of uncharacterised molecules, which are left out.
            splitting: split of the molecules; :class:`~schnetpack_isd.data.PaperSplit` with seed 0 if not given.
            split_file: file to write the split to, or to read it from if it exists. By default it is in the folder of
                the run. Any other relative path must exist and starts from the folder in which a Hydra application was
                started.
            format: format of the database.
            **kwargs: further arguments of `AtomsDataModule`. `num_train`, `num_val` and `num_test` are numbers of
                molecules; without them the split has its default sizes.

        Raises:
            FileNotFoundError: the split file does not exist.
            ValueError: a database is given without its spectra or structures, or a list of databases with a
                `data_workdir`.
        """
        is_list = is_database_list(datapath)
        if is_list and kwargs.get("data_workdir") is not None:
            raise ValueError(
                f"{datapath} is a list of databases, which `data_workdir` does not copy. Copy the list and its "
                "databases yourself, and give the copy as `datapath`."
            )
        if not is_list and (spectra is None or structures is None):
            raise ValueError(f"{datapath}: give the `spectra` and the `structures` of this database.")
        super().__init__(
            datapath=str(Path(datapath).with_suffix(".db")) if is_list else datapath,
            batch_size=batch_size,
            format=format,
            splitting=splitting or PaperSplit(),
            split_file=_find_split_file(split_file),
            **kwargs,
        )
        if is_list:  # SchNetPack refuses other endings than .db
            self.datapath = datapath
        sources = {"spectra": spectra, "structures": structures, "uncharacterized": uncharacterized}
        self.sources = {role: Path(to_absolute_path(str(path))) for role, path in sources.items() if path is not None}
        self.settings = settings or SpectrumSettings()

    @compact_errors(AtomsDataModuleError, ImportError)
    def prepare_data(self) -> None:
        """Convert the spectra, or check an existing database against the sources and settings.

        Raises:
            AtomsDataModuleError: the database was made from other files or with other settings.
            FileNotFoundError: there is no database, and one of its source files does not exist.
            OSError: a file could not be downloaded, or the database could not be written.
            ValueError: the conversion failed; the message names file and key.
        """
        if is_database_list(self.datapath):
            self._check_settings(None)
            return
        must_convert = not os.path.exists(self.datapath)
        sources = self.find_sources(must_convert)
        if must_convert:
            try:
                convert_spectra(
                    sources["spectra"],
                    sources["structures"],
                    self.datapath,
                    self.settings,
                    uncharacterized=sources.get("uncharacterized"),
                )
            except FileExistsError:  # another process was faster
                pass
            else:
                return
        self._check_database(sources)

    def find_sources(self, must_exist: bool) -> dict[str, Path]:  # noqa: ARG002
        """Return the source files by role.

        Args:
            must_exist: the files are about to be converted; a subclass may download them.
        """
        return self.sources

    def _check_database(self, paths: dict[str, Path]) -> None:
        missing = [str(path) for path in paths.values() if not path.exists()]
        sources = None
        if missing:
            warnings.warn(
                f"{self.datapath} is used without comparing it with its sources, because {', '.join(missing)} "
                f"{'does' if len(missing) == 1 else 'do'} not exist.",
                stacklevel=2,
            )
        else:
            sources = {role: SourceFile.of(path) for role, path in paths.items()}
            for path in filter(is_file_list, paths.values()):
                read_file_list(path)  # compares the files with their checksums
        self._check_settings(sources)

    def _check_settings(self, sources: dict[str, SourceFile] | None) -> None:
        metadata = DatabaseMetadata.read(open_database(self.datapath))
        if differences := metadata.differences(self.settings, sources):
            raise AtomsDataModuleError(
                f"{self.datapath} was made from other sources or with other settings ({'; '.join(differences)}). Give "
                "another `datapath`, or request the settings of the database (`data.settings`)."
                + ("" if sources is None else " If you remove it, it is made again.")
            )

    @compact_errors(AtomsDataModuleError, ImportError)
    def setup(self, stage: str | None = None) -> None:
        """Load and split the data. Outside of `fit`, check the model's energy axis and scale against the data's.

        Raises:
            AtomsDataModuleError: the copy in `data_workdir` is of another database.
            ValueError: the model has another energy axis or intensity scale.
        """
        self._load(self.datapath if self.data_workdir is None else self._copy_to_workdir())
        self._check_copy()
        if self.trainer is not None and stage not in (None, "fit"):
            for module in self.trainer.lightning_module.modules():
                if isinstance(module, SpectrumHead):
                    module.datamodule(self)

    def _load(self, datapath: str) -> None:
        """Load and split the data as SchNetPack's `setup` does, which cannot open a list of databases."""
        if self.dataset is not None:
            return
        self.dataset = open_database(
            datapath,
            property_units=self.property_units,
            distance_unit=self.distance_unit,
            load_properties=self.load_properties,
        )
        if self.train_idx is None:
            self._load_partitions()
        self._train_dataset = self.dataset.subset(self.train_idx)
        self._val_dataset = self.dataset.subset(self.val_idx)
        self._test_dataset = self.dataset.subset(self.test_idx)
        self._setup_transforms()

    def _check_copy(self) -> None:
        """Compare database and copy: SchNetPack keeps a file of the same name that is in `data_workdir` already."""
        if self.data_workdir is None or not os.path.exists(self.datapath):
            return
        original = open_database(self.datapath)
        if DatabaseMetadata.read(original) != DatabaseMetadata.read(self.dataset) or len(original) != len(self.dataset):
            raise AtomsDataModuleError(
                f"{self.dataset.datapath} is not a copy of {self.datapath}. Remove it, or give another `data_workdir`."
            )

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of the data."""
        return {} if self.dataset is None else describe_data(self.dataset, self.training_ids)

    @compact_errors(AtomsDataModuleError)
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Compare the data with those of a checkpoint.

        Raises:
            AtomsDataModuleError: the run began with other data.
        """
        if state_dict and (differences := data_differences(state_dict, self.state_dict())):
            raise AtomsDataModuleError(
                f"{self.datapath} does not have the data with which this run began ({'; '.join(differences)}). "
                "Continue with the former data, or begin a run with another `run.id`."
            )

    def _load_partitions(self) -> None:
        """Split the data, or read the split file and compare it with the database."""
        datapath = self.dataset.datapath
        if self.split_file is None:
            parts = self._split()
        else:
            path = Path(self.split_file)
            with process_lock(path):
                if not path.exists():
                    save_split(path, self._split(), datapath)
                parts = read_split(path, datapath)
            self._check_sizes(path, parts)
        self.train_idx, self.val_idx, self.test_idx = parts
        ids = molecule_ids(datapath)
        self.training_ids = [ids[row] for row in self.train_idx]

    def _check_sizes(self, path: Path, parts: Sequence[list[int]]) -> None:
        requested, found = (self.num_train, self.num_val, self.num_test), tuple(map(len, parts))
        numbers = [int(n * len(self.dataset)) if isinstance(n, float) and n < 1 else n for n in requested]
        if any(number not in (None, size) for number, size in zip(numbers, found, strict=True)):
            raise AtomsDataModuleError(
                f"{path} has parts of {found} molecules, but {requested} are requested (`num_train`, `num_val`, "
                "`num_test`). Request none, or remove the file."
            )

    def _split(self) -> Sequence[list[int]]:
        sizes = (self.num_train, self.num_val, self.num_test)
        if isinstance(self.splitting, MoleculeSplit) and sizes == (None, None, None):
            sizes = self.splitting.sizes(self.dataset)
        elif self.num_train is None or self.num_val is None:
            raise AtomsDataModuleError("Give `num_train` and `num_val`, or a `split_file`.")
        return self.splitting.split(self.dataset, *sizes)

    def train_dataloader(self) -> AtomsLoader:
        """Training data in the order of :class:`EpochSampler`, unless a `train_sampler_cls` is given."""
        if self.train_sampler_cls is not None:
            return super().train_dataloader()
        if self._train_dataloader is None:
            dataset = self._rows(self.train_dataset)
            sampler = EpochSampler(dataset)
            if self.trainer is not None:
                epoch = self.trainer.fit_loop.epoch_progress.current.processed
                sampler = EpochSampler(dataset, epoch, self.trainer.world_size, self.trainer.global_rank)
            self._train_dataloader = PackedLoader(
                dataset,
                batch_size=self.batch_size,
                sampler=sampler,
                num_workers=self.num_workers,
                pin_memory=self._pin_memory,
            )
        return self._train_dataloader

    def val_dataloader(self) -> AtomsLoader:
        """All of the validation data, in every process."""
        if self._val_dataloader is None:
            self._val_dataloader = self._undivided(self.val_dataset, self.val_batch_size, self.num_val_workers)
        return self._val_dataloader

    def test_dataloader(self) -> AtomsLoader:
        """All of the test data, in every process."""
        if self._test_dataloader is None:
            self._test_dataloader = self._undivided(self.test_dataset, self.test_batch_size, self.num_test_workers)
        return self._test_dataloader

    def _rows(self, part: BaseAtomsData) -> Dataset:
        return RowReader(part) if isinstance(part, ASEAtomsData) else part

    def _undivided(self, part: BaseAtomsData, batch_size: int, num_workers: int) -> AtomsLoader:
        dataset = self._rows(part)
        # Lightning replaces any sampler that is not a DistributedSampler with one that pads.
        sampler: DistributedSampler = DistributedSampler(dataset, num_replicas=1, rank=0, shuffle=False)
        return PackedLoader(
            dataset, batch_size=batch_size, sampler=sampler, num_workers=num_workers, pin_memory=self._pin_memory
        )


def _find_split_file(path: str | None) -> str | None:
    """Return an absolute path, because SchNetPack looks for relative ones in the folder of the run."""
    if path in (None, SPLIT_FILE) or Path(path).is_absolute():
        return path
    found = to_absolute_path(path)
    if not os.path.exists(found):
        raise FileNotFoundError(f"{found}: no such split file (`spkisd split` writes one).")
    return found
