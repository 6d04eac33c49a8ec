"""Time of the authors' code and of ours, side by side, at the size of the paper.

    pip install torch_geometric xxhash      # and torch_scatter, if it can be built
    git clone https://github.com/nmdl-mizo/isdpainn AUTHORS
    git clone https://github.com/FAIR-Chem/fairchem OCP && git -C OCP checkout 9bae91ff2
    OMP_NUM_THREADS=1 python benchmarks/authors_code.py AUTHORS OCP

The batch has 32 bundled molecules, chosen at random; weights are random too. Their network takes one direction at a
time, ours all at once; along 16 directions, theirs takes 16/3 of its time along three. A training step is the forward
pass, the mean square of the spectra of the carbon atoms as the loss, and the gradients, without the optimiser. Both
are given the pairs of atoms. The matrix products are those of ISD-PaiNN's linear layers alone, forward and for the
gradients. Times are CPU times of this process; variants take turns within each round, the first of which warms up.

The authors' code needs Open Catalyst's of February 2024. Where torch_scatter is not installed, functions of PyTorch
Geometric take the place of the three that it uses: they add with the same operation, `scatter_add_`.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import time
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ase.io import read
from processor import processor
from schnetpack.atomistic import PairwiseDistances
from schnetpack.interfaces import AtomsConverter
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, GaussianRBF
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from schnetpack_isd.atomistic import SiteSpectrum, SpectrumTensor
from schnetpack_isd.datasets import SAMPLE_STRUCTURES
from schnetpack_isd.representation import ISDPaiNN, TensorISDPaiNN
from schnetpack_isd.testing.authors_network import PAPER
from schnetpack_isd.transform import MoleculeNeighborList

FEATURES, LAYERS, RBF, CUTOFF = (PAPER[key] for key in ("hidden_channels", "num_layers", "num_rbf", "cutoff"))
ENERGIES = torch.linspace(*PAPER["energies"])
Batch = dict[str, Tensor]
Step = Callable[[], Tensor]


def load_batch(n_molecules: int) -> Batch:
    """Return bundled molecules, with their pairs of atoms."""
    structures = read(SAMPLE_STRUCTURES, ":")
    chosen = np.random.default_rng(0).permutation(len(structures))[:n_molecules]
    converter = AtomsConverter(MoleculeNeighborList(CUTOFF), dtype=torch.float32)
    return converter([structures[number] for number in chosen])


def import_theirs(authors: Path, ocp: Path) -> type[nn.Module]:
    """Import the class of the authors' network from two checkouts."""
    sys.path[:0] = [str(authors), str(ocp)]
    if importlib.util.find_spec("torch_scatter") is None:
        from torch_geometric.utils import scatter, segment

        stand_in = types.ModuleType("torch_scatter")
        stand_in.scatter = lambda src, index, dim=-1, dim_size=None, reduce="sum": scatter(  # type: ignore[attr-defined]
            src, index, dim, dim_size, reduce
        )
        stand_in.segment_coo = lambda src, index, dim_size=None: scatter(src, index, 0, dim_size)  # type: ignore[attr-defined]
        stand_in.segment_csr = lambda src, ptr: segment(src.float(), ptr).to(src)  # type: ignore[attr-defined]
        sys.modules["torch_scatter"] = stand_in
    from isdpainn import ISDPaiNN as TheirISDPaiNN

    return TheirISDPaiNN


def build_theirs(kind: type[nn.Module], batch: Batch, directions: Tensor) -> list[Step]:
    """Return the passes of the authors' network, one for each direction: spectra of the carbon atoms."""
    settings = {key: value for key, value in PAPER.items() if key != "energies"}
    model = kind(**settings, otf_graph=False)
    data = types.SimpleNamespace(
        z=batch["_atomic_numbers"],
        pos=batch["_positions"],
        natoms=batch["_n_atoms"],
        batch=batch["_idx_m"],
        edge_index=torch.stack([batch["_idx_j"], batch["_idx_i"]]),
    )
    is_carbon = data.z == 6
    return [lambda direction=direction: model(data, direction.clone())[is_carbon] for direction in directions]


