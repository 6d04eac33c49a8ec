"""Files in the published layouts with generated contents, small for tests or at full size.

Figshare collection 5494395 (carbon K-edge spectra, Shibata et al., Sci Data 2022, 9, 214) and QM9 (collection 978904,
Ramakrishnan et al., Sci Data 2014, 1, 140022).
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from schnetpack.data import ASEAtomsData
from tqdm import tqdm

N_QM9, N_UNCHARACTERIZED = 133_885, 3_054
N_MOLECULES, N_SITES, LARGEST_ID = 22_155, 117_340, 23_927

Lines = tuple[NDArray[np.float64], NDArray[np.float64]]


def made_up_lines(rng: np.random.Generator) -> Lines:
    """Generate the lines of a site: energies above the first final state, ascending from 0, and squared dipoles."""
    energies = np.sort(rng.uniform(0.0, rng.uniform(20.0, 80.0), rng.integers(60, 200)))
    return energies - energies[0], 1e-3 * rng.exponential(size=(len(energies), 3))


def smear(lines: Lines, sigma: float = 0.5, step: float = 0.1, margin: float = 5.0) -> Lines:
    """Broaden lines as published; return energies, and spectra as the columns total, x, y, z."""
    energies, strengths = lines
    axis = np.arange(np.floor(np.min(energies) - margin), np.ceil(np.max(energies) + margin), step)
    gaussians = np.exp(-(((axis[:, None] - energies) / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)
    spectra = 2.0 * gaussians @ strengths
    return axis, np.hstack([spectra.mean(axis=1, keepdims=True), spectra])


def write_site_spectra(path: Path, sites: Mapping[int, Sequence[int]], seed: int = 0, n_distinct: int = 500) -> None:
    """Write a `site_spectra_0.5eV.hdf5` with at most `n_distinct` different spectra."""
    rng = np.random.default_rng(seed)
    pool = [smear(made_up_lines(rng)) for _ in range(min(n_distinct, len(_flat(sites))))]
    with h5py.File(path, "w") as file:
        for molecule_id, atom in tqdm(_flat(sites), f"writing {path.name}", disable=len(sites) < 100):
            group = file.create_group(f"{molecule_id}/{atom}")
            energies, spectra = pool[rng.integers(len(pool))]
            for name, values in (("energies", energies), ("spectrum", spectra)):
                group.create_dataset(name, data=values, compression="gzip", compression_opts=9)
            _set_attributes(group, rng)


def write_site_eigen_dsf(path: Path, sites: Mapping[int, Sequence[int]], seed: int = 0) -> None:
    """Write a `site_eigen_dsf.hdf5`."""
    rng = np.random.default_rng(seed)
    with h5py.File(path, "w") as file:
        for molecule_id, atom in tqdm(_flat(sites), f"writing {path.name}", disable=len(sites) < 100):
            group = file.create_group(f"{molecule_id}/{atom}")
            energies, strengths = made_up_lines(rng)
            n_occupied = int(rng.integers(5, 25))
            occupied = np.sort(rng.uniform(-25.0, -1.0, n_occupied))
            group["eigenvalues"] = np.concatenate([occupied, energies + rng.uniform(0.0, 2.0)])
            group["dsf"] = np.concatenate([rng.exponential(size=(n_occupied, 3)), strengths])
            _set_attributes(group, rng)
            group.attrs["n_electron"] = 2 * n_occupied + 1


def _flat(sites: Mapping[int, Sequence[int]]) -> list[tuple[int, int]]:
    return [(molecule_id, atom) for molecule_id, atoms in sites.items() for atom in atoms]


def _set_attributes(group: h5py.Group, rng: np.random.Generator) -> None:
    group.attrs["multiplicity"] = 1
    group.attrs["final_energy_gs"] = rng.uniform(-9e3, -1e3)
    group.attrs["final_energy_ex"] = group.attrs["final_energy_gs"] + 280.0
    group.attrs["excitation_energy"] = rng.uniform(288.0, 292.0)


def qm9_file(number: int, atoms: Atoms) -> str:
    """Return a file of the archive, in Mathematica's number format; `atoms.info` can have a `smiles`."""
    lines = [str(len(atoms)), f"gdb {number}\t" + "\t".join(["6.4*^-6", *["0.5"] * 14]) + "\t"]
    for symbol, position in zip(atoms.symbols, atoms.positions, strict=True):
        numbers = "\t".join(f"{x:.10f}" if abs(x) > 1e-4 or x == 0.0 else _mathematica(x) for x in (*position, -0.2))
        lines.append(f"{symbol}\t{numbers}")
    smiles = atoms.info.get("smiles", "C")
    return "\n".join([*lines, "1341.307\t1562.6731", f"{smiles}\t{smiles}\t", "InChI=1S/CH4\tInChI=1S/CH4", ""])


