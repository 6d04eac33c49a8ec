"""Conversion of the spectra of one molecule to a row of a database."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from schnetpack_isd import properties
from schnetpack_isd.metadata import SpectrumSettings
from schnetpack_isd.spectra.tensor import project

from .sources.site_file import Site, SiteFile

__all__ = ["MoleculeRow", "RowMaker"]


@dataclass(frozen=True)
class MoleculeRow:
    """Row of a molecule, and its peculiarities.

    Attributes:
        atoms: structure.
        keys: key-value pairs.
        properties: properties, see the documentation of the database.
        all_sites: every absorbing atom is a site.
        incomplete: the multiplicities of the sites do not add up to the number of absorbing atoms.
        dark: indices of the sites that have no intensity on the axis.
    """

    atoms: Atoms
    keys: dict[str, int | str]
    properties: dict[str, NDArray]
    all_sites: bool
    incomplete: bool
    dark: list[int]


@dataclass(frozen=True)
class RowMaker:
    """Make rows from a file of spectra.

    Attributes:
        file: the spectra.
        structures: file of the structures, for messages.
        settings: spectra to make.
    """

    file: SiteFile
    structures: str | os.PathLike[str]
    settings: SpectrumSettings

    def means(self, molecule_id: int) -> list[float]:
        """Return the mean of the isotropic spectrum of each site of a molecule over the axis."""
        energies = np.array(self.settings.energies)
        return [
            float(site.components(energies, self.settings.broadening)[:3].mean())
            for site in self.file.sites(molecule_id)
        ]

    def row(self, molecule: tuple[int, Atoms], scale: float) -> MoleculeRow:
        """Return the row of a molecule.

        Args:
            molecule: id and structure.
            scale: divisor of the intensities.

        Raises:
            ValueError: the spectra or the structure are invalid; the message names the file and the molecule.
        """
        molecule_id, atoms = molecule
        sites = self.file.sites(molecule_id)
        for site in sites:
            self._check_site(site, molecule_id, atoms)
        row = _make_row(sites, molecule_id, len(atoms), self.settings, scale)
        self._check_spectra(row, molecule_id, scale)
        n_atoms = atoms.symbols.count(self.settings.absorbing_element)
        lit = row[properties.spectrum].any(axis=(1, 2))
        return MoleculeRow(
            atoms=Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc),
            keys=_key_value_pairs(molecule_id, atoms),
            properties=row,
            all_sites=len(sites) == n_atoms,
            incomplete=sum(site.multiplicity for site in sites) != n_atoms,
            dark=[site.atom for site, has_intensity in zip(sites, lit, strict=True) if not has_intensity],
        )

    def _check_site(self, site: Site, molecule_id: int, atoms: Atoms) -> None:
        where = f"{self.file.path}: site {site.atom} of molecule {molecule_id}"
        if site.atom >= len(atoms):
            raise ValueError(f"{where} is not an atom: {self.structures} has {len(atoms)} atoms for this id.")
        symbol = atoms.symbols[site.atom]
        if symbol != self.settings.absorbing_element:
            raise ValueError(
                f"{where} is {symbol} in {self.structures}, not {self.settings.absorbing_element} "
                "(`--absorbing-element`, data.settings.absorbing_element)."
            )

    def _check_spectra(self, row: dict[str, NDArray], molecule_id: int, scale: float) -> None:
        spectra = row[properties.spectrum]
        if not np.isfinite(spectra).all():
            raise ValueError(
                f"{self.file.path}: the spectra of molecule {molecule_id} exceed the range of single precision when "
                f"they are divided by the scale {scale:.3g}; choose a larger one."
            )
        if spectra.min() < -1e-5 * spectra.max():
            raise ValueError(f"{self.file.path}: the spectra of molecule {molecule_id} have negative intensities.")


def _key_value_pairs(molecule_id: int, atoms: Atoms) -> dict[str, int | str]:
    keys: dict[str, int | str] = {properties.molecule_id: molecule_id}
    keys |= {name: atoms.info[name] for name in ("smiles", properties.kind) if isinstance(atoms.info.get(name), str)}
    if isinstance(atoms.info.get(properties.variant_of), int | np.integer):
        keys[properties.variant_of] = int(atoms.info[properties.variant_of])
    return keys


def _make_row(
    sites: list[Site], molecule_id: int, n_atoms: int, settings: SpectrumSettings, scale: float
) -> dict[str, NDArray]:
    energies, directions = np.array(settings.energies), settings.directions_for(molecule_id)
    mask = np.zeros(n_atoms, dtype=bool)
    mask[[site.atom for site in sites]] = True
    tensor = np.zeros((len(sites), 6, len(energies)))
    for row, site in zip(tensor, sites, strict=True):
        components = site.components(energies, settings.broadening)
        row[: len(components)] = components / scale  # the diagonal suffices for directions along the axes
    properties_of_row: dict[str, NDArray] = {
        properties.spectrum: project(tensor, directions).astype(np.float32),
        properties.direction: directions[None],
        properties.site_mask: mask,
        properties.multiplicity: np.array([site.multiplicity for site in sites]),
        properties.excitation_energy: np.array([site.excitation_energy for site in sites]),
        properties.molecule_id: np.array([molecule_id]),
    }
    thresholds = [site.ionization_energy for site in sites if site.ionization_energy is not None]
    if thresholds:
        properties_of_row[properties.ionization_energy] = np.array(thresholds)
    if settings.tensor:
        properties_of_row[properties.spectrum_tensor] = tensor.astype(np.float32)
    return properties_of_row
