"""The split of the bundled model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ase import Atoms
from hydra.utils import instantiate
from omegaconf import OmegaConf

from schnetpack_isd.data import RandomSplit

CONFIG = Path(__file__).parents[1] / "configs/data/splitting/bundled.yaml"

PARTS = ("training", "validation", "test")


def bundled_split() -> RandomSplit:
    """Return the split of the experiment `isd_tensor_member`."""
    return instantiate(OmegaConf.load(CONFIG))


def molecule_of(structures: Mapping[int, Atoms]) -> dict[int, int]:
    """Return the id of the molecule of each structure, by its id; other geometries have `variant_of` in `info`."""
    return {number: int(atoms.info.get("variant_of", number)) for number, atoms in structures.items()}


def part_of(structures: Mapping[int, Atoms]) -> dict[int, str]:
    """Return the part of each structure, by its id."""
    molecules = molecule_of(structures)
    parts = zip(PARTS, bundled_split().divide(molecules.values()), strict=True)
    of_molecule = {molecule: part for part, members in parts for molecule in members}
    return {number: of_molecule[molecule] for number, molecule in molecules.items()}
