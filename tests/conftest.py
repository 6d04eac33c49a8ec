"""Structures, models and databases that several tests use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from schnetpack.atomistic import PairwiseDistances
from schnetpack.interfaces import AtomsConverter
from schnetpack.model import NeuralNetworkPotential
from schnetpack.nn import CosineCutoff, GaussianRBF
from schnetpack.transform import ASENeighborList

from schnetpack_isd.atomistic import Directions, SiteSpectrum
from schnetpack_isd.datasets import SAMPLE_STICKS, SAMPLE_STRUCTURES, SpectrumSettings, convert_spectra
from schnetpack_isd.nn import PolynomialEnvelope
from schnetpack_isd.representation import ISDPaiNN, OCPISDPaiNN

CUTOFF = 5.0
N_FEATURES = 12
N_ENERGIES = 7

SCRIPTS = Path(sys.executable).parent
CUTOFF_FUNCTIONS = {ISDPaiNN: CosineCutoff, OCPISDPaiNN: PolynomialEnvelope}

Batch = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SchNetPack leaves lock files where it runs."""
    monkeypatch.chdir(tmp_path)


def run_command(command: str, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """A command of SchNetPack, in a process of its own."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"} | environment
    return subprocess.run(
        [sys.executable, str(SCRIPTS / command), *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


def random_molecule(seed: int, n_atoms: int = 9) -> Atoms:
    """Random elements at random positions, no two closer than 0.9 A, one carbon at least."""
    rng = np.random.default_rng(seed)
    positions = [np.zeros(3)]
    while len(positions) < n_atoms:
        candidate = rng.uniform(-2.5, 2.5, 3)
        if min(np.linalg.norm(candidate - position) for position in positions) > 0.9:
            positions.append(candidate)
    return Atoms(numbers=[6, *rng.choice([1, 6, 7, 8, 9], n_atoms - 1)], positions=positions)


def random_rotation(seed: int) -> np.ndarray:
    """A proper rotation matrix."""
    matrix, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


def structures() -> dict[str, Atoms]:
    """Random molecules, real ones, a crystal with a skewed cell, a lone atom, and atoms beyond the cutoff."""
    crystal = bulk("SiC", "zincblende", a=4.36)
    crystal.positions[1] += (0.1, -0.2, 0.15)
    return {
        "random": random_molecule(1),
        "ethanol": molecule("CH3CH2OH"),
        "crystal": crystal,
        "lone atom": Atoms("C", positions=[(0.3, 0.1, 0.0)]),
        "far apart": Atoms("CHC", positions=[(0, 0, 0), (1.1, 0, 0), (20, 0, 0)]),
    }


def make_batch(atoms: list[Atoms] | Atoms, directions: np.ndarray | None = None) -> Batch:
    """Inputs of a model in float64; directions (n_directions, 3) for all, or (n_structures, n_directions, 3)."""
    atoms = atoms if isinstance(atoms, list) else [atoms]
    batch = AtomsConverter(ASENeighborList(cutoff=CUTOFF), dtype=torch.float64)(atoms)
    if directions is not None:
        directions = np.broadcast_to(directions, (len(atoms), *np.shape(directions)[-2:]))
        batch["direction"] = torch.tensor(directions, dtype=torch.float64)
    return batch


@pytest.fixture
def make_model() -> Callable[..., NeuralNetworkPotential]:
    """A small model in float64 with random weights; arguments go to the representation and to the head."""

    def make(head: dict | None = None, kind: type[ISDPaiNN] = ISDPaiNN, **arguments: object) -> NeuralNetworkPotential:
        torch.manual_seed(0)
        representation = kind(N_FEATURES, 2, GaussianRBF(8, CUTOFF), CUTOFF_FUNCTIONS[kind](CUTOFF), **arguments)
        spectrum = SiteSpectrum(N_FEATURES, **{"n_out": N_ENERGIES, **(head or {})})
        model = NeuralNetworkPotential(representation, [PairwiseDistances(), Directions()], [spectrum])
        return model.double().eval()

    return make


@pytest.fixture(params=["ISDPaiNN", "OCPISDPaiNN"])
def make_either_model(make_model: Callable, request: pytest.FixtureRequest) -> Callable[..., NeuralNetworkPotential]:
    """As `make_model`, of one representation and of the other."""
    if request.param == "ISDPaiNN":
        return make_model
    return partial(make_model, kind=OCPISDPaiNN, n_elements=14)


@pytest.fixture(scope="session")
def sample_settings() -> SpectrumSettings:
    """The settings of `experiment=isd_ck_edge_sample`."""
    return SpectrumSettings(energies=np.linspace(290.0, 306.0, 256), tensor=True)


@pytest.fixture(scope="session")
def sample_db(tmp_path_factory: pytest.TempPathFactory, sample_settings: SpectrumSettings) -> str:
    """The bundled spectra, converted once."""
    datapath = tmp_path_factory.mktemp("sample") / "sample.db"
    convert_spectra(SAMPLE_STICKS, SAMPLE_STRUCTURES, datapath, sample_settings, progress=False)
    return str(datapath)
