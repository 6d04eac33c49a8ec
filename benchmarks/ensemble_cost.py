"""Time of predictions by the bundled ensemble, relative to one of its members.

    python benchmarks/ensemble_cost.py [--model ck_edge] [--single best_model] [--number 128] [--repeats 5]

They predict the same bundled molecules along x, y, z and isotropic, on one thread, in turn; the medians are compared,
also with another single model, such as that of `make demo`.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from processor import processor

from schnetpack_isd.data.sources import iter_structures
from schnetpack_isd.datasets import MOLECULES_STRUCTURES
from schnetpack_isd.models import load_spectrum_model
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL


def main() -> None:
    """Print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--single", help="another model to compare with")
    parser.add_argument("--number", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    structures = [atoms for _, atoms in iter_structures(MOLECULES_STRUCTURES, range(10**9)) if atoms is not None]
    chosen = structures[:: max(1, len(structures) // options.number)][: options.number]
    model = load_spectrum_model(options.model)
    predictors = {"ensemble": SpectrumPredictor(model), "member": SpectrumPredictor(model.member(0))}
    if options.single is not None:
        predictors["single"] = SpectrumPredictor(options.single)
    times: dict[str, list[float]] = {name: [] for name in predictors}
    for repeat in range(options.repeats + 1):  # the first one compiles
        for name, predictor in predictors.items():
            start = time.process_time()
            for _ in predictor.predict(chosen, isotropic=True):
                pass
            if repeat > 0:
                times[name].append(time.process_time() - start)
    medians = {name: float(np.median(values)) for name, values in times.items()}
    print(f"{processor()}, one thread, {len(chosen)} structures, {sum(map(len, chosen))} atoms, CPU time")
    for name, median in medians.items():
        print(f"{name}: {1000 * median / len(chosen):.2f} ms a structure")
    for name in list(medians)[1:]:
        print(f"ensemble over {name}: {medians['ensemble'] / medians[name]:.2f}")


if __name__ == "__main__":
    main()
