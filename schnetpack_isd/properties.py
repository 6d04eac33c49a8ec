"""Keys of the tensors that schnetpack-isd adds to SchNetPack's input and output dictionary."""

from typing import Final

direction: Final[str] = "direction"
"""(n_structures, n_directions, 3): polarisation or momentum-transfer directions, any length but zero."""

site_mask: Final[str] = "site_mask"
"""(n_atoms,): the sites asked for; where absent, every atom of the absorbing element."""

spectrum: Final[str] = "spectrum"
"""(n_sites, n_directions, n_energies): site spectra in units of the intensity scale, in the order of the sites."""

spectrum_tensor: Final[str] = "spectrum_tensor"
"""(n_sites, 6, n_energies): the tensor sigma_n(E) as xx, yy, zz, yz, xz, xy, in units of the intensity scale."""

molecular_spectrum: Final[str] = "molecular_spectrum"
"""(n_structures, n_directions, n_energies): sum of the site spectra of a structure."""

site_structure: Final[str] = "site_structure"
"""(n_sites,): `_idx` of the structure that a site belongs to (for a database, its row counted from 0)."""

site_atom: Final[str] = "site_atom"
"""(n_sites,): index of the site's atom within its structure, from 0."""

molecule_id: Final[str] = "molecule_id"
"""(n_structures,): the structure's id as its source has it."""

multiplicity: Final[str] = "multiplicity"
"""(n_sites,): number of symmetry-equivalent atoms that a site stands for."""

excitation_energy: Final[str] = "excitation_energy"
"""(n_sites,) eV: energy of the site's first transition."""
