"""Appearance and files of figures."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from schnetpack_isd.plotting import check_figure, check_format, figure_style, save_figure


def test_the_style_holds_within_its_context_only() -> None:
    before = mpl.rcParams["font.size"]
    with figure_style():
        assert mpl.rcParams["font.size"] == 9
    assert mpl.rcParams["font.size"] == before


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")])
def test_the_ending_of_the_name_is_the_format(tmp_path: Path, name: str, start: bytes) -> None:
    save_figure(Figure(), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.txt: the name of a figure must end in one of .*png"):
        check_format("a.txt")


def test_an_existing_figure_is_kept_unless_it_may_be_replaced() -> None:
    Path("a.png").write_text("mine")
    with pytest.raises(FileExistsError, match=r"a\.png exists"):
        check_figure("a.png", overwrite=False)
    check_figure("a.png", overwrite=True)


def test_the_folder_of_a_figure_must_exist() -> None:
    with pytest.raises(FileNotFoundError, match="the folder nowhere does not exist"):
        check_figure("nowhere/a.png", overwrite=False)
