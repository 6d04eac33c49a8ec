"""Bundle calculated stick spectra: write the files of `schnetpack_isd.datasets.ck_sample`.

    python tools/bundle_sample.py FOLDER FILE... [--ids-of structures.extxyz] [--without 455 543 658]

Each input is an HDF5 file with a group for each molecule, named by its id: `numbers` (n_atoms,), `positions`
(n_atoms, 3) in Å, `sites` (n_sites, 2) with atom and multiplicity, `thresholds` (n_sites,) in eV, `lines` (n, 5) with
atom, energy in eV and transition dipole in bohr, and the attributes `smiles` and `recipe`. Molecules of another recipe
than the second are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from ase import Atoms
from ase.io import iread, write

from schnetpack_isd.data.sources import StickSpectrum, write_compact

RECIPE = 2

PROVENANCE = {
    "level_of_theory": (
        "PBE transition potential (half a core hole); aug-cc-pwCVDZ and a second basis for the continuum on the excited"
        " carbon, ccECP-cc-pVDZ on other heavy atoms, def2-SVP on H; PySCF; geometries GFN2-xTB"
    ),
    "functional": "PBE, density fitting with the Weigend auxiliary basis, grid of 30 radial and 110 angular points",
    "core_hole": "transition potential: half a 1s electron removed from the excited carbon, charge +1/2",
    "basis": "aug-cc-pwCVDZ on the excited carbon, ccECP with cc-pVDZ on other heavy atoms, def2-SVP on H",
    "continuum_basis": (
        "orbitals of the converged potential, with even-tempered functions more on the excited carbon:"
        " 8 s with exponents 0.006 to 4, 20 p with 0.003 to 12, 10 d with 0.006 to 5"
    ),
    "ionization_energy": "minus the energy of the half-empty 1s orbital",
    "geometry": "RDKit ETKDG and MMFF94, then GFN2-xTB to 0.01 eV/Å, in a random orientation",
    "software": "PySCF 2.14, RDKit, tblite, ASE",
    "highest_line": "322 eV",
}


def main() -> None:
    """Write `ck_sample_sticks.hdf5` and `ck_sample.extxyz`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder to write to")
    parser.add_argument("files", nargs="+", type=Path, help="HDF5 files of calculated molecules")
    parser.add_argument("--ids-of", type=Path, help="extended XYZ file of the molecules to bundle (default: all)")
    parser.add_argument("--without", nargs="+", type=int, default=[], help="molecules to leave out")
    options = parser.parse_args()
    molecules = {molecule_id: found for path in options.files for molecule_id, found in read_molecules(path)}
    wanted = {atoms.info["id"] for atoms in iread(options.ids_of)} if options.ids_of else set(molecules)
    wanted -= set(options.without)
    if missing := sorted(wanted - set(molecules)):
        raise SystemExit(f"Not calculated: {missing}.")
    chosen = {molecule_id: molecules[molecule_id] for molecule_id in sorted(wanted)}
    write_compact(
        options.folder / "ck_sample_sticks.hdf5",
        [(molecule_id, sites) for molecule_id, (_, sites) in chosen.items()],
        PROVENANCE,
    )
    frames = [atoms for atoms, _ in chosen.values()]
    write(options.folder / "ck_sample.extxyz", frames, format="extxyz", columns=["symbols", "positions"])
    print(f"{len(chosen)} molecules, {sum(len(sites) for _, sites in chosen.values())} sites")


def read_molecules(path: Path) -> Iterator[tuple[int, tuple[Atoms, list[StickSpectrum]]]]:
    """Iterate over the molecules of a file: id, structure and sites."""
    with h5py.File(path) as file:
        for name, group in file.items():
            if group.attrs.get("recipe", 1) == RECIPE:
                info = {"id": int(name), "smiles": group.attrs["smiles"]}
                atoms = Atoms(group["numbers"][()], group["positions"][()].astype(float).round(6), info=info)
                yield int(name), (atoms, read_sites(group))


def read_sites(group: h5py.Group) -> list[StickSpectrum]:
    """Return the sites of a molecule."""
    lines = group["lines"][()].astype(np.float64)
    sites = []
    for (atom, multiplicity), threshold in zip(group["sites"][()], group["thresholds"][()], strict=True):
        own = lines[lines[:, 0] == atom, 1:]
        sites.append(
            StickSpectrum(
                atom=int(atom),
                multiplicity=int(multiplicity),
                excitation_energy=own[0, 0],
                ionization_energy=float(threshold),
                energies=own[:, 0],
                dsf=own[:, 1:] ** 2,
                dipoles=own[:, 1:],
            )
        )
    return sites


if __name__ == "__main__":
    main()
