"""Small stick spectra and structures to convert."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from ase.build import molecule
from ase.io import write

from schnetpack_isd.data import SpectrumSettings, convert_spectra
from schnetpack_isd.metadata import DatabaseMetadata

ENERGIES = np.linspace(288.0, 310.0, 64)

IDS = (2, 10, 9)  # in the order of their names, "10" comes first


class Source:
    """A valid pair of input files, which tests convert or damage."""

    def __init__(self, folder: Path) -> None:
        self.spectra, self.structures, self.database = folder / "in.hdf5", folder / "in.extxyz", folder / "out.db"
        self.atoms = dict(zip(IDS, (molecule("CH3CH2OH"), molecule("CH4"), molecule("C6H6")), strict=True))
        rng = np.random.default_rng(0)
        with h5py.File(self.spectra, "w") as file:
            file.attrs["level_of_theory"] = "random numbers"
            for molecule_id, atoms in self.atoms.items():
                for site in np.flatnonzero(atoms.numbers == 6)[:2]:
                    group = file.create_group(f"{molecule_id}/{site}")
                    dipole = rng.standard_normal((30, 3))
                    group["eigenvalues"] = np.sort(rng.uniform(-20.0, 20.0, 30))
                    group["dsf"], group["dipole"] = dipole**2, dipole
                    multiplicity = 3 if molecule_id == 9 else 1  # benzene: two sites for six atoms
                    group.attrs.update(n_electron=9, excitation_energy=290.0 + site, multiplicity=multiplicity)
        self.write_structures()

    def write_structures(self) -> None:
        frames = []
        for molecule_id, atoms in self.atoms.items():
            frame = atoms.copy()
            frame.info["id"] = molecule_id
            frames.append(frame)
        write(self.structures, frames, format="extxyz")

    def convert(self, **settings: object) -> DatabaseMetadata:
        settings = {"energies": ENERGIES, **settings}
        return convert_spectra(
            self.spectra, self.structures, self.database, SpectrumSettings(**settings), progress=False
        )

    def lines(self, molecule_id: int, site: int) -> tuple[np.ndarray, np.ndarray]:
        """Energies and dipoles of the final states, as the published layout defines them."""
        with h5py.File(self.spectra) as file:
            group = file[f"{molecule_id}/{site}"]
            eigenvalues, first = group["eigenvalues"][:], (group.attrs["n_electron"] - 1) // 2
            return (
                eigenvalues[first:] - eigenvalues[first] + group.attrs["excitation_energy"],
                group["dipole"][first:],
            )
