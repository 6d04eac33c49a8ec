"""Splits by molecule."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from ase.io import iread
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from rdkit import Chem
from schnetpack.data import ASEAtomsData, AtomsDataModule

from schnetpack_isd.cli import main
from schnetpack_isd.data import PaperSplit, ScaffoldSplit, SizeSplit, paper_split_sizes
from schnetpack_isd.data.sources import iter_structures
from schnetpack_isd.datasets import SAMPLE_STRUCTURES, CKSample, sample_settings
from schnetpack_isd.utils.rdkit import murcko_scaffold, perceive_smiles

Parts = list[list[int]]


def split(dataset: ASEAtomsData, splitting: PaperSplit | ScaffoldSplit | SizeSplit) -> Parts:
    return splitting.split(dataset, *splitting.sizes(dataset))


def key_values(dataset: ASEAtomsData, key: str) -> list:
    return [row[key] for row in dataset.conn.select(include_data=False)]


@pytest.fixture(scope="module")
def dataset(sample_db: str) -> ASEAtomsData:
    return ASEAtomsData(sample_db)


def reordered(dataset: ASEAtomsData, path: Path, keep_smiles: bool = True) -> tuple[ASEAtomsData, np.ndarray]:
    """The rows in another order, and their numbers before."""
    order = np.random.default_rng(0).permutation(len(dataset))
    shuffled = ASEAtomsData.create(str(path), distance_unit="Ang", property_unit_dict={})
    with shuffled.conn as connection:
        for row in order:
            source = dataset.conn.get(int(row) + 1)
            keys = {k: source[k] for k in ("molecule_id", "smiles") if keep_smiles or k != "smiles"}
            connection.write(source.toatoms(), key_value_pairs=keys)
    return shuffled, order


@pytest.mark.parametrize("splitting", [PaperSplit(), ScaffoldSplit(), SizeSplit(5)], ids=lambda s: type(s).__name__)
def test_a_split_depends_on_the_molecules_alone(
    dataset: ASEAtomsData, tmp_path: Path, splitting: PaperSplit | ScaffoldSplit | SizeSplit
) -> None:
    torch.manual_seed(1)
    parts = split(dataset, splitting)
    torch.manual_seed(2)
    other, order = reordered(dataset, tmp_path / "other.db")
    assert parts == [order[part].tolist() for part in split(other, splitting)]
    assert sorted(chain(*parts)) == list(range(688))


def test_the_papers_split_is_the_authors(dataset: ASEAtomsData) -> None:
    """Two calls of scikit-learn's train_test_split(test_size=0.2, random_state=0) give these rows."""
    train, val, test = split(dataset, PaperSplit())
    assert (train[:4], train[-2:], len(train)) == ([179, 417, 629, 345], [199, 420], 440)
    assert (val[:4], val[-2:], len(val)) == ([358, 32, 132, 578], [644, 599], 110)
    assert (test[:4], test[-2:], len(test)) == ([468, 31, 1, 499], [678, 127], 138)
    assert split(dataset, PaperSplit(seed=1))[2] != test
    assert paper_split_sizes(21_666) == (13_865, 3_467, 4_334)


def metric_file(path: Path, ids: list[list[int]]) -> Path:
    """As the authors': each molecule as often as it has sites."""
    parts = {}
    for part, of_part in zip(("train", "val", "test"), ids, strict=True):
        sites = [[molecule_id, site] for molecule_id in of_part for site in (0, 1)]
        parts[part] = {"mse": torch.zeros(3, len(sites)), "id_mol_site": torch.tensor(sites)}
    torch.save(parts, path)
    return path