def build_ours(tensors: bool, batch: Batch, directions: Tensor) -> list[Step]:
    """Return the one pass of ISD-PaiNN or of the tensor model."""
    kind = TensorISDPaiNN if tensors else ISDPaiNN
    representation = kind(FEATURES, LAYERS, GaussianRBF(RBF, CUTOFF), CosineCutoff(CUTOFF))
    head = (SpectrumTensor if tensors else SiteSpectrum)(FEATURES, energies=ENERGIES)
    model = NeuralNetworkPotential(representation, [PairwiseDistances()], [head])
    inputs = batch | {"direction": directions.expand(len(batch["_n_atoms"]), -1, -1)}
    return [lambda: model(dict(inputs))["spectrum"]]


def predict(passes: list[Step]) -> Callable[[], None]:
    """Return a function that predicts, without gradients."""

    def run() -> None:
        with torch.no_grad():
            for forward in passes:
                forward()

    return run


def train(passes: list[Step]) -> Callable[[], None]:
    """Return a function that makes the gradients of a training step; their values are not kept."""

    def run() -> None:
        for forward in passes:
            forward().square().mean().backward()

    return run


class MatrixProducts(TorchDispatchMode):
    """Record the shapes of the matrix products that run."""

    def __init__(self) -> None:
        super().__init__()
        self.factors: list[tuple[Tensor, Tensor]] = []

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation."""
        if func.overloadpacket in (torch.ops.aten.mm, torch.ops.aten.addmm):
            one, other = args[-2:]
            self.factors.append((torch.randn_like(one), torch.randn_like(other)))
        return func(*args, **(kwargs or {}))


def products_of(step: Callable[[], None]) -> Callable[[], None]:
    """Return a function that computes the matrix products of a step, and nothing else."""
    with MatrixProducts() as recorded:
        step()

    def run() -> None:
        for one, other in recorded.factors:
            torch.mm(one, other)

    return run


def variants(theirs: type[nn.Module], batch: Batch, numbers: tuple[int, int]) -> dict[str, Callable[[], None]]:
    """Return the functions to time, by their names."""
    torch.manual_seed(0)
    directions = nn.functional.normalize(torch.randn(numbers[1], 3), dim=1)
    few, many = directions[: numbers[0]], directions
    isd_painn, tensor_model = build_ours(False, batch, few), build_ours(True, batch, few)
    authors = build_theirs(theirs, batch, few)
    return {
        f"authors' code, prediction, {len(few)} directions": predict(authors),
        f"ISD-PaiNN, prediction, {len(few)} directions": predict(isd_painn),
        f"tensor model, prediction, {len(few)} directions": predict(tensor_model),
        f"ISD-PaiNN, prediction, {len(many)} directions": predict(build_ours(False, batch, many)),
        f"tensor model, prediction, {len(many)} directions": predict(build_ours(True, batch, many)),
        f"matrix products of ISD-PaiNN, prediction, {len(few)} directions": products_of(predict(isd_painn)),
        f"authors' code, training, {len(few)} directions": train(authors),
        f"ISD-PaiNN, training, {len(few)} directions": train(isd_painn),
        f"tensor model, training, {len(few)} directions": train(tensor_model),
        f"matrix products of ISD-PaiNN, training, {len(few)} directions": products_of(train(isd_painn)),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("authors", type=Path, help="checkout of nmdl-mizo/isdpainn")
    parser.add_argument("ocp", type=Path, help="checkout of Open Catalyst's code")
    parser.add_argument("--molecules", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    batch = load_batch(options.molecules)
    steps = variants(import_theirs(options.authors, options.ocp), batch, numbers=(3, 16))
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(options.rounds + 1):
        for name, step in steps.items():
            start = time.process_time()
            step()
            if number > 0:
                times[name].append(time.process_time() - start)
    print(f"{processor()}, {torch.get_num_threads()} thread, torch {torch.__version__}")
    print(f"{len(batch['_positions'])} atoms, {len(batch['_idx_i'])} pairs")
    print("| | CPU time / s | smallest | largest |\n| --- | --- | --- | --- |")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")


if __name__ == "__main__":
    main()
