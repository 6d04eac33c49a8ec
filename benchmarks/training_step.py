"""Time of a training step on the bundled molecules: PaiNN, ISD-PaiNN for 1, 3 and 6 directions, and tensor models.

    python benchmarks/training_step.py [--device cuda] [--features 512 --interactions 8 --rbf 64 --cutoff 8 ...]

Variants take turns within each round, on the same batches; the table gives medians, and ratios to PaiNN. Other rows
are the authors' parametrisation, both models without compiled messages, and ISD-PaiNN with the denormal numbers in the
tails of the radial basis, which it normally sets to zero.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import torch
from processor import processor
from schnetpack.atomistic import Atomwise, PairwiseDistances
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, GaussianRBF
from schnetpack.representation import PaiNN
from schnetpack.transform import CastTo32, MatScipyNeighborList
from torch import nn

from schnetpack_isd.atomistic import OrbitalSpectrumTensor, SiteSpectrum, SpectrumTensor
from schnetpack_isd.datasets import CKSample, sample_settings
from schnetpack_isd.nn import PolynomialEnvelope
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN, TensorISDPaiNN, cpu_training
from schnetpack_isd.train import SphereMSELoss

Batch = dict[str, torch.Tensor]


def load_batches(options: argparse.Namespace, folder: str, n_batches: int) -> list[Batch]:
    """Return batches of the training part, on the device."""
    transforms = [MatScipyNeighborList(cutoff=options.cutoff), CastTo32()]
    data = CKSample(
        str(Path(folder) / "sample.db"),
        options.batch_size,
        split_file=None,
        num_workers=0,
        transforms=transforms,
    )
    data.prepare_data()
    data.setup()
    batches = [batch for batch, _ in zip(data.train_dataloader(), range(n_batches), strict=False)]
    return [{key: value.to(options.device) for key, value in batch.items()} for batch in batches]


def with_directions(batch: Batch, n_directions: int) -> Batch:
    """Return the batch with random directions, all with the spectra along x; values do not affect the time."""
    torch.manual_seed(0)
    n_structures, device = len(batch["_n_atoms"]), batch["_positions"].device
    spectrum = batch["spectrum"][:, :1].repeat(1, n_directions, 1)
    return batch | {"direction": torch.randn(n_structures, n_directions, 3, device=device), "spectrum": spectrum}


def build(kind: type[PaiNN], options: argparse.Namespace) -> Callable[[Batch], None]:
    """Build a model, and return a function that makes one training step."""
    torch.manual_seed(0)
    cutoff = PolynomialEnvelope if kind is OCPISDPaiNN else CosineCutoff
    basis = GaussianRBF(options.rbf, options.cutoff)
    representation = kind(options.features, options.interactions, basis, cutoff(options.cutoff))
    n_in, energies = options.features, sample_settings().energies
    head: nn.Module = SiteSpectrum(n_in, energies=energies)
    if kind is PaiNN:
        head = Atomwise(n_in, len(energies), n_in, aggregation_mode=None, per_atom_output_key="spectrum")
    model = NeuralNetworkPotential(representation, [PairwiseDistances()], [head]).to(options.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.0, fused=True)

    def step(batch: Batch) -> None:
        predicted = model(dict(batch))["spectrum"]
        target = batch["spectrum"]
        if kind is PaiNN:
            predicted, target = predicted[batch["site_mask"].bool()], target[:, 0]
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(predicted, target).backward()
        optimizer.step()

    return step


def build_tensor_model(options: argparse.Namespace, orbitals: bool = False) -> Callable[[Batch], None]:
    """Build a tensor model, and return a function that makes one training step on whole tensors."""
    torch.manual_seed(0)
    basis, cutoff = GaussianRBF(options.rbf, options.cutoff), CosineCutoff(options.cutoff)
    representation = TensorISDPaiNN(options.features, options.interactions, basis, cutoff)
    energies, broadening = sample_settings().energies, sample_settings().broadening
    head = SpectrumTensor(options.features, energies=energies, dropout=0.2)
    if orbitals:
        head = OrbitalSpectrumTensor(options.features, options.cutoff, energies, broadening, dropout=0.2)
    model = NeuralNetworkPotential(representation, [PairwiseDistances()], [head]).to(options.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.1, fused=True)
    loss = SphereMSELoss()

    def step(batch: Batch) -> None:
        predicted = model({key: value for key, value in batch.items() if key != "direction"})["spectrum_tensor"]
        optimizer.zero_grad()
        loss(predicted, batch["spectrum_tensor"]).backward()
        optimizer.step()

    return step


@contextlib.contextmanager
def tails() -> Iterator[None]:
    """Keep the denormal numbers of the radial basis."""
    with mock.patch("torch.nn.functional.hardshrink", lambda values, _: values):
        yield


@contextlib.contextmanager
def not_compiled() -> Iterator[None]:
    """Do not use the messages that Numba compiles."""
    with mock.patch.object(cpu_training, "is_applicable", return_value=False):
        yield


def timed(step: Callable[[Batch], None], batches: list[Batch], device: str) -> float:
    """Return the seconds per step."""
    start = time.perf_counter()
    for batch in batches:
        step(batch)
    if device != "cpu":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / len(batches)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=int, default=96)
    parser.add_argument("--interactions", type=int, default=3)
    parser.add_argument("--rbf", type=int, default=32)
    parser.add_argument("--cutoff", type=float, default=5.0)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        batches = load_batches(options, folder, n_batches=8)
    variants = {
        f"ISD-PaiNN, {n} direction{'s' * (n > 1)}": (build(ISDPaiNN, options), n, contextlib.nullcontext)
        for n in (1, 3, 6)
    }
    variants = {"PaiNN": (build(PaiNN, options), 1, tails)} | variants
    variants["authors' parametrisation, 3 directions"] = (build(OCPISDPaiNN, options), 3, contextlib.nullcontext)
    variants["ISD-PaiNN, 3 directions, PyTorch's operations"] = (build(ISDPaiNN, options), 3, not_compiled)
    variants["tensor model, PyTorch's operations"] = (build_tensor_model(options), 1, not_compiled)
    variants["tensor model"] = (build_tensor_model(options), 1, contextlib.nullcontext)
    variants["tensor model with orbitals"] = (build_tensor_model(options, orbitals=True), 1, contextlib.nullcontext)
    variants["ISD-PaiNN, 3 directions, tails kept"] = (build(ISDPaiNN, options), 3, tails)

    times: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(options.rounds + 1):
        for name, (step, n_directions, context) in variants.items():
            with context():
                seconds = timed(step, [with_directions(batch, n_directions) for batch in batches], options.device)
            if number > 0:  # the first round warms up
                times[name].append(seconds)

    print(f"{processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| model | ms per step | ratio |\n| --- | --- | --- |")
    painn = statistics.median(times["PaiNN"])
    for name, values in times.items():
        print(f"| {name} | {1e3 * statistics.median(values):.1f} | {statistics.median(values) / painn:.2f} |")
    if options.device != "cpu":
        print(f"largest memory: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB")


if __name__ == "__main__":
    main()
