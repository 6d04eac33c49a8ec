"""Score of sites whose neighbourhoods are unlike those of the training data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from schnetpack.atomistic import PairwiseDistances
from support.models import CUTOFF
from support.structures import make_batch, random_molecule, random_rotation

from schnetpack_isd.ensemble import NeighborhoodScore

ELEMENTS = ["C", "F", "H", "N", "O"]
KNOWN = ("CH4", "C2H6", "C3H8", "C3H7", "CH3OH", "CH3CH2OH", "CH3OCH3", "CH3CN", "CH3CHO", "CH3COOH", "C2H4", "C6H6")


def rattled(names: tuple[str, ...], seeds: range) -> list[Atoms]:
    """Molecules with displacements of some 0.03 Å."""
    frames = []
    for seed in seeds:
        for number, name in enumerate(names):
            atoms = molecule(name)
            atoms.rattle(0.03, seed=100 * seed + number)
            frames.append(atoms)
    return frames


def carbon_sites(frames: list[Atoms]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A batch of structures in float64, and the indices of its carbon atoms."""
    batch = PairwiseDistances()(make_batch(frames))
    return batch, torch.nonzero(batch["_atomic_numbers"] == 6).squeeze(-1)


@pytest.fixture(scope="module")
def training() -> list[Atoms]:
    return rattled(KNOWN, range(8))


@pytest.fixture(scope="module")
def validation() -> list[Atoms]:
    return rattled(KNOWN, range(8, 16))


@pytest.fixture(scope="module")
def score(training: list[Atoms], validation: list[Atoms]) -> NeighborhoodScore:
    """A score that knows small molecules, but none with fluorine."""
    score = NeighborhoodScore(ELEMENTS, CUTOFF).double()
    batch, sites = carbon_sites(validation)
    score.fit(score.features(*carbon_sites(training)), score.features(batch, sites), batch["_idx_m"][sites])
    return score


def scores(score: NeighborhoodScore, *frames: Atoms) -> np.ndarray:
    return score(*carbon_sites(list(frames))).numpy()


def test_a_feature_is_a_density_of_neighbours(score: NeighborhoodScore) -> None:
    """Of C at the origin, O at 1.2 Å and H at 2 Å, with Gaussians from 0.9 Å to the cutoff."""
    batch, sites = carbon_sites([Atoms("COH", [(0, 0, 0), (1.2, 0, 0), (0, 0, -2.0)])])
    found = score.features(batch, sites).reshape(len(ELEMENTS), -1).numpy()
    centers, width = np.linspace(0.9, CUTOFF, found.shape[1], retstep=True)
    for element, row in zip(ELEMENTS, found, strict=True):
        distance = {"O": 1.2, "H": 2.0}.get(element)
        expected = np.zeros(len(centers))
        if distance is not None:
            smooth = 0.5 * (np.cos(np.pi * distance / CUTOFF) + 1)
            expected = smooth * np.exp(-0.5 * ((distance - centers) / width) ** 2)
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_the_score_is_a_distance_of_mahalanobis(score: NeighborhoodScore, training: list[Atoms]) -> None:
    """A tenth of the mean variance is added to the covariance."""
    known = score.features(*carbon_sites(training)).numpy()
    covariance = np.cov(known.T)
    covariance += 0.1 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    batch, sites = carbon_sites([molecule("CH3CONH2"), molecule("CF4")])
    difference = score.features(batch, sites).numpy() - known.mean(axis=0)
    expected = np.sqrt(np.einsum("si,ij,sj->s", difference, np.linalg.inv(covariance), difference))
    found = score(batch, sites).numpy()
    np.testing.assert_allclose(found / found[0], expected / expected[0], rtol=1e-5)


def test_nearly_all_molecules_that_set_the_limit_are_within_it(
    score: NeighborhoodScore, validation: list[Atoms]
) -> None:
    highest = np.sort([scores(score, atoms).max() for atoms in validation])
    assert np.mean(highest <= 1) == pytest.approx(0.98, abs=0.01)
    assert highest[-1] > 1


def test_molecules_like_those_of_the_training_are_within_the_limit(score: NeighborhoodScore) -> None:
    assert max(scores(score, atoms).max() for atoms in rattled(("C3H8", "CH3CHO", "C6H6"), range(20, 22))) < 1


def test_a_compressed_molecule_is_beyond_the_limit(score: NeighborhoodScore) -> None:
    atoms = molecule("CH3CH2OH")
    assert scores(score, atoms).max() < 1
    atoms.positions *= 0.8
    assert scores(score, atoms).min() > 1


def test_neighbours_of_an_element_without_training_sites_are_beyond_the_limit(score: NeighborhoodScore) -> None:
    assert scores(score, molecule("CF4")).min() > 1


def test_the_score_does_not_depend_on_position_orientation_and_order(score: NeighborhoodScore) -> None:
    atoms = random_molecule(2)
    moved = Atoms(atoms.numbers, atoms.positions @ random_rotation(3).T + (3.0, -1.0, 2.0))
    np.testing.assert_allclose(scores(score, moved), scores(score, atoms), rtol=1e-9)
    order = np.random.default_rng(0).permutation(len(atoms))
    carbon = np.flatnonzero(atoms.numbers == 6)
    of_atoms = np.full(len(atoms), np.nan)
    of_atoms[carbon] = scores(score, atoms)
    np.testing.assert_allclose(scores(score, atoms[order]), of_atoms[order][atoms.numbers[order] == 6], rtol=1e-9)


def test_periodic_images_are_neighbours(score: NeighborhoodScore) -> None:
    alone = molecule("CH4")
    crystal = molecule("CH4", cell=[4.0, 4.0, 4.0], pbc=True)
    np.testing.assert_allclose(scores(score, crystal * (1, 1, 2)), scores(score, crystal)[0], rtol=1e-9)
    assert abs(scores(score, crystal) - scores(score, alone)).max() > 1e-3
