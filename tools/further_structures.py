"""Make the structures that lists of molecules lack: ions, conformers, distorted molecules and dimers.

    python tools/further_structures.py FOLDER

writes `ions.extxyz`, `conformers.extxyz`, `distorted.extxyz` and `dimers.extxyz`, which `spkisd calculate` reads. Needs
the extra `dft`. The same call makes the same structures, as far as the versions of RDKit and tblite agree.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from ase import Atoms, units
from ase.data import covalent_radii
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
from ase.md.verlet import VelocityVerlet
from ase.optimize import BFGS
from numpy.random import Generator
from rdkit import Chem
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation
from tblite.ase import TBLite

from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES
from schnetpack_isd.dft import structure_from_smiles
from schnetpack_isd.dft.structure_file import write_structures
from schnetpack_isd.utils.progress import show_progress

SMILES = {name: text.split() for name, text in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text()).items()}
"""Molecules of each kind."""

TEMPERATURE = 1200
"""Temperature of the velocities with which trajectories start from the minimum, in K."""

N_STARTS = 12
"""Number of random starts of a pair, the lowest of which is kept."""

SINGLE = {
    "O": Atoms("OHH", [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]]),
    "N": Atoms("NHHH", [[0, 0, 0.11], [0, 0.94, -0.27], [0.81, -0.47, -0.27], [-0.81, -0.47, -0.27]]),
}
"""Partners that RDKit would make from their SMILES, too; they have no carbon."""


def main() -> None:
    """Write the four files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder to write to")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    kinds = {
        "ions": ("ion", ions),
        "conformers": ("conformer", conformers),
        "distorted": ("distorted", distorted),
        "dimers": ("dimer", dimers),
    }
    known = bundled()
    for number, (name, (kind, make)) in enumerate(kinds.items(), 1):
        frames = []
        for atoms in make():
            atoms.info["id"] = 3_000_000 + 100_000 * number + len(frames)
            atoms.info["kind"] = kind
            if kind in ("conformer", "distorted"):
                smiles = Chem.CanonSmiles(atoms.info["smiles"])
                atoms.info["variant_of"] = known.setdefault(smiles, atoms.info["id"])
            atoms.calc = None
            frames.append(turn(atoms, np.random.default_rng(atoms.info["id"])))
        write_structures(folder / f"{name}.extxyz", frames)
        print(f"{name}: {len(frames)}")


def bundled() -> dict[str, int]:
    """Return the ids of the bundled molecules by their canonical SMILES."""
    with open_spectra(MOLECULES_SPECTRA) as file:
        structures = iter_structures(MOLECULES_STRUCTURES, set(file.ids))
        return {
            Chem.CanonSmiles(atoms.info["smiles"]): number
            for number, atoms in structures
            if atoms is not None and "variant_of" not in atoms.info
        }


def ions() -> Iterator[Atoms]:
    """Iterate over protonated and deprotonated molecules, and other ions."""
    for smiles in show_progress([*SMILES["cations"], *SMILES["anions"]], "ions"):
        yield structure_from_smiles(smiles)


def conformers() -> Iterator[Atoms]:
    """Iterate over at most two conformers of each flexible molecule other than that of seed 0."""
    for smiles in show_progress(SMILES["flexible"], "conformers"):
        known = [structure_from_smiles(smiles)]
        for seed in range(1, 17):
            atoms = structure_from_smiles(smiles, seed)
            if len(known) < 3 and all(difference(atoms, other) > 0.08 for other in known):
                known.append(atoms)
                yield atoms


def difference(atoms: Atoms, other: Atoms) -> float:
    """Return the root mean square difference of the sorted distances between all atoms, in Å."""
    one, two = (np.sort(pdist(structure.positions)) for structure in (atoms, other))
    return float(np.sqrt(np.mean((one - two) ** 2)))


