"""Bundle calculated spectra: write compact files for `schnetpack_isd.datasets`, and the lists of a version.

    python tools/bundle.py FOLDER NAME STICKS STRUCTURES [--geometry TEXT]
    python tools/bundle.py FOLDER --list VERSION NAME...

The first writes `NAME_sticks.hdf5` and `NAME.extxyz` from the output of `spkisd calculate` and the structures that were
its input, whose `kind`, `variant_of` and `name` are kept. The second writes the lists `version_VERSION_spectra.sha256`
and `version_VERSION_structures.sha256` of such files; a NAME can have a folder before it.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ase import Atoms
from ase.io import iread
from pooch import file_hash

from schnetpack_isd.data.sources import StickSpectrum, open_spectra, write_compact
from schnetpack_isd.dft.recipe import RECIPE
from schnetpack_isd.dft.structure_file import write_structures

RECORD = RECIPE.describe("C")

PROVENANCE = RECORD | {
    "level_of_theory": f"{RECORD['level_of_theory']}; geometries GFN2-xTB",
    "software": "PySCF 2.14, RDKit, tblite, ASE",
    "highest_line": "322 eV",
}
"""Attributes of the files, beside the `geometry`."""

GEOMETRY = "RDKit ETKDG and MMFF94, then GFN2-xTB to 0.01 eV/Å, in a random orientation"

HIGHEST_LINE = 322.0  # eV

INFO = ("id", "smiles", "name", "charge", "kind", "variant_of")
"""Keys of the comment line of a structure; those that it lacks are left out."""


def main() -> None:
    """Write files, or lists of files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder to write to")
    parser.add_argument("--list", type=int, metavar="VERSION", help="write the lists of a version")
    parser.add_argument("names", nargs="+", help="NAME STICKS STRUCTURES, or names of files")
    parser.add_argument("--geometry", default=GEOMETRY, help="how the geometries were made")
    options = parser.parse_args()
    if options.list is not None:
        write_lists(options.folder, options.list, options.names)
        return
    if len(options.names) != 3:
        parser.error("give NAME STICKS STRUCTURES, or --list VERSION NAME...")
    name, sticks, structures = options.names
    expected = RECORD["level_of_theory"]
    with open_spectra(sticks) as file:
        if not (file.level_of_theory or "").startswith(expected):
            raise SystemExit(f"{sticks} has the level of theory {file.level_of_theory}, not {expected}.")
        sites = {molecule_id: file.sites(molecule_id) for molecule_id in file.ids}
    frames = {atoms.info["id"]: atoms for atoms in iread(structures)}
    bundle(options.folder, name, {number: (frames[number], found) for number, found in sites.items()}, options.geometry)


def bundle(folder: Path, name: str, molecules: Mapping[int, tuple[Atoms, list[StickSpectrum]]], geometry: str) -> None:
    """Write the files of molecules, which have their structures and sites by id."""
    ordered = {number: molecules[number] for number in sorted(molecules)}
    path = folder / f"{name}_sticks.hdf5"
    sites = [(number, [below(site, HIGHEST_LINE) for site in found]) for number, (_, found) in ordered.items()]
    write_compact(path, sites, PROVENANCE | {"geometry": geometry})
    frames = []
    for number, (atoms, _) in ordered.items():
        info = {key: value for key, value in (atoms.info | {"id": number}).items() if key in INFO and value != ""}
        frames.append(Atoms(atoms.numbers, atoms.positions.round(6), info=info))
    write_structures(folder / f"{name}.extxyz", frames)
    n_sites = sum(len(found) for _, found in sites)
    print(f"{name}: {len(ordered)} molecules, {n_sites} sites, {path.stat().st_size / 1e6:.1f} MB")


def below(site: StickSpectrum, highest: float) -> StickSpectrum:
    """Return the site with the lines below an energy."""
    kept = site.energies < highest
    dipoles = None if site.dipoles is None else site.dipoles[kept]
    return replace(site, energies=site.energies[kept], dsf=site.dsf[kept], dipoles=dipoles)


def write_lists(folder: Path, version: int, names: Sequence[str]) -> None:
    """Write the lists of the files of a version."""
    for what, ending in (("spectra", "_sticks.hdf5"), ("structures", ".extxyz")):
        lines = [f"{file_hash(str(folder / (name + ending)))}  {name}{ending}\n" for name in names]
        (folder / f"version_{version}_{what}.sha256").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
