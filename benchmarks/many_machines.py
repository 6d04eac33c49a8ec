"""Predictions on Dask workers: one and two workers against one process, memory, storage, and the client's work.

    python benchmarks/many_machines.py [--structures 384] [--rounds 3] [--sites] [--tensor] [--many 100000]

The structures are bundled ones of 15 atoms, whose atoms are displaced at random; a part has 64 of them. The variants
take turns within each round, on one thread each; workers have loaded the model before. Wall times depend on other work
on the machine, so the table also has the processor time of the workers and of the client. `--many` predicts that many
structures in parts of the default size with two workers, reads all spectra back, and compares the time with that of one
process. Start it with OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ase.io import write
from processor import processor

from schnetpack_isd.datasets import SAMPLE_STRUCTURES
from schnetpack_isd.prediction import PredictionRequest, SpectrumParts, dask_client, predict_file, predict_parts
from schnetpack_isd.prediction.structure_files import read_frames

N_ATOMS = 15

ATOMS_IN_PART = 64 * N_ATOMS
"""Small parts, so that few structures keep two workers busy."""


def write_structures(path: Path, number: int) -> None:
    """Write displaced copies of bundled structures."""
    rng = np.random.default_rng(0)
    known = [atoms for _, atoms in read_frames(SAMPLE_STRUCTURES) if len(atoms) == N_ATOMS and "C" in atoms.symbols]
    frames = []
    for atoms in itertools.islice(itertools.cycle(known), number):
        frames.append(atoms.copy())
        frames[-1].info.clear()
        frames[-1].positions += rng.normal(0.0, 0.02, atoms.positions.shape)
    write(path, frames)


def usage() -> tuple[float, float]:
    """Return the processor time of this process in seconds, and its largest memory in GiB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def predict(request: PredictionRequest, client: Any, output: Path) -> None:
    """Predict on workers, in small parts."""
    predict_parts(request, client, output, overwrite=True, atoms_in_part=ATOMS_IN_PART, progress=False)


class Benchmark:
    """Timings of a request, in units per structure."""

    def __init__(self, request: PredictionRequest, folder: Path, number: int) -> None:
        self.request, self.folder, self.number = request, folder, number
        self.rows: dict[str, list[tuple[float, float, float]]] = {}

    def time(self, name: str, run: Callable[[], None], client: Any = None) -> None:
        """Add the times of a variant in ms for a structure: wall, processor of the workers, processor here."""
        workers = sum(used for used, _ in client.run(usage).values()) if client else 0.0
        start, here = time.perf_counter(), time.process_time()
        run()
        wall, here = time.perf_counter() - start, time.process_time() - here
        workers = sum(used for used, _ in client.run(usage).values()) - workers if client else 0.0
        times = tuple(1e3 * value / self.number for value in (wall, workers, here))
        self.rows.setdefault(name, []).append(times)

    def in_parts(self, client: Any) -> None:
        """Predict on workers."""
        predict(self.request, client, self.folder / "out.parts")

    def in_one_process(self) -> None:
        """Predict without Dask."""
        predict_file(self.request, output=self.folder / "whole.hdf5", overwrite=True, progress=False)


def measure_memory(request: PredictionRequest, few: PredictionRequest, folder: Path) -> None:
    """Print the memory of a fresh worker after few structures, and after all."""
    with dask_client("local:1") as client:
        for name, some in (("a sixth", few), ("all", request)):
            predict(some, client, folder / "memory.parts")
            [(_, memory)] = client.run(usage).values()
            print(f"largest memory of a worker after {name} of the structures: {memory:.2f} GiB", flush=True)


def predict_many(number: int, folder: Path, client: Any, one_process: float) -> None:
    """Predict and read back, and print the time beside that of one process, whose rate is in s for a structure."""
    write_structures(folder / "many.xyz", number)
    request = PredictionRequest(folder / "many.xyz", allow_extrapolation=True)
    start = time.perf_counter()
    predict_parts(request, client, folder / "many.parts")
    predicted = time.perf_counter() - start
    found = sum(store.read("spectrum", slice(None)).shape[0] for store in SpectrumParts(folder / "many.parts").stores())
    total = time.perf_counter() - start
    memory = max(memory for _, memory in client.run(usage).values())
    print(f"{number} structures: predicted in {predicted:.0f} s, with {found} spectra read back in {total:.0f} s,")
    print(f"{total / (number * one_process):.2f} times the time of one process at the rate in the table;")
    print(f"{size_of(folder / 'many.parts') / 1e9:.2f} GB, largest memory of a worker {memory:.2f} GiB")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--structures", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sites", action="store_true")
    parser.add_argument("--tensor", action="store_true")
    parser.add_argument("--many", type=int, default=0, metavar="STRUCTURES")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        choices = {"sites": options.sites, "tensor": options.tensor, "allow_extrapolation": True}
        requests = []
        for number in (options.structures, options.structures // 6):
            write_structures(folder / f"{number}.xyz", number)
            requests.append(PredictionRequest(folder / f"{number}.xyz", **choices))
        measure_memory(*requests, folder)
        benchmark = Benchmark(requests[0], folder, options.structures)
        benchmark.time("reading", lambda: sum(1 for _ in read_frames(folder / f"{options.structures}.xyz")))
        clients = [stack.enter_context(dask_client(f"local:{number}")) for number in (1, 2)]
        for client in clients:
            predict(requests[1], client, folder / "warm.parts")
        for _ in range(options.rounds):
            benchmark.time("one process", benchmark.in_one_process)
            for client, title in zip(clients, ("one worker", "two workers"), strict=True):
                benchmark.time(title, lambda client=client: benchmark.in_parts(client), client)
        stored = size_of(folder / "out.parts") / options.structures
        medians = {name: np.median(values, axis=0) for name, values in benchmark.rows.items()}
        if options.many:
            predict_many(options.many, folder, clients[1], medians["one process"][0] / 1e3)

    print(f"\n{processor()}, load {os.getloadavg()[0]:.1f}, {options.structures} structures of {N_ATOMS} atoms")
    print(f"{stored / 1e3:.1f} kB stored for a structure")
    ratios = [
        one[0] / two[0] for one, two in zip(benchmark.rows["one worker"], benchmark.rows["two workers"], strict=True)
    ]
    print(f"rate of two workers over that of one, in each round: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print(f"median {statistics.median(ratios):.2f}")
    print("| ms per structure | wall | workers' processors | client's processor |")
    print("| --- | --- | --- | --- |")
    for name, (wall, workers, here) in medians.items():
        print(f"| {name} | {wall:.2f} | {workers:.2f} | {here:.2f} |")


if __name__ == "__main__":
    main()