def _mathematica(x: float) -> str:
    mantissa, exponent = f"{x:.10e}".split("e")
    return f"{mantissa}*^{int(exponent)}"


def write_qm9_archive(path: Path, structures: Mapping[int, Atoms]) -> None:
    """Write a `dsgdb9nsd.xyz.tar.bz2`."""
    with tarfile.open(path, "w:bz2") as archive:
        for number, atoms in tqdm(structures.items(), f"writing {path.name}", disable=len(structures) < 100):
            content = qm9_file(number, atoms).encode()
            entry = tarfile.TarInfo(f"dsgdb9nsd_{number:06d}.xyz")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def write_uncharacterized(path: Path, numbers: Iterable[int]) -> None:
    """Write an `uncharacterized.txt`: nine header lines, one line per molecule, a last line."""
    rows = [f"{number:6d}   CC  CC  InChI=1S/CH4  0.1" for number in numbers]
    path.write_text("\n".join([*["# head"] * 8, "=" * 20, *rows, "=" * 20, ""]))


def write_qm9_db(path: Path, structures: Iterable[Atoms]) -> None:
    """Write a `qm9.db` as SchNetPack does, with rows that have no ids."""
    dataset = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict={"energy_U0": "Ha"})
    atoms = list(structures)
    dataset.add_systems([{"energy_U0": np.array([-1.0])}] * len(atoms), atoms)


def made_up_structures(numbers: Iterable[int], n_carbon: Mapping[int, int], seed: int = 0) -> dict[int, Atoms]:
    """Generate random structures of QM9's sizes and extents, carbon first, without any chemistry."""
    rng = np.random.default_rng(seed)
    structures = {}
    for number in numbers:
        carbon = n_carbon.get(number, 7)
        other = max(0, 8 - carbon)
        n_hydrogen = int(rng.integers(6, 13))
        elements = [6] * carbon + [7, 8, 8][:other] + [1] * n_hydrogen
        grid = np.stack(np.unravel_index(rng.choice(6**3, len(elements), replace=False), (6, 6, 6)), axis=1)
        positions = 1.0 * (grid - 2.5) + rng.uniform(-0.25, 0.25, grid.shape)  # no two atoms closer than 0.5 Å
        structures[number] = Atoms(elements, positions=positions)
        structures[number].info["smiles"] = "C" * carbon
    return structures


def full_size_sites(seed: int = 0) -> dict[int, list[int]]:
    """Return the atoms of the sites of 22,155 molecules with 117,340 sites, the size of the published files."""
    rng = np.random.default_rng(seed)
    numbers = np.sort(rng.choice(np.arange(1, LARGEST_ID + 1), N_MOLECULES, replace=False))
    counts = np.full(N_MOLECULES, N_SITES // N_MOLECULES)
    counts[rng.choice(N_MOLECULES, int(N_SITES - counts.sum()), replace=False)] += 1
    return {int(number): list(range(count)) for number, count in zip(numbers, counts, strict=True)}