def test_the_published_ids_are_followed_and_compared(
    dataset: ASEAtomsData, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    ids = key_values(dataset, "molecule_id")
    parts = split(dataset, PaperSplit())
    same = metric_file(tmp_path / "same.pt", [[ids[row] for row in part] for part in parts])
    assert split(dataset, PaperSplit(metric_file=same)) == parts
    assert not [w for w in recwarn if "metric" in str(w.message) or "same.pt" in str(w.message)]
    other = metric_file(tmp_path / "other.pt", [ids[:5], ids[10:12], ids[20:23]])
    with pytest.warns(UserWarning, match=r"The parts in .*other.pt are used; they differ from those that seed 0 draws"):
        assert split(dataset, PaperSplit(metric_file=other)) == [[0, 1, 2, 3, 4], [10, 11], [20, 21, 22]]
    unknown = metric_file(tmp_path / "unknown.pt", [[999999, *ids[:5]], ids[10:12], ids[20:23]])
    with pytest.raises(ValueError, match=r"unknown.pt has 1 molecules that .* lacks: 999999\."):
        split(dataset, PaperSplit(metric_file=unknown))
    (tmp_path / "no.pt").write_text("no")
    with pytest.raises(ValueError, match=r"no.pt: not a file such as the authors'"):
        split(dataset, PaperSplit(metric_file=tmp_path / "no.pt"))


def test_scaffolds_of_the_test_part_are_new_and_small(dataset: ASEAtomsData) -> None:
    scaffolds = np.array([murcko_scaffold(smiles) for smiles in key_values(dataset, "smiles")])
    train, val, test = split(dataset, ScaffoldSplit((0.7, 0.1, 0.2)))
    of_train, of_val, of_test = (set(scaffolds[part]) for part in (train, val, test))
    assert of_train.isdisjoint(of_test)
    assert of_train.isdisjoint(of_val)
    assert of_val.isdisjoint(of_test)
    assert 0.6 * 688 < len(train) <= 0.7 * 688
    counts = {scaffold: np.count_nonzero(scaffolds == scaffold) for scaffold in set(scaffolds)}
    assert min(counts[scaffold] for scaffold in of_train) >= max(counts[scaffold] for scaffold in of_test)


def test_scaffolds_by_the_rule_of_deepchem(tmp_path: Path) -> None:
    """Sets of 4, 3, 2, 2 and 1; among equals the one that begins last comes first."""
    smiles = [
        "C1CC1",
        "C1CCC1",
        "CC1CC1",
        "c1ccccc1",
        "C1CCC1C",
        "Cc1ccccc1",
        "OC1CC1",
        "C1CCCC1",
        "CC1CCCC1",
        "NC1CC1",
        "Oc1ccccc1",
        "C1CO1",
    ]
    database = ASEAtomsData.create(str(tmp_path / "in.db"), distance_unit="Ang", property_unit_dict={})
    for number, text in enumerate(smiles):
        atoms = next(iread(SAMPLE_STRUCTURES))
        database.conn.write(atoms, key_value_pairs={"molecule_id": number, "smiles": text})
    assert ScaffoldSplit().sizes(database) == (7, 2, 3)  # of 7.2, 2.4 and 2.4
    assert split(database, ScaffoldSplit()) == [[0, 2, 6, 9, 3, 5, 10], [7, 8], [1, 4, 11]]


def test_smiles_are_perceived_where_there_are_none(dataset: ASEAtomsData, tmp_path: Path) -> None:
    """But for two molecules, which rearranged when they were relaxed."""
    different = {
        number
        for number, atoms in iter_structures(SAMPLE_STRUCTURES, range(10**6))
        if Chem.CanonSmiles(perceive_smiles(atoms), useChiral=0) != Chem.CanonSmiles(atoms.info["smiles"], useChiral=0)
    }
    assert len(different) == 2
    other, _ = reordered(dataset, tmp_path / "other.db", keep_smiles=False)
    train, _, test = split(other, ScaffoldSplit())
    scaffold_of = dict(zip(*(key_values(dataset, key) for key in ("molecule_id", "smiles")), strict=True))
    scaffold_of = {number: murcko_scaffold(smiles) for number, smiles in scaffold_of.items() if number not in different}
    ids = key_values(other, "molecule_id")
    of_train, of_test = ({scaffold_of.get(ids[row]) for row in part} - {None} for part in (train, test))
    assert of_train.isdisjoint(of_test)


def test_molecules_without_a_scaffold_are_named(tmp_path: Path) -> None:
    database = ASEAtomsData.create(str(tmp_path / "in.db"), distance_unit="Ang", property_unit_dict={})
    for number, smiles in enumerate(["C1CC1", "C1CC1", "C1CC1", "nonsense", "C1CCC1", "C"]):
        atoms = next(iread(SAMPLE_STRUCTURES))
        database.conn.write(atoms, key_value_pairs={"molecule_id": number, "smiles": smiles})
    with pytest.warns(UserWarning, match="RDKit finds no scaffold of 1 molecules; each makes a set of its own: 3"):
        parts = split(database, ScaffoldSplit())
    assert sorted(chain(*parts)) == list(range(6))


def test_test_molecules_are_larger(dataset: ASEAtomsData) -> None:
    heavy = np.array([np.count_nonzero(row.numbers > 1) for row in dataset.conn.select(include_data=False)])
    train, val, test = split(dataset, SizeSplit(5, val_fraction=0.25))
    assert max(heavy[train + val]) == 5
    assert min(heavy[test]) == 6
    assert len(val) == np.ceil(0.25 * np.count_nonzero(heavy <= 5))
    assert split(dataset, SizeSplit(5, seed=1))[0] != train
    assert [len(part) for part in SizeSplit(5).split(dataset, 20, 10, 30)] == [20, 10, 30]
    with pytest.raises(ValueError, match="have at most 5 heavy atoms"):
        SizeSplit(5).split(dataset, 500, 100, 30)
    with pytest.raises(ValueError, match="688 molecules cannot be split"):
        split(dataset, SizeSplit(9))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), PaperSplit(0)),
        (("data.splitting.seed=3",), PaperSplit(3)),
        (("data/splitting=scaffold", "data.splitting.fractions=[0.5,0.2,0.3]"), ScaffoldSplit((0.5, 0.2, 0.3))),
        (("data/splitting=size", "data.splitting.max_heavy_atoms=4"), SizeSplit(4)),
    ],
)
def test_splits_are_options_of_the_data_group(sample_db: str, options: tuple[str, ...], expected: PaperSplit) -> None:
    with initialize_config_module("schnetpack.configs", version_base="1.2"):
        config = compose(
            "train", ["experiment=isd_ck_edge_sample", f"data.datapath={sample_db}", "+data.split_file=null", *options]
        )
    module = instantiate(config.data)
    module.prepare_data()
    module.setup()
    assert [module.train_idx, module.val_idx, module.test_idx] == split(ASEAtomsData(sample_db), expected)


