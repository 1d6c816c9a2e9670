"""An uploaded file is whole or not there, stays below its root, and replaces none by accident."""

from __future__ import annotations

import errno
import os
import resource
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.http.preconditions import Precondition
from contracts.errors import Conflict, InvalidRequest, NameTaken, NotAllowed, PreconditionFailed, StorageFull
from contracts.messages.datasets import UploadedFile
from preprocessing.uploads import FOLDER, Upload, first_root, remove_leftovers


def uploaded(root: Path, path: str, content: bytes = b"x", **how: Any) -> UploadedFile:
    condition = how.pop("precondition", Precondition())
    with Upload(str(root), path, replace=how.pop("replace", False), precondition=condition) as upload:
        for start in range(0, len(content), 3):
            upload.write(content[start : start + 3])
        return upload.publish(how.pop("sha256", None))


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_a_file_has_its_name_once_it_is_whole(tmp_path: Path) -> None:
    with Upload(str(tmp_path), "june/a.csv", replace=False, precondition=Precondition()) as upload:
        upload.write(b"a,b\n")
        assert not (tmp_path / "june").exists()
        made = upload.publish(None)
    assert files_below(tmp_path) == {"june/a.csv": b"a,b\n"}
    assert (made.path, made.bytes) == ("june/a.csv", 4)


def test_a_broken_upload_leaves_nothing(tmp_path: Path) -> None:
    with Upload(str(tmp_path), "a.csv", replace=False, precondition=Precondition()) as upload:
        upload.write(b"half")
        assert files_below(tmp_path) != {}
    with pytest.raises(InvalidRequest, match="it was damaged on its way"):
        uploaded(tmp_path, "a.csv", b"whole", sha256=b"\0" * 32)
    assert files_below(tmp_path) == {}


ESCAPES = [
    "",
    "/etc/passwd",
    "..",
    "../a",
    "a/../../b",
    "a/./b",
    "a//b",
    "a/",
    ".hidden",
    ".uploads/a",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "*.csv",
    "a[1].csv",
    "s3://bucket/a",
]


@pytest.mark.parametrize("path", ESCAPES)
def test_a_path_that_escapes_or_cannot_be_named_later_is_refused(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    with pytest.raises(InvalidRequest, match="must be relative to the first source root"):
        uploaded(root, path)
    assert files_below(tmp_path) == {}


@given(
    st.lists(st.sampled_from(["a", "..", ".", "", "b c", "ü", "../a", "a\\b", "~", "%2e%2e"]), min_size=1).map("/".join)
)
def test_no_path_leaves_the_root(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    outer = tmp_path_factory.mktemp("outer")
    try:
        uploaded(outer / "root", path)
    except (InvalidRequest, Conflict):
        assert files_below(outer) == {}
    else:
        assert files_below(outer) == {f"root/{path}": b"x"}


def test_no_link_leads_out_of_the_root(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    (root / "out").symlink_to(other, target_is_directory=True)
    (root / "file.csv").symlink_to(other / "target.csv")
    with pytest.raises(NotAllowed, match="'out' is a link"):
        uploaded(root, "out/a.csv")
    with pytest.raises(NameTaken):
        uploaded(root, "file.csv")
    uploaded(root, "file.csv", replace=True)
    assert files_below(other) == {}


def test_a_taken_name_is_refused_at_the_beginning_and_at_the_end(tmp_path: Path) -> None:
    uploaded(tmp_path, "a.csv", b"first")
    with pytest.raises(NameTaken, match=r"there is a source named 'a\.csv' already"):
        Upload(str(tmp_path), "a.csv", replace=False, precondition=Precondition()).__enter__()
    with Upload(str(tmp_path), "b.csv", replace=False, precondition=Precondition()) as upload:
        (tmp_path / "b.csv").write_bytes(b"in between")
        with pytest.raises(NameTaken):
            upload.publish(None)
    assert files_below(tmp_path) == {"a.csv": b"first", "b.csv": b"in between"}


def test_of_uploads_at_once_one_has_the_name(tmp_path: Path) -> None:
    results: list[object] = []
    barrier = threading.Barrier(8)

    def race(number: int) -> None:
        with Upload(str(tmp_path), "new/a.csv", replace=False, precondition=Precondition()) as upload:
            upload.write(b"%d" % number)
            barrier.wait()
            try:
                upload.publish(None)
                results.append(number)
            except NameTaken as error:
                results.append(error)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [result for result in results if isinstance(result, int)]
    assert len(results) == 8
    assert files_below(tmp_path) == {"new/a.csv": b"%d" % winner}


def test_a_file_is_replaced_if_asked_for(tmp_path: Path) -> None:
    first = uploaded(tmp_path, "a.csv", b"first")
    second = uploaded(tmp_path, "a.csv", b"second", precondition=Precondition(if_match=frozenset({first.etag})))
    with pytest.raises(PreconditionFailed):
        uploaded(tmp_path, "a.csv", b"third", precondition=Precondition(if_match=frozenset({first.etag})))
    with pytest.raises(PreconditionFailed):
        uploaded(tmp_path, "a.csv", b"third", precondition=Precondition(if_none_match=frozenset("*")))
    assert files_below(tmp_path) == {"a.csv": b"second"}
    assert uploaded(tmp_path, "a.csv", b"third", replace=True).etag not in {first.etag, second.etag}


def test_folders_and_files_are_no_substitute_for_one_another(tmp_path: Path) -> None:
    uploaded(tmp_path, "a/b.csv")
    with pytest.raises(Conflict, match="there is a folder named 'a'"):
        uploaded(tmp_path, "a", replace=True)
    with pytest.raises(Conflict, match="is a file, not a folder"):
        uploaded(tmp_path, "a/b.csv/c.csv")
    for long in ("n" * 300, "/".join(["n" * 200] * 30)):
        with pytest.raises(InvalidRequest, match="too long"):
            uploaded(tmp_path, long)


def test_a_limit_of_the_disk_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Upload(str(tmp_path), "a.csv", replace=False, precondition=Precondition()) as upload:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            with pytest.raises(StorageFull, match=r"File too large.*Free some"):
                upload.write(b"x" * 1000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files_below(tmp_path) == {}


def test_a_disk_that_is_full_only_at_the_end_is_reported_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull, match="No space left on device"):
        uploaded(tmp_path, "a.csv")
    assert files_below(tmp_path) == {}


def test_file_systems_without_links_are_served_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    uploaded(tmp_path, "a.csv", b"whole")
    with pytest.raises(NameTaken):
        uploaded(tmp_path, "a.csv")
    assert files_below(tmp_path) == {"a.csv": b"whole"}


def test_leftovers_of_a_crash_are_removed_when_they_are_old(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    for name, hours in (("old", 3), ("young", 1)):
        (folder / name).write_bytes(b"half")
        then = time.time() - hours * 3600
        os.utime(folder / name, (then, then))
    remove_leftovers([f"file://{tmp_path}"], hours=2)
    assert files_below(tmp_path) == {f"{FOLDER}/young": b"half"}
    remove_leftovers(["s3://bucket/raw"], hours=2)


def test_only_a_folder_takes_uploads() -> None:
    with pytest.raises(NotAllowed, match="it is s3://bucket/raw"):
        Upload("s3://bucket/raw", "a.csv", replace=False, precondition=Precondition())
    with pytest.raises(NotAllowed, match="set TANDEM_SOURCE_ROOTS"):
        first_root([])
