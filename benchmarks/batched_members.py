"""Compare members of an ensemble one after another with all of them in one batch (`torch.func.vmap`), on one core.

    python benchmarks/batched_members.py [--model ck_edge] [--rounds 5]

The representations of the members are timed, which take most of a prediction. One after another, they use compiled
messages; in a batch, PyTorch's own operations.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Callable

import numpy as np
import torch
from ase.build import molecule
from processor import processor
from schnetpack.interfaces import AtomsConverter
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap

from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.pretrained import DEFAULT_MODEL
from schnetpack_isd.transform import MoleculeNeighborList


def milliseconds(function: Callable[[], object], rounds: int) -> list[float]:
    """Return the CPU time of each call in ms, after one that is not counted."""
    function()
    times = [time.process_time()]
    for _ in range(rounds):
        function()
        times.append(time.process_time())
    return (1e3 * np.diff(times)).tolist()


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = load_spectrum_model(options.model)
    networks = [member.module.eval() for member in model.members]
    representations = [network.representation for network in networks]
    stacked, base = stack_module_state(representations), copy.deepcopy(representations[0])
    converter = AtomsConverter(MoleculeNeighborList(cutoff=model.cutoff), dtype=torch.float32)
    print(f"{processor()}, PyTorch {torch.__version__}, {len(networks)} members")
    for number in (1, 8, 32):
        inputs = converter([molecule("C6H6")] * number)
        for module in networks[0].input_modules:
            inputs = module(inputs)

        def one_after_another(inputs: dict[str, Tensor] = inputs) -> Tensor:
            return torch.stack([part(dict(inputs))["scalar_representation"] for part in representations])

        def of_weights(
            weights: dict[str, Tensor], buffers: dict[str, Tensor], inputs: dict[str, Tensor] = inputs
        ) -> Tensor:
            return functional_call(base, (weights, buffers), (dict(inputs),))["scalar_representation"]

        def batched(function: Callable[..., Tensor] = of_weights) -> Tensor:
            return vmap(function)(*stacked)

        with torch.no_grad():
            torch.testing.assert_close(one_after_another(), batched())
            times = [np.median(milliseconds(function, options.rounds)) for function in (one_after_another, batched)]
        print(f"{number:3d} benzene: one after another {times[0]:.1f} ms, batched {times[1]:.1f} ms")


if __name__ == "__main__":
    main()