def distorted() -> Iterator[Atoms]:
    """Iterate over a snapshot of each molecule, and molecules with one bond stretched or compressed.

    A snapshot is taken 50 to 150 fs after a start from the minimum with the kinetic energy of 1200 K.
    """
    rng = np.random.default_rng(1)
    for smiles in show_progress(SMILES["warm"], "snapshots"):
        atoms = structure_from_smiles(smiles)
        atoms.calc = TBLite(method="GFN2-xTB", verbosity=0)
        MaxwellBoltzmannDistribution(atoms, temperature_K=TEMPERATURE, rng=rng)
        VelocityVerlet(atoms, timestep=0.5 * units.fs).run(int(rng.integers(100, 300)))
        yield atoms
    for entry in show_progress(SMILES["stretched"], "stretched"):
        smiles, scale = entry.rsplit(":", 1)
        yield stretch(structure_from_smiles(smiles), float(scale))


def stretch(atoms: Atoms, scale: float) -> Atoms:
    """Stretch the first bond between heavy atoms that is in no ring."""
    distances = atoms.get_all_distances()
    radii = covalent_radii[atoms.numbers]
    bonded = (distances < 1.25 * (radii[:, None] + radii)) & (distances > 0)
    for first, second in np.argwhere(np.triu(bonded)):
        if min(atoms.numbers[[first, second]]) > 1 and first not in (side := _side(bonded, first, second)):
            atoms.positions[side] += (scale - 1) * (atoms.positions[second] - atoms.positions[first])
            return atoms
    raise ValueError(f"{atoms.info['smiles']} has no bond to stretch.")


def _side(bonded: np.ndarray, first: int, second: int) -> list[int]:
    """Return the atoms that are connected to the second atom without the bond."""
    cut = bonded.copy()
    cut[first, second] = cut[second, first] = False
    side, waiting = {second}, [second]
    while waiting:
        new = set(np.flatnonzero(cut[waiting.pop()]).tolist()) - side
        side |= new
        waiting += new
    return sorted(side)


def dimers() -> Iterator[Atoms]:
    """Iterate over hydrogen-bonded pairs (the lowest of several relaxed starts) and stacked pairs."""
    rng = np.random.default_rng(2)
    for smiles in show_progress(SMILES["pairs"], "pairs"):
        found = [relaxed(pair(smiles, rng), 200) for _ in range(N_STARTS)]
        yield converged(min(found, key=lambda atoms: atoms.get_potential_energy()))
    for smiles in show_progress(SMILES["stacked"], "stacked"):
        yield converged(stack(smiles))


def pair(smiles: str, rng: Generator) -> Atoms:
    """Put two molecules beside each other, in random orientations."""
    first, second = (
        turn(structure_from_smiles(part) if part not in SINGLE else SINGLE[part].copy(), rng)
        for part in smiles.split(".")
    )
    axis = turn(Atoms("H", [[1, 0, 0]]), rng).positions[0]
    second.positions += axis * (np.ptp(first.positions @ axis) / 2 + np.ptp(second.positions @ axis) / 2 + 2.5)
    together = first + second
    together.info = {"smiles": smiles}
    return together


def stack(smiles: str) -> Atoms:
    """Put a flat molecule above itself, turned by half a turn and shifted."""
    first = structure_from_smiles(smiles)
    axes = np.linalg.svd(first.positions - first.positions.mean(axis=0))[2]  # the last is the normal
    second = first.copy()
    second.positions = -second.positions + 3.4 * axes[2] + 1.4 * axes[0]
    together = first + second
    together.info = {"smiles": f"{smiles}.{smiles}"}
    return together


def relaxed(atoms: Atoms, steps: int) -> Atoms:
    """Relax a structure with GFN2-xTB."""
    atoms.calc = TBLite(method="GFN2-xTB", verbosity=0)
    BFGS(atoms, logfile=None).run(fmax=0.01, steps=steps)
    return atoms


def converged(atoms: Atoms) -> Atoms:
    """Relax a structure until no force is larger than 0.01 eV/Å."""
    if np.linalg.norm(relaxed(atoms, 500).get_forces(), axis=1).max() > 0.01:
        raise ValueError(f"{atoms.info['smiles']} is not relaxed after 500 steps.")
    return atoms


def turn(atoms: Atoms, rng: Generator) -> Atoms:
    """Turn a structure at random about the origin."""
    atoms.positions = Rotation.random(rng=rng).apply(atoms.positions)
    return atoms


if __name__ == "__main__":
    main()
