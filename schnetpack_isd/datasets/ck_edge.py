"""Data module of core-electron excitation spectra."""

from __future__ import annotations

import os
import warnings
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
    load_dataset,
)
from torch.utils.data import Dataset, DistributedSampler

from schnetpack_isd.atomistic import SiteSpectrum
from schnetpack_isd.metadata import read_metadata

from .convert import convert_spectra, describe_source
from .packed_loader import PackedLoader
from .published import PUBLISHED, download, locate
from .row_reader import RowReader
from .sample import SAMPLE_STICKS, SAMPLE_STRUCTURES
from .sampler import EpochSampler
from .settings import SpectrumSettings
from .splitting import MoleculeSplit, PaperSplit

__all__ = ["CKEdge"]

SPLIT_FILE = "split.npz"
"""SchNetPack's name for the split of a run, in its folder."""


class CKEdge(AtomsDataModule):
    """Spectra of absorbing sites, by default the carbon K-edge spectra that are bundled.

    `prepare_data` converts the spectra if the database does not exist, downloading them first on demand, and refuses a
    database that was made of other files or with other settings. Molecules are split as `splitting` does by itself,
    unless numbers or a split file are given.

    Rows are read by :class:`~schnetpack_isd.datasets.RowReader`.

    The order of the training data depends on the training seed and the epoch alone, so that a resumed run equals an
    uninterrupted one. With several processes each sees its share of the training data, and all of the validation and
    test data: shares would have to be padded, and the errors would not be those of a single process.
    """

    def __init__(
        self,
        datapath: str,
        batch_size: int,
        spectra: str | os.PathLike | None = None,
        structures: str | os.PathLike | None = None,
        settings: SpectrumSettings | None = None,
        uncharacterized: str | os.PathLike | None = None,
        download: bool = False,
        offline_folder: str | os.PathLike | None = None,
        splitting: SplittingStrategy | None = None,
        split_seed: int = 0,
        split_file: str | None = SPLIT_FILE,
        format: AtomsDataFormat | None = AtomsDataFormat.ASE,  # noqa: A002
        **kwargs: Any,
    ) -> None:
        """Set up the data module.

        Args:
            datapath: the database, made if it does not exist.
            batch_size: number of molecules in a (training) batch.
            spectra: HDF5 file, see :func:`~schnetpack_isd.datasets.open_spectra`; the bundled stick spectra if not
                given. Paths are relative to the folder that a Hydra application was started in.
            structures: the structures, see :func:`~schnetpack_isd.datasets.iter_structures`; the bundled ones if not
                given.
            settings: what spectra to make. The bundled ones are good for 290 to 306 eV, less than the default axis.
            uncharacterized: QM9's list of uncharacterised molecules, to leave them out.
            download: download those of the files that are published and not there.
            offline_folder: folder to take those files from that are not at their paths.
            splitting: how to split; :class:`~schnetpack_isd.datasets.PaperSplit` if not given.
            split_seed: seed of that, not of one that is given.
            split_file: the split is written to it, or read if it exists. By default it is in the folder of the run;
                other relative paths are of a file that exists, from the folder that a Hydra application was started in.
            format: format of the database.
            **kwargs: further arguments of `AtomsDataModule`. `num_train`, `num_val` and `num_test` are numbers of
                molecules; without them the split has the sizes that it has by itself.

        Raises:
            ValueError: one of spectra and structures is given without the other.
        """
        if (spectra is None) != (structures is None):
            raise ValueError("Give both `spectra` and `structures`, or neither for the bundled ones.")
        super().__init__(
            datapath=datapath,
            batch_size=batch_size,
            format=format,
            splitting=splitting or PaperSplit(split_seed),
            split_file=_find_split_file(split_file),
            **kwargs,
        )
        sources = {
            "spectra": spectra or SAMPLE_STICKS,
            "structures": structures or SAMPLE_STRUCTURES,
            "uncharacterized": uncharacterized,
        }
        self.sources = {role: to_absolute_path(str(path)) for role, path in sources.items() if path is not None}
        self.settings = settings or SpectrumSettings()
        self.download = download
        self.offline_folder = None if offline_folder is None else to_absolute_path(str(offline_folder))

    def prepare_data(self) -> None:
        """Convert the spectra, or hold the database that exists to what is asked for now.

        Raises:
            AtomsDataModuleError: the database was made of other files or with other settings.
            FileNotFoundError: there is no database, and a file that it is made of is missing.
            OSError: a file could not be downloaded, or the database not written.
            ValueError: from the conversion.
        """
        sources = {role: locate(path, self.offline_folder) for role, path in self.sources.items()}
        if not os.path.exists(self.datapath):
            for path in sources.values():
                if self.download and not path.exists() and path.name in PUBLISHED:
                    download(path)
            try:
                convert_spectra(datapath=self.datapath, settings=self.settings, **sources)
            except FileExistsError:  # another process was faster
                pass
            else:
                return
        self._check_database(sources)

    def _check_database(self, sources: dict[str, Path]) -> None:
        found = read_metadata(load_dataset(self.datapath, self.format))
        asked = self.settings.metadata()
        missing = [str(path) for path in sources.values() if not path.exists()]
        if missing:
            warnings.warn(
                f"{self.datapath} is used as it is: {', '.join(missing)}, which it should be made of, "
                f"{'is' if len(missing) == 1 else 'are'} not there to compare with.",
                stacklevel=2,
            )
        else:
            asked["source"] = describe_source(sources)
        differences = [key for key in asked if asked[key] != found[key]]
        if differences:
            told = "; ".join(
                f"{key}: {_brief(found[key])} there, {_brief(asked[key])} asked for" for key in differences
            )
            raise AtomsDataModuleError(
                f"{self.datapath} was made otherwise ({told}). Give another `datapath`, ask for what is there "
                "(`data.settings`; `spkisd convert --tensor` for `tensor`), or remove the database to have it made "
                "anew."
            )

    def setup(self, stage: str | None = None) -> None:
        """Load and split the data; outside of `fit`, hold the model's energy axis and scale to the data's.

        Raises:
            AtomsDataModuleError: the copy in `data_workdir` is of another database.
        """
        super().setup(stage)
        self._check_copy()
        if self.trainer is not None and stage not in (None, "fit"):
            for module in self.trainer.lightning_module.modules():
                if isinstance(module, SiteSpectrum):
                    module.datamodule(self)

    def _check_copy(self) -> None:
        """SchNetPack copies a database to `data_workdir` unless one of that name is there."""
        if self.data_workdir is None or not os.path.exists(self.datapath):
            return
        original = load_dataset(self.datapath, self.format)
        if read_metadata(original) != read_metadata(self.dataset) or len(original) != len(self.dataset):
            raise AtomsDataModuleError(
                f"{self.dataset.datapath} is not a copy of {self.datapath}. Remove it, or give another `data_workdir`."
            )

    def _load_partitions(self) -> None:
        # SchNetPack refuses a split file whose sizes are not those asked for: ask for none where there is one.
        split_exists = self.split_file is not None and os.path.exists(self.split_file)
        by_itself = (
            isinstance(self.splitting, MoleculeSplit) and self.num_train is self.num_val is self.num_test is None
        )
        if by_itself and not split_exists:
            self.num_train, self.num_val, self.num_test = self.splitting.sizes(self.dataset)
        super()._load_partitions()

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
            self._val_dataloader = self._whole(self.val_dataset, self.val_batch_size, self.num_val_workers)
        return self._val_dataloader

    def test_dataloader(self) -> AtomsLoader:
        """All of the test data, in every process."""
        if self._test_dataloader is None:
            self._test_dataloader = self._whole(self.test_dataset, self.test_batch_size, self.num_test_workers)
        return self._test_dataloader

    def _rows(self, part: BaseAtomsData) -> Dataset:
        return RowReader(part) if isinstance(part, ASEAtomsData) else part

    def _whole(self, part: BaseAtomsData, batch_size: int, num_workers: int) -> AtomsLoader:
        dataset = self._rows(part)
        # A DistributedSampler is what Lightning does not replace by a padded one.
        sampler = DistributedSampler(dataset, num_replicas=1, rank=0, shuffle=False)
        return PackedLoader(
            dataset, batch_size=batch_size, sampler=sampler, num_workers=num_workers, pin_memory=self._pin_memory
        )


def _find_split_file(path: str | None) -> str | None:
    """SchNetPack looks for split files in the folder of the run, where none but its own are."""
    if path in (None, SPLIT_FILE) or Path(path).is_absolute():
        return path
    found = to_absolute_path(path)
    if not os.path.exists(found):
        raise FileNotFoundError(f"{found}: no such split file (`spkisd split` writes one).")
    return found


def _brief(value: Any) -> str:
    if isinstance(value, list) and len(value) > 8:
        return f"{len(value)} values from {value[0]} to {value[-1]}"
    return str(value)
