"""Choice of structures that an ensemble knows least about."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from support.structures import random_molecule, random_rotation

from schnetpack_isd.ensemble import SpectrumEnsemble
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.selection import select_structures
from schnetpack_isd.spectra import sphere_quadrature

pytestmark = pytest.mark.filterwarnings("ignore:.*is unlike the training data:UserWarning")  # by the limit of the score


def uncertainties(structures: list[Atoms], ensemble: SpectrumEnsemble) -> np.ndarray:
    """Root mean square standard deviation of the site spectra of each structure, along directions of the sphere."""
    directions, weights = sphere_quadrature()
    predicted = SpectrumPredictor(ensemble).predict(structures, directions)
    return np.array([np.sqrt(np.einsum("sde,d->se", found.spectrum_std**2, weights).mean()) for found in predicted])


def test_different_structures_are_chosen_in_the_order_of_their_uncertainty(ensemble: SpectrumEnsemble) -> None:
    pool = [random_molecule(seed, n_atoms=6) for seed in range(8)]
    expected = uncertainties(pool, ensemble)
    chosen = select_structures(pool, 5, ensemble, progress=False)
    assert [found.number for found in chosen] == np.argsort(-expected)[:5].tolist()
    assert [found.atoms for found in chosen] == [pool[found.number] for found in chosen]
    scores = [found.score for found in chosen]
    np.testing.assert_allclose(scores, np.sort(expected)[:-6:-1], rtol=1e-5)
    np.testing.assert_allclose(scores, [found.uncertainty for found in chosen], rtol=1e-5)


def test_a_copy_of_a_chosen_structure_comes_last_whatever_its_orientation(ensemble: SpectrumEnsemble) -> None:
    pool = [random_molecule(seed, n_atoms=6) for seed in range(4)]
    first = int(np.argmax(uncertainties(pool, ensemble)))
    rotated = pool[first].copy()
    rotated.positions = rotated.positions @ random_rotation(0).T + 1.0
    found = select_structures([*pool, rotated], 5, ensemble, progress=False)
    assert {found[0].number, found[-1].number} == {first, 4}
    assert found[-1].score < 1e-3 * found[-2].score
    assert found[-1].uncertainty == pytest.approx(found[0].uncertainty, rel=0.2)


def test_similar_structures_are_less_uncertain_after_a_choice(ensemble: SpectrumEnsemble) -> None:
    ensemble.neighborhood.limit.fill_(1.0)
    atoms = random_molecule(0, n_atoms=6)
    near, far = atoms.copy(), atoms.copy()
    near.positions[1] += 0.01
    far.positions[1] += 0.3
    shares = []
    for other in (near, far):
        second = select_structures([atoms, other], 2, ensemble, progress=False)[1]
        shares.append(second.score / second.uncertainty)
    assert 0 < shares[0] < shares[1] < 1


def test_more_sites_alone_do_not_make_a_molecule_more_uncertain(ensemble: SpectrumEnsemble) -> None:
    atoms = random_molecule(0, n_atoms=6)
    pair = atoms.copy()
    pair.extend(Atoms(atoms.numbers, atoms.positions + 50.0))
    one, two = (select_structures([structure], 1, ensemble, progress=False)[0] for structure in (atoms, pair))
    assert two.score == pytest.approx(one.score, rel=1e-4)


def test_structures_that_cannot_be_predicted_are_left_out_and_named(ensemble: SpectrumEnsemble) -> None:
    pool = [Atoms("OH", [[0, 0, 0], [0, 0, 1]]), random_molecule(0), Atoms("CU", [[0, 0, 0], [0, 0, 2]])]
    with pytest.warns(UserWarning, match="Left out 2 of 3 structures:") as caught:
        [chosen] = select_structures(pool, 1, ensemble, progress=False)
    assert chosen.number == 1
    message = next(str(warning.message) for warning in caught if "Left out" in str(warning.message))
    assert "Structure 0 (HO) contains no C atom" in message
    assert "Structure 2 (CU) contains U" in message
    with pytest.raises(ValueError, match=r"2 structures cannot be chosen from 1\. 2 were left out:\n  Structure 0"):
        select_structures(pool, 2, ensemble, progress=False)


def test_a_pool_must_be_large_enough_and_the_model_an_ensemble(ensemble: SpectrumEnsemble) -> None:
    pool = [random_molecule(0)]
    with pytest.raises(ValueError, match="2 structures cannot be chosen from 1"):
        select_structures(pool, 2, ensemble)
    with pytest.raises(ValueError, match="There is no structure to choose from"):
        select_structures([], 1, ensemble)
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        select_structures(pool, 0, ensemble)
    with pytest.raises(ValueError, match="in memory is a single model"):
        select_structures(pool, 1, ensemble.members[0])
    ensemble.neighborhood = None
    with pytest.raises(ValueError, match="an ensemble that was not calibrated"):
        select_structures(pool, 1, ensemble)
