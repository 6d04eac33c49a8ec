"""Import of the authors' weights to a file that SchNetPack's commands read."""

from __future__ import annotations

import os
from pathlib import Path

from ase.data import chemical_symbols
from schnetpack.model import NeuralNetworkPotential

from schnetpack_isd.model_files import save_model
from schnetpack_isd.utils.files import check_not_input, refuse_existing

from .importing import import_weights
from .zenodo import download_weights, import_published

__all__ = ["describe_model", "import_to_file"]


def import_to_file(
    output: str | os.PathLike[str],
    weights: str | os.PathLike[str] | None = None,
    config: str | os.PathLike[str] | None = None,
    *,
    download: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    cutoff: float | None = None,
    symmetric_message: bool | None = None,
    directional_embedding: bool | None = None,
    overwrite: bool = False,
) -> NeuralNetworkPotential:
    """Import weights from a file or from Zenodo, and save the model as a `best_model`.

    Args:
        output: file to write.
        weights: `.pt` file of the authors; see :func:`~schnetpack_isd.pretrained.import_weights` for this and the
            arguments without a description here.
        config: configuration file that was published with the weights.
        download: name of published weights to download instead.
        folder: folder for the download; `weights` if not given.
        cutoff: see there.
        symmetric_message: see there.
        directional_embedding: see there.
        overwrite: replace an output that exists.

    Returns:
        The model.

    Raises:
        FileExistsError: the output exists and must not be overwritten.
        OSError: a file could not be read or downloaded.
        ValueError: the arguments contradict each other, or a file is invalid.
    """
    output = Path(output)
    switches = {
        "cutoff": cutoff,
        "symmetric_message": symmetric_message,
        "directional_embedding": directional_embedding,
    }
    _check_arguments(weights, config, download, folder, switches)
    if not output.name or output.is_dir():
        raise ValueError(f"The output must be a file, not {str(output)!r}.")
    check_not_input(output, (weights, config))
    refuse_existing(output, overwrite)
    if download is not None:
        model = import_published(*download_weights(download, folder or "weights"))
    else:
        assert weights is not None
        model = import_weights(
            weights,
            config,
            cutoff=cutoff,
            symmetric_message=symmetric_message,
            directional_embedding=directional_embedding,
        )
    save_model(model, output, overwrite)
    return model


def _check_arguments(
    weights: object, config: object, download: str | None, folder: object, switches: dict[str, float | bool | None]
) -> None:
    if (weights is None) == (download is None):
        raise ValueError("Give either a file of weights or the name of published ones (`--download NAME`).")
    if folder is not None and download is None:
        raise ValueError("A folder (`--folder`) needs the name of published weights (`--download NAME`).")
    given = [name for name, value in switches.items() if value is not None]
    if download is not None and (config is not None or given):
        raise ValueError(
            "Published weights come with their configuration file; leave out "
            f"{', '.join([*(['config'] if config is not None else []), *given])}."
        )


def describe_model(model: NeuralNetworkPotential) -> str:
    """Return the sizes and switches of an imported model as text."""
    representation, head = model.representation, model.output_modules[0]
    yes = {True: "yes", False: "no"}
    return (
        f"{representation.n_atom_basis} features, {representation.n_interactions} interactions, "
        f"{representation.radial_basis.n_rbf} Gaussians, cutoff {float(representation.cutoff):g} A, elements H to "
        f"{chemical_symbols[representation.n_elements]}\n"
        f"symmetric message: {yes[representation.interactions[0].symmetric_message]}; directional embedding: "
        f"{yes[representation.direction_embedding is not None]}; output layers: {len(head.outnet)}\n"
        f"{len(head.energies)} energies from {head.energies[0]:g} to {head.energies[-1]:g} eV, intensity scale "
        f"{head.intensity_scale:g}"
    )
