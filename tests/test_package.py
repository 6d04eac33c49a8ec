"""The wheel, built and installed in a clean environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from omegaconf import OmegaConf

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=600).stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the wheel; only its dependencies come from outside."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a build leaves files in its tree, which the next build would include
    for name in ("schnetpack_isd", "configs", "hydra_plugins"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    options = ("-q", "--no-deps", "--no-build-isolation")
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", folder, source, cwd=folder)
    [wheel] = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", wheel, cwd=folder)
    # .pth files in a folder that a .pth file adds are not read, so the editable install stays invisible.
    site_packages = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python


def compose(python: Path, folder: Path, experiment: str) -> OmegaConf:
    printed = run(python, SCRIPTS / "spktrain", f"experiment={experiment}", "--cfg", "job", cwd=folder)
    return OmegaConf.create(printed)


def test_the_experiment_has_the_papers_hyperparameters(python: Path, tmp_path: Path) -> None:
    config = compose(python, tmp_path, "isd_ck_edge")
    representation = config.model.representation
    assert (representation.n_atom_basis, representation.n_interactions) == (512, 8)
    assert (representation.radial_basis.n_rbf, config.globals.cutoff) == (64, 8.0)
    assert (config.globals.lr, config.data.batch_size) == (1e-4, 32)
    assert config.task.scheduler_cls is None
    assert "ema" not in config.callbacks
    assert config.callbacks.early_stopping.monitor == "val_spectrum_mse"
    assert config.callbacks.early_stopping.patience == 40
    assert config.callbacks.model_checkpoint.monitor == "val_spectrum_mse"


def test_the_wheel_has_configurations_bundled_spectra_and_the_command(python: Path, tmp_path: Path) -> None:
    assert compose(python, tmp_path, "isd_ck_edge_sample").data.settings.energies.stop == 314.0
    program = (
        "import schnetpack_isd; from schnetpack_isd.datasets import *; from pathlib import Path;"
        "print(schnetpack_isd.__file__, SAMPLE_STICKS.is_file(), SAMPLE_STRUCTURES.is_file())"
    )
    [where, *found] = run(python, "-W", "ignore", "-c", program, cwd=tmp_path).split()
    assert str(python.parent.parent) in where
    assert found == ["True", "True"]
    version = run(python, "-c", "import schnetpack_isd; print(schnetpack_isd.__version__)", cwd=tmp_path)
    assert run(python.parent / "spkisd", "--version", cwd=tmp_path) == version
