"""One attempt publishes, and once its publication is revoked it never does, however late its link comes through."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from contracts.attempts.publish import CANDIDATE, publish_manifest, restore, revoke
from contracts.errors import CorruptData, NameTaken, Superseded
from contracts.storage import Storage

FILES = {"things/a/job-1/data": 4}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage(str(tmp_path))
    for attempt in (1, 2):
        storage.write(f"things/a/job-{attempt}/data", b"rows")
    return storage


def publish(storage: Storage, attempt: int = 1) -> None:
    folder = f"things/a/job-{attempt}"
    publish_manifest(storage, folder, "things/a/manifest.json", folder.encode(), {f"{folder}/data": 4})


def published(storage: Storage) -> str | None:
    path = "things/a/manifest.json"
    return storage.read(path).decode() if storage.exists(path) else None


def test_what_is_published_is_whole_and_nothing_else_is_left(storage: Storage) -> None:
    publish(storage)
    assert published(storage) == "things/a/job-1"
    assert storage.sizes("things/a/job-1") == FILES
    with pytest.raises(NameTaken):
        publish(storage, 2)
    assert published(storage) == "things/a/job-1"
    assert storage.hidden("things/a/job-2") == []


@pytest.mark.parametrize("content", [None, b"", b"row", b"rows!"])
def test_nothing_is_published_without_every_file_in_its_size(storage: Storage, content: bytes | None) -> None:
    file = Path(storage.uri) / "things/a/job-1/data"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CorruptData, match=r"things/a/job-1/data was written with 4 bytes"):
        publish(storage)
    assert published(storage) is None


def test_a_revoked_attempt_publishes_nothing(storage: Storage) -> None:
    for _ in range(2):
        revoke(storage, "things/a/job-1")
    with pytest.raises(Superseded):
        publish(storage)
    assert published(storage) is None
    publish(storage, 2)


def test_an_attempt_without_its_folder_publishes_nothing(storage: Storage) -> None:
    storage.write("things/a/other", b"")
    storage.delete_folder("things/a/job-1")
    revoke(storage, "things/a/job-1")
    with pytest.raises(Superseded):
        publish_manifest(storage, "things/a/job-1", "things/a/manifest.json", b"", {})
    assert not storage.exists("things/a/job-1")


def test_a_link_that_comes_through_after_the_revocation_fails(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow disk: everything is written, and the link waits while another process revokes."""
    link = os.link

    def late(source: Path, target: Path) -> None:
        revoke(storage, "things/a/job-1")
        link(source, target)

    with monkeypatch.context() as slow:
        slow.setattr(os, "link", late)
        with pytest.raises(Superseded):
            publish(storage)
    assert published(storage) is None


def test_what_was_published_before_the_revocation_stays(storage: Storage) -> None:
    publish(storage)
    revoke(storage, "things/a/job-1")
    restore(storage, "things/a/job-1")
    assert published(storage) == "things/a/job-1"
    assert storage.sizes("things/a/job-1") == FILES
    assert not storage.exists(f"things/a/job-1/{CANDIDATE}")


@pytest.mark.parametrize("delay", [0.0, 0.0002, 0.001])
def test_of_publication_and_revocation_at_once_either_wins_and_both_know(tmp_path: Path, delay: float) -> None:
    for number in range(40):
        storage = Storage(str(tmp_path / str(number)))
        storage.write("things/a/job-1/data", b"rows")
        outcome: list[str] = []

        def attempt(storage: Storage = storage, outcome: list[str] = outcome) -> None:
            try:
                publish(storage)
                outcome.append("published")
            except Superseded:
                outcome.append("superseded")

        thread = threading.Thread(target=attempt)
        thread.start()
        threading.Event().wait(delay)
        revoke(storage, "things/a/job-1")
        seen = published(storage)
        thread.join()
        assert outcome == ["superseded" if seen is None else "published"]
        assert published(storage) == seen, "nothing is published once it was revoked"
