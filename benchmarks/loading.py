"""Speed of loading: the data module of `experiment=isd_ck_edge`, and SchNetPack's own on the same database.

    python benchmarks/converting.py && python benchmarks/loading.py

Both load the training part of `full_size/spectra.db` in batches of 32 molecules with neighbours up to 8 A. With
`--device cuda`, the last lines give the share of a training step of the paper's model that is spent waiting for data.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from pathlib import Path

import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import DictConfig
from processor import processor
from schnetpack.data import AtomsDataModule, AtomsLoader
from schnetpack.transform import CachedNeighborList, CastTo32, MatScipyNeighborList, Transform


def experiment(database: Path, num_workers: int) -> DictConfig:
    """Return the configuration of the paper's experiment."""
    with initialize_config_module("schnetpack.configs", version_base="1.2"):
        return compose("train", [
            "experiment=isd_ck_edge", "run.work_dir=.", f"data.datapath={database}", f"data.num_workers={num_workers}",
            "+data.split_file=null",
        ])  # fmt: skip


def shipped(database: Path, num_workers: int) -> AtomsDataModule:
    """Return the data module of the paper's experiment."""
    return instantiate(experiment(database, num_workers).data)


def plain(database: Path, num_workers: int, neighbor_list: Transform | None = None) -> AtomsDataModule:
    """Return SchNetPack's data module."""
    transforms = [neighbor_list or MatScipyNeighborList(cutoff=8.0), CastTo32()]
    return AtomsDataModule(
        str(database), 32, num_train=0.64, num_val=0.16, split_file=None, transforms=transforms, num_workers=num_workers
    )


def cached(database: Path, num_workers: int) -> AtomsDataModule:
    """Return a data module that keeps neighbour lists, after a first pass that computes all of them."""
    folder = tempfile.mkdtemp(prefix="neighbours")
    module = plain(database, num_workers, CachedNeighborList(folder, MatScipyNeighborList(cutoff=8.0)))
    module.setup()
    for _ in module.train_dataloader():
        pass
    return module


def time_epoch(loader: AtomsLoader, n_batches: int) -> tuple[float, float]:
    """Return the seconds to the first batch of an epoch, and the batches per second after it."""
    start = time.perf_counter()
    batches = iter(loader)
    next(batches)
    first = time.perf_counter() - start
    start = time.perf_counter()
    count = sum(1 for _ in itertools.islice(batches, n_batches))
    return first, count / (time.perf_counter() - start)


def compare(database: Path, num_workers: int, n_batches: int, rounds: int) -> None:
    """Print a row for each data module; they take turns within each round."""
    loaders, setup = {}, {}
    for name, make in (
        ("AtomsDataModule", plain),
        ("AtomsDataModule, CachedNeighborList", cached),
        ("isd_ck_edge", shipped),
    ):
        start = time.perf_counter()
        module = make(database, num_workers)
        module.setup()
        setup[name] = time.perf_counter() - start
        loaders[name] = module.train_dataloader()
    times = {name: [] for name in loaders}
    for _ in range(rounds):
        for name, loader in loaders.items():
            times[name].append(time_epoch(loader, n_batches))
    base = statistics.median(rate for _, rate in times["AtomsDataModule"])
    for name, measured in times.items():
        first, rate = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"| {name} | {num_workers} | {setup[name] + first:.2f} | {rate:.1f} | {rate / base:.2f} |", flush=True)


def waiting(database: Path, num_workers: int, n_batches: int) -> None:
    """Print the share of a training step on the GPU that is spent waiting for data."""
    config = experiment(database, num_workers)
    module = instantiate(config.data)
    module.setup()
    model = instantiate(config.model)
    model.initialize_transforms(module)
    model.cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    batches, waited, total = iter(module.train_dataloader()), 0.0, 0.0
    for number in range(n_batches + 20):
        start = time.perf_counter()
        batch = {key: value.cuda(non_blocking=True) for key, value in next(batches).items()}
        arrived = time.perf_counter()
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(batch)["spectrum"], batch["spectrum"]).backward()
        optimizer.step()
        torch.cuda.synchronize()
        if number >= 20:
            waited += arrived - start
            total += time.perf_counter() - start
    print(f"\n{1e3 * total / n_batches:.1f} ms per step, of which {100 * waited / total:.2f} % waiting for data,")
    print(f"{torch.cuda.max_memory_allocated() / 2**30:.2f} GiB, {torch.cuda.get_device_name()}, {num_workers} workers")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, default=Path("full_size/spectra.db"))
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2])
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    database = options.database.resolve()
    torch.set_num_threads(1)
    print(processor())
    print("| data module | workers | s to the first batch, with setup | batches per second | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for num_workers in options.workers:
        compare(database, num_workers, options.batches, options.rounds)
        if options.device == "cuda":
            waiting(database, num_workers, options.batches)


if __name__ == "__main__":
    main()
