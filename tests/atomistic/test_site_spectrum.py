"""The spectrum head: which row is which site, sums, axis and scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from ase.build import molecule
from support.models import N_ENERGIES, N_FEATURES
from support.structures import make_batch

from schnetpack_isd.atomistic import Directions, SiteSpectrum
from schnetpack_isd.data import SpectrumSettings
from schnetpack_isd.datasets import CKSample
from schnetpack_isd.metadata import DatabaseMetadata

ATOMS = [molecule("CH3CH2OH"), molecule("CH4"), molecule("H2O"), molecule("HCOOH")]
CARBONS = [np.flatnonzero(atoms.numbers == 6).tolist() for atoms in ATOMS]


def test_every_absorbing_atom_is_a_site_and_rows_are_named(make_model: Callable) -> None:
    result = make_model()(make_batch(ATOMS))
    assert result["spectrum"].shape == (4, 3, N_ENERGIES)
    assert result["site_structure"].tolist() == [0, 0, 1, 3]
    assert result["site_atom"].tolist() == [atom for carbons in CARBONS for atom in carbons]
    assert result["direction"].tolist() == [np.eye(3).tolist()] * 4


def test_names_survive_the_concatenation_of_batches(make_model: Callable) -> None:
    model, batch = make_model(), make_batch(ATOMS)
    batch["_idx"] = torch.tensor([40, 10, 30, 20])
    assert model(batch)["site_structure"].tolist() == [40, 40, 10, 20]


@pytest.mark.parametrize("dtype", [torch.bool, torch.float32, torch.float64])
def test_only_the_sites_asked_for_are_computed(make_model: Callable, dtype: torch.dtype) -> None:
    model, batch = make_model(), make_batch(ATOMS)
    everything = model(dict(batch))
    mask = torch.zeros(len(batch["_atomic_numbers"]), dtype=dtype)
    mask[CARBONS[0][1]] = 1
    mask[len(ATOMS[0]) + CARBONS[1][0]] = 1
    result = model(batch | {"site_mask": mask})
    torch.testing.assert_close(result["spectrum"], everything["spectrum"][1:3], rtol=1e-12, atol=0.0)
    assert result["site_atom"].tolist() == [CARBONS[0][1], CARBONS[1][0]]


def test_another_element_can_absorb(make_model: Callable) -> None:
    result = make_model(head={"absorbing_element": "O"})(make_batch(ATOMS))
    assert result["site_structure"].tolist() == [0, 2, 3, 3]


def test_the_molecular_spectrum_is_the_sum_over_sites(make_model: Callable) -> None:
    result = make_model(head={"aggregation_mode": "sum"})(make_batch(ATOMS))
    spectrum, total = result["spectrum"], result["molecular_spectrum"]
    torch.testing.assert_close(total, torch.stack([spectrum[:2].sum(0), spectrum[2], 0 * spectrum[0], spectrum[3]]))
    assert "molecular_spectrum" not in make_model()(make_batch(ATOMS))


def test_a_structure_without_sites_gives_no_rows(make_model: Callable) -> None:
    assert make_model()(make_batch(ATOMS[2]))["spectrum"].shape == (0, 3, N_ENERGIES)


def test_given_directions_are_used_and_default_ones_can_be_chosen() -> None:
    module, batch = Directions([[0, 0, 2], [1, 1, 0]]), make_batch(ATOMS, np.eye(3)[:1])
    assert module(dict(batch))["direction"].shape == (4, 1, 3)
    del batch["direction"]
    assert module(batch)["direction"].tolist() == [[[0, 0, 2], [1, 1, 0]]] * 4
    with pytest.raises(ValueError, match="Direction 0"):
        Directions([[0, 0, 0]])


def test_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="aggregation_mode"):
        SiteSpectrum(N_FEATURES, aggregation_mode="avg")
    with pytest.raises(ValueError, match="absorbing_element"):
        SiteSpectrum(N_FEATURES, absorbing_element="carbon")
    with pytest.raises(ValueError, match="needs `energies` or their number"):
        SiteSpectrum(N_FEATURES)
    with pytest.raises(ValueError, match="n_out = 7"):
        SiteSpectrum(N_FEATURES, 7, energies=np.linspace(0, 1, 8))


@pytest.fixture
def data(sample_db: str, sample_settings: SpectrumSettings) -> CKSample:
    module = CKSample(sample_db, 16, settings=sample_settings, split_file=None, num_workers=0)
    module.prepare_data()
    module.setup()
    return module


def test_axis_and_scale_come_from_the_data_and_travel_with_the_weights(data: CKSample) -> None:
    head = SiteSpectrum(N_FEATURES, 320)
    head.datamodule(data)
    copy = SiteSpectrum(N_FEATURES, 320)
    copy.load_state_dict(head.state_dict())
    np.testing.assert_allclose(copy.energies, data.settings.energies, atol=1e-4)
    assert copy.intensity_scale.item() == pytest.approx(DatabaseMetadata.read(data.dataset).intensity_scale)
    copy.datamodule(data)


def test_weights_of_another_axis_or_scale_do_not_replace_those_of_the_data(data: CKSample) -> None:
    head = SiteSpectrum(N_FEATURES, 320)
    head.datamodule(data)
    for buffer, message in (("energies", "288.00 to 313.00"), ("intensity_scale", "intensity scale")):
        weights = head.state_dict()
        weights[buffer] = weights[buffer] - 1.0
        with pytest.raises(ValueError, match=message):
            head.load_state_dict(weights)


def test_data_of_another_axis_or_scale_is_refused(data: CKSample) -> None:
    with pytest.raises(ValueError, match="n_out = 200"):
        SiteSpectrum(N_FEATURES, 200).datamodule(data)
    with pytest.raises(ValueError, match=r"289.00 to 314.00 eV in 320 points, the model on 288.00 to 310.00"):
        SiteSpectrum(N_FEATURES, energies=np.linspace(288.0, 310.0, 256)).datamodule(data)
    with pytest.raises(ValueError, match=r"intensity scale .*, the model has 1\."):
        SiteSpectrum(N_FEATURES, 320, intensity_scale=1.0).datamodule(data)


def test_data_of_another_broadening_is_refused(data: CKSample) -> None:
    head = SiteSpectrum(N_FEATURES, 320)
    head.datamodule(data)
    assert head.broadening == "threshold-4.5:0.3 threshold+9.666666667:2.0"
    head.datamodule(data)
    head.broadening = "0.5"
    with pytest.raises(ValueError, match=r"has the broadening threshold.* \(eV\), the training data of .* had 0\.5"):
        head.datamodule(data)


def test_a_sum_over_some_of_the_sites_is_told(data: CKSample) -> None:
    with pytest.warns(UserWarning, match="some of the absorbing atoms only"):
        SiteSpectrum(N_FEATURES, 320, aggregation_mode="sum").datamodule(data)