@pytest.mark.parametrize("arguments", [[], ["--by", "scaffold"], ["--by", "size", "--max-heavy-atoms", "5"]])
def test_a_split_file_serves_schnetpacks_own_data_module(sample_db: str, arguments: list[str], tmp_path: Path) -> None:
    path = tmp_path / "split.npz"
    assert main(["split", sample_db, str(path), *arguments]) == 0
    plain = AtomsDataModule(sample_db, 8, split_file=str(path), num_workers=0)
    plain.setup()
    ours = CKSample(sample_db, 8, split_file=str(path), settings=sample_settings())
    ours.prepare_data()
    ours.setup()
    with np.load(path) as parts:
        for module in (plain, ours):
            assert module.train_idx == parts["train_idx"].tolist()
            assert module.test_idx == parts["test_idx"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample.db", "there.npz"], "there.npz exists"),
        (["sample.db", "split.txt"], "must end in .npz"),
        (["none.db", "split.npz"], "none.db: no such file"),
        (["there.npz", "split.npz"], "there.npz: not a database as SchNetPack uses it"),
        (["sample.db", "split.npz", "--by", "scaffold", "--seed", "1"], "--seed is not an option of --by scaffold"),
        (["sample.db", "split.npz", "--fractions", "1", "1", "1"], "--fractions is not an option of --by paper"),
        (["sample.db", "split.npz", "--by", "scaffold", "--fractions", "1", "1", "1"], "that add up to 1"),
    ],
)
def test_the_command_says_why_it_does_not_split(
    sample_db: str, tmp_path: Path, capsys: pytest.CaptureFixture, arguments: list[str], message: str
) -> None:
    (tmp_path / "sample.db").symlink_to(sample_db)
    (tmp_path / "there.npz").write_bytes(b"mine")
    assert main(["split", *arguments]) == 1  # each test has a folder of its own
    assert message in capsys.readouterr().err
    assert (tmp_path / "there.npz").read_bytes() == b"mine"
    assert not (tmp_path / "split.npz").exists()


def test_schnetpacks_data_module_splits_by_scaffold(sample_db: str, dataset: ASEAtomsData) -> None:
    n_train, n_val, n_test = ScaffoldSplit().sizes(dataset)
    arguments = {"split_file": None, "splitting": ScaffoldSplit(), "num_workers": 0}
    module = AtomsDataModule(sample_db, 8, num_train=n_train, num_val=n_val, **arguments)
    module.setup()
    assert [module.train_idx, module.val_idx, module.test_idx] == split(dataset, ScaffoldSplit())
    module = AtomsDataModule(sample_db, 8, num_train=n_train + 1, num_val=n_val, **arguments)
    made = rf"\({n_train}, {n_val}, {n_test}\)"
    with pytest.raises(ValueError, match=rf"scaffolds make parts of {made} molecules, not \({n_train + 1}"):
        module.setup()
