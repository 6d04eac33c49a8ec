"""Keys of tensors that this package adds to SchNetPack's dictionaries."""

from typing import Final

direction: Final[str] = "direction"
"""(n_structures, n_directions, 3): directions of polarisation or momentum transfer, of any non-zero length."""

site_mask: Final[str] = "site_mask"
"""(n_atoms,): mask of the sites; without it, every atom of the absorbing element is a site."""

spectrum: Final[str] = "spectrum"
"""(n_sites, n_directions, n_energies): site spectra in units of the intensity scale, in the order of the sites."""

isotropic_spectrum: Final[str] = "isotropic_spectrum"
"""(n_sites, n_energies): site spectra averaged over all directions, a third of the trace of the tensor."""

spectrum_tensor: Final[str] = "spectrum_tensor"
"""(n_sites, 3, 3, n_energies): the tensor sigma_n(E) in units of the intensity scale; in databases (n_sites, 6,
n_energies), as xx, yy, zz, yz, xz, xy."""

lowest_eigenvalue: Final[str] = "lowest_eigenvalue"
"""(n_sites,): smallest eigenvalue of a site's tensors, before they are made positive; NaN in training."""

molecular_spectrum: Final[str] = "molecular_spectrum"
"""(n_structures, n_directions, n_energies): sum of the site spectra of a structure."""

site_structure: Final[str] = "site_structure"
"""(n_sites,): `_idx` of the structure of a site; for a database, its row from 0."""

site_atom: Final[str] = "site_atom"
"""(n_sites,): index of the site's atom within its structure, from 0."""

molecule_id: Final[str] = "molecule_id"
"""(n_structures,): id of the structure in its source."""

kind: Final[str] = "kind"
"""Kind of a molecule in its source, such as "measured"; a key of databases and of structure files."""

variant_of: Final[str] = "variant_of"
"""Id of the molecule of which a structure is another geometry; a key of databases and of structure files."""

multiplicity: Final[str] = "multiplicity"
"""(n_sites,): number of symmetry-equivalent atoms that the site stands for."""

excitation_energy: Final[str] = "excitation_energy"
"""(n_sites,) eV: energy of the site's first transition."""

ionization_energy: Final[str] = "ionization_energy"
"""(n_sites,) eV: ionisation threshold of the site's core electron, where the continuum begins."""

spectrum_std: Final[str] = "spectrum_std"
"""(n_sites, n_directions, n_energies): standard deviation of the site spectra of an ensemble of models."""

ionization_energy_std: Final[str] = "ionization_energy_std"
"""(n_sites,) eV: standard deviation of the ionisation threshold of an ensemble of models."""

tensor_deviation: Final[str] = "tensor_deviation"
"""Deviations of the members of an ensemble from their mean tensor, (n_sites, n_members, 6, n_energies)."""

spectrum_deviation: Final[str] = "spectrum_deviation"
"""Deviations of the members from their mean spectrum, (n_sites, n_members, n_directions, n_energies)."""

ionization_energy_deviation: Final[str] = "ionization_energy_deviation"
"""Deviations of the members of an ensemble from their mean ionisation threshold, (n_sites, n_members) in eV."""

extrapolation_score: Final[str] = "extrapolation_score"
"""(n_sites,): distance of a site's neighbourhood from those of the training data; above 1, it is far from them."""
