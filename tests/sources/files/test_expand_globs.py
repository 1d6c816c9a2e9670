"""A path, folder or glob and the files that it matches, on a filesystem alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyarrow import fs

from sources.files.expand_globs import Entry, expand

LOCAL = fs.LocalFileSystem()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in [
        "b.csv",
        "a/2.csv",
        "a/10.csv",
        "a/b/c/3.csv",
        "a-b/4.csv",
        ".hidden/5.csv",
        "_tmp/6.csv",
        "_k=1/7.csv",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "a/empty.csv").touch()
    (tmp_path / "a/_SUCCESS").write_text("x")
    return tmp_path


def matched(root: Path, pattern: str) -> list[str]:
    return [entry.path.removeprefix(f"{root}/") for entry in expand(LOCAL, f"{root}/{pattern}")]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("", ["_k=1/7.csv", "a/10.csv", "a/2.csv", "a/b/c/3.csv", "a-b/4.csv", "b.csv"]),
        ("a/", ["a/10.csv", "a/2.csv", "a/b/c/3.csv"]),
        ("*.csv", ["b.csv"]),
        ("*", ["_k=1/7.csv", "a/10.csv", "a/2.csv", "a/b/c/3.csv", "a-b/4.csv", "b.csv"]),
        ("a/?.csv", ["a/2.csv"]),
        ("a/[!2]*.csv", ["a/10.csv"]),
        ("a/**", ["a/10.csv", "a/2.csv", "a/b/c/3.csv"]),
        ("a/**/3.csv", ["a/b/c/3.csv"]),
        ("a/**/**/2.csv", ["a/2.csv"]),
        ("a*/4.csv", ["a-b/4.csv"]),
        (".h*/*", [".hidden/5.csv"]),
        ("_*/6.csv", ["_tmp/6.csv"]),
        ("a/_*", ["a/_SUCCESS"]),
        ("*/_k=1/*", []),
        ("a/[", []),
        ("none", []),
        ("none/*", []),
    ],
)
def test_files_are_matched_folder_by_folder_and_sorted(root: Path, pattern: str, names: list[str]) -> None:
    assert matched(root, pattern) == names


def test_only_a_file_by_its_own_name_may_be_empty_or_hidden(root: Path) -> None:
    for name in ("a/empty.csv", "a/_SUCCESS", ".hidden/5.csv"):
        assert expand(LOCAL, f"{root}/{name}") == [Entry(f"{root}/{name}", is_listed=False)]
    assert all(entry.is_listed for entry in expand(LOCAL, f"{root}/a"))


def test_a_name_with_the_letters_of_a_glob_is_that_file(root: Path) -> None:
    (root / "a/[2].csv").write_text("x")
    assert expand(LOCAL, f"{root}/a/[2].csv") == [Entry(f"{root}/a/[2].csv", is_listed=False)]
    assert matched(root, "a/[[]2].csv") == ["a/[2].csv"]


def test_links_in_a_circle_end_and_other_links_are_followed(root: Path) -> None:
    (root / "a/b/up").symlink_to(root / "a")
    (root / "a/b/side").symlink_to(root / "a-b")
    (root / "a/broken.csv").symlink_to(root / "nowhere")
    assert matched(root, "a/**/*.csv") == ["a/10.csv", "a/2.csv", "a/b/c/3.csv", "a/b/side/4.csv"]
