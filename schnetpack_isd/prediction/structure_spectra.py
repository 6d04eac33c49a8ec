"""Predicted spectra of a structure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra import project

__all__ = ["StructureSpectra", "along_directions"]


@dataclass(frozen=True)
class StructureSpectra:
    r"""Spectra of the absorbing atoms of a structure.

    A model that predicts tensors has the spectra along all directions, :math:`S(u, E) = u^\mathsf{T} \sigma(E)\, u`,
    and exact isotropic spectra, a third of the trace of :math:`\sigma(E)`.

    Attributes:
        energies: (n_energies,) axis in eV.
        site_atom: (n_sites,) index of each absorbing atom, from 0.
        direction: (n_directions, 3) unit vectors.
        spectrum: (n_sites, n_directions, n_energies) site spectra along the directions.
        molecular_spectrum: (n_directions, n_energies) sum of the site spectra over all absorbing atoms.
        isotropic_spectrum: (n_sites, n_energies) site spectra averaged over all directions; None unless requested.
        isotropic_error: (n_sites,) estimated errors of the quadrature, see
            :func:`~schnetpack_isd.spectra.powder_average`; not the errors of the model. 0 for a model that predicts
            tensors.
        isotropic_molecular_spectrum: (n_energies,) sum of the isotropic site spectra.
        isotropic_molecular_error: estimated error of the quadrature of that sum; 0 for a model that predicts tensors.
        tensor: (n_sites, 3, 3, n_energies) absorption tensors of the sites, in the unit of the spectra; None if the
            model predicts none.
        molecular_tensor: (3, 3, n_energies) sum of the tensors over all absorbing atoms.
        ionization_energy: (n_sites,) ionisation thresholds in eV, on the axis of the spectra; None if the model
            predicts none.
        limits: lowest and highest intensity of all site spectra that were predicted, in units of the intensity scale;
            those of the directions of the average are among them. For a model that predicts tensors, the lowest is the
            smallest eigenvalue before tensors were made positive, and intensities along x, y and z are among the
            others.
        is_plausible: False for intensities that no absorption spectrum has, far below zero or very large.
    """

    energies: NDArray
    site_atom: NDArray[np.int64]
    direction: NDArray
    spectrum: NDArray
    molecular_spectrum: NDArray
    isotropic_spectrum: NDArray | None = None
    isotropic_error: NDArray | None = None
    isotropic_molecular_spectrum: NDArray | None = None
    isotropic_molecular_error: float | None = None
    tensor: NDArray | None = None
    molecular_tensor: NDArray | None = None
    ionization_energy: NDArray | None = None
    limits: tuple[float, float] = (0.0, 0.0)
    is_plausible: bool = True


def along_directions(tensor: NDArray, directions: NDArray) -> NDArray:
    """Return the exact spectra of absorption tensors along directions.

    Args:
        tensor: (n_sites, 3, 3, n_energies) tensors.
        directions: (n_directions, 3) vectors of any non-zero length.

    Returns:
        (n_sites, n_directions, n_energies) spectra.
    """
    rows, columns = [0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]  # xx, yy, zz, yz, xz, xy
    return project(tensor[:, rows, columns], directions)
