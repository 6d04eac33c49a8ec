"""SchNetPack's output modules on features that have a direction axis."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["PerDirection"]

FEATURES = ("scalar_representation", "vector_representation")


class PerDirection(nn.Module):
    """Apply an output module of SchNetPack to the features of each direction.

    ::

        PerDirection(Atomwise(n_in=64, output_key="energy"), average=True)  # an energy beside the spectra
        PerDirection(DipoleMoment(n_in=64, predict_magnitude=False, use_vector_representation=True))

    Outputs of the module have a direction axis after their first one, (n_structures or n_atoms, n_directions, ...), or
    are the mean over the directions.
    """

    takes_directions = True

    def __init__(self, module: nn.Module, average: bool = False) -> None:
        """Wrap a module.

        Args:
            module: output module that expects `scalar_representation` (n_atoms, F), and `vector_representation`
                (n_atoms, 3, F).
            average: return the mean over the directions.
        """
        super().__init__()
        self.module = module
        self.average = average
        self.model_outputs: list[str] = list(module.model_outputs)  # type: ignore[arg-type]

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Add the outputs of the module.

        Args:
            inputs: SchNetPack's dictionary with `scalar_representation` (n_atoms, n_directions, F) and
                `vector_representation` (n_atoms, n_directions, 3, F).
        """
        features = {name: inputs[name] for name in FEATURES if name in inputs}
        n_directions = features["scalar_representation"].shape[1]
        results = [
            self.module({**inputs, **{name: values[:, number] for name, values in features.items()}})
            for number in range(n_directions)
        ]
        for name in self.model_outputs:
            values = torch.stack([result[name] for result in results], dim=1)
            inputs[name] = values.mean(dim=1) if self.average else values
        return inputs
