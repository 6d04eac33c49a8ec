"""Atomic file writes and inter-process locking; tests/data/test_interrupted.py has them in real conversions."""

from __future__ import annotations

from pathlib import Path

import pytest

from schnetpack_isd.utils.files import atomic_write, check_output, process_lock, refuse_existing


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write_and_fail() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("new")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_and_fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_succeeds_replaces_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with atomic_write(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_leaves_no_file(tmp_path: Path) -> None:
    with process_lock(tmp_path / "folder" / "file"):
        assert [path.name for path in (tmp_path / "folder").iterdir()] == [".file.lock"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_existing_files_are_refused_unless_they_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "file"
    refuse_existing(path, overwrite=False)
    path.write_text("mine")
    refuse_existing(path, overwrite=True)
    with pytest.raises(FileExistsError, match=r"file exists\. Replace it with `--force`"):
        refuse_existing(path, overwrite=False)


def test_a_file_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"Cannot write .*file: the folder .*none does not exist"):
        check_output(tmp_path / "none" / "file", overwrite=False)
