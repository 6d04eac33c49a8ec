"""Reference spectra from density-functional theory, with PySCF (the extra `dft`)."""

from .calculate import calculate_spectra, structures_path
from .geometry import force_field_structure, structure_from_smiles
from .read_molecules import read_molecules
from .recipe import RECIPE, Recipe
from .site import calculate_site
from .sites import unique_sites

__all__ = [
    "RECIPE",
    "Recipe",
    "calculate_site",
    "calculate_spectra",
    "force_field_structure",
    "read_molecules",
    "structure_from_smiles",
    "structures_path",
    "unique_sites",
]
