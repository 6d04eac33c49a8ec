"""Spectra for pages, without a network that predicts them."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.build import molecule

from schnetpack_isd.prediction.structure_spectra import Deviations, StructureSpectra
from schnetpack_isd.view.data import ViewedStructure
from schnetpack_isd.view.page import ViewedSpectra

ENERGIES = np.linspace(282.0, 306.0, 241)
N_MEMBERS = 3


def random_spectra(atoms: Atoms, seed: int = 0) -> StructureSpectra:
    """Spectra of three peaks for each carbon atom, each along a random direction, with deviations of members."""
    rng = np.random.default_rng(seed)
    [site_atom] = np.nonzero(atoms.symbols == "C")
    shape = np.exp(-(((ENERGIES - rng.uniform(285, 300, (len(site_atom), 3))[..., None]) / rng.uniform(0.5, 2)) ** 2))
    dipoles = rng.normal(size=(len(site_atom), 3, 3))
    tensor = np.einsum("spi,spj,spe->sije", dipoles, dipoles, shape).astype(np.float32)
    deviations = rng.normal(size=(N_MEMBERS, len(site_atom), 6, 1)) * 0.1 * shape.sum(axis=1)[:, None]
    along = np.zeros((len(site_atom), 0, len(ENERGIES)))
    return StructureSpectra(
        energies=ENERGIES,
        site_atom=site_atom,
        direction=np.zeros((0, 3)),
        spectrum=along,
        molecular_spectrum=along.sum(axis=0),
        tensor=tensor,
        molecular_tensor=tensor.sum(axis=0),
        ionization_energy=291.0 + np.arange(len(site_atom)),
        extrapolation_score=np.linspace(0.5, 1.5, len(site_atom)),
        deviations=Deviations(np.zeros((N_MEMBERS, *along.shape)), None, deviations, None),
    )


def viewed(*structures: Atoms, title: str = "molecule.xyz") -> ViewedSpectra:
    """What a page of structures shows; of ethanol, if none are given."""
    shown = [
        ViewedStructure(f"{number}: {atoms.symbols}", atoms, random_spectra(atoms) if "C" in atoms.symbols else None)
        for number, atoms in enumerate(structures or [molecule("CH3CH2OH")])
    ]
    return ViewedSpectra(title, ENERGIES, shown, "C", {"model": "random"})
