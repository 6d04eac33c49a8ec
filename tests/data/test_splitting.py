"""Splits by molecule."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from schnetpack.data import ASEAtomsData
from support.splits import key_values, reordered, split

from schnetpack_isd.data import PaperSplit, ScaffoldSplit, SizeSplit, paper_split_sizes


@pytest.fixture(scope="module")
def dataset(sample_db: str) -> ASEAtomsData:
    return ASEAtomsData(sample_db)


@pytest.mark.parametrize("splitting", [PaperSplit(), ScaffoldSplit(), SizeSplit(5)], ids=lambda s: type(s).__name__)
def test_a_split_depends_on_the_molecules_alone(
    dataset: ASEAtomsData, tmp_path: Path, splitting: PaperSplit | ScaffoldSplit | SizeSplit
) -> None:
    torch.manual_seed(1)
    parts = split(dataset, splitting)
    torch.manual_seed(2)
    other, order = reordered(dataset, tmp_path / "other.db")
    assert parts == [order[part].tolist() for part in split(other, splitting)]
    assert sorted(chain(*parts)) == list(range(685))


def test_the_papers_split_is_the_authors(dataset: ASEAtomsData) -> None:
    """Two calls of scikit-learn's train_test_split(test_size=0.2, random_state=0) give these rows."""
    train, val, test = split(dataset, PaperSplit())
    assert (train[:4], train[-2:], len(train)) == ([485, 456, 629, 83], [364, 208], 438)
    assert (val[:4], val[-2:], len(val)) == ([351, 182, 206, 309], [274, 114], 110)
    assert (test[:4], test[-2:], len(test)) == ([113, 378, 303, 504], [500, 77], 137)
    assert split(dataset, PaperSplit(seed=1))[2] != test
    assert paper_split_sizes(21_666) == (13_865, 3_467, 4_334)


def metric_file(path: Path, ids: list[list[int]]) -> Path:
    """A file like the authors', which lists each molecule once for each of its sites."""
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
    with pytest.raises(ValueError, match="both parts need some"):
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
