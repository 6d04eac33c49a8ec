"""Speed of predictions for frames of benzene: in batches, one calculator call for each frame, and the bare model.

    python benchmarks/predicting.py [MODEL] [--frames 1000] [--batch-size 32] [--threads N] [--without-numba]

The variants take turns within each round; the table gives medians. The bare model gets batches that are converted
beforehand. Without MODEL, it is an untrained one of the size of experiment=isd_ck_edge_sample (96 features, 3
interactions, cutoff 5 A). The command reads the frames from an extended XYZ file and writes HDF5; its time does not
include the start of Python.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.build import molecule
from ase.io import write
from processor import processor
from schnetpack.atomistic import PairwiseDistances
from schnetpack.interfaces import AtomsConverter
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, GaussianRBF
from schnetpack.transform import MatScipyNeighborList

from schnetpack_isd.atomistic import Directions, SiteSpectrum
from schnetpack_isd.cli import main as spkisd
from schnetpack_isd.datasets import sample_settings
from schnetpack_isd.interfaces import SpectrumCalculator
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.representation import ISDPaiNN


def frames_of_benzene(n_frames: int) -> list[Atoms]:
    """Return frames of benzene whose atoms are displaced at random, by 0.05 A along each axis."""
    rng = np.random.default_rng(0)
    frames = [molecule("C6H6") for _ in range(n_frames)]
    for atoms in frames:
        atoms.positions += rng.normal(0.0, 0.05, atoms.positions.shape)
    return frames


def untrained() -> NeuralNetworkPotential:
    """Return an untrained model of the size of `experiment=isd_ck_edge_sample`."""
    torch.manual_seed(0)
    representation = ISDPaiNN(96, 3, GaussianRBF(32, 5.0), CosineCutoff(5.0))
    head = SiteSpectrum(96, energies=sample_settings().energies, intensity_scale=1.0)
    return NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], [head])


def variants(
    options: argparse.Namespace, folder: Path, model: torch.nn.Module, frames: list[Atoms]
) -> dict[str, tuple[Callable[[], None], int]]:
    """Return the functions to time, and the number of frames of each."""
    calculator = SpectrumCalculator(model, device=options.device, batch_size=options.batch_size)
    converter = AtomsConverter(MatScipyNeighborList(cutoff=float(model.representation.cutoff)), device=options.device)
    starts = range(0, len(frames), options.batch_size)
    batches = [converter(frames[start : start + options.batch_size]) for start in starts]
    few = frames[: max(1, len(frames) // 5)]
    path, model_path = folder / "frames.extxyz", folder / "model"
    write(path, frames)
    torch.save(model, model_path)

    def bare() -> None:
        with torch.no_grad():
            for batch in batches:
                model(dict(batch))["spectrum"].cpu()

    def one_by_one() -> None:
        calculator.reset()
        for atoms in few:
            calculator.get_property("spectrum", atoms)

    def command() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            status = spkisd([
                "predict", str(path), "--model", str(model_path), "--output", str(folder / "out.hdf5"), "--force",
                "--direction", "1", "0", "0", "--direction", "0", "1", "0", "--direction", "0", "0", "1",
                "--batch-size", str(options.batch_size), "--device", options.device,
            ])  # fmt: skip
        assert status == 0

    def in_batches() -> None:
        for _ in calculator.predict(frames):
            pass

    return {
        "bare model, batches made beforehand": (bare, len(frames)),
        "`SpectrumCalculator.predict`": (in_batches, len(frames)),
        "`spkisd predict`, file to file": (command, len(frames)),
        "one calculator call a frame": (one_by_one, len(few)),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-numba", action="store_true", help="as if Numba were not installed")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.without_numba:
        sys.modules["numba"] = None  # type: ignore[assignment]  # importing it raises an ImportError
    model = untrained() if options.model is None else load_spectrum_model(options.model).module
    model = model.to(options.device).eval()

    with tempfile.TemporaryDirectory() as folder:
        timed = variants(options, Path(folder), model, frames_of_benzene(options.frames))
        rates: dict[str, list[float]] = {name: [] for name in timed}
        for number in range(options.rounds + 1):
            for name, (run, n_frames) in timed.items():
                start = time.perf_counter()
                run()
                if number > 0:  # the first round warms up
                    rates[name].append(n_frames / (time.perf_counter() - start))

    medians = {name: statistics.median(values) for name, values in rates.items()}
    bare, *_, single = medians.values()
    print(f"{processor()}, {options.threads} threads, torch {torch.__version__}")
    print(f"| batches of {options.batch_size} | frames per second | of the bare model | of single calls |")
    print("| --- | --- | --- | --- |")
    for name, rate in medians.items():
        print(f"| {name} | {rate:.0f} | {rate / bare:.2f} | {rate / single:.1f} |")


if __name__ == "__main__":
    main()
