"""Attempts of a job are settled by a later one: revoked, removed, and no other's touched."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from contracts.attempts.publish import publish_manifest
from contracts.attempts.settle import attempt_name, discard_attempt, settle_attempts
from contracts.errors import Superseded
from contracts.storage import Storage

JOB, OTHER = "0" * 32, "1" * 32


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage(str(tmp_path))
    for name in (f"{JOB}-1", f"{JOB}-2", f"{JOB}-10", f"{OTHER}-1", f"{JOB}-x", f"{JOB}"):
        storage.write(f"things/a/{name}/data", b"rows")
    return storage


def nothing() -> str | None:
    return None


def test_attempts_up_to_the_last_go_and_later_ones_and_other_jobs_stay(storage: Storage) -> None:
    settle_attempts(storage, "things/a", JOB, 2, nothing)
    assert storage.folders("things/a") == [JOB, f"{JOB}-10", f"{JOB}-x", f"{OTHER}-1"]
    settle_attempts(storage, "things/a", JOB, 10, nothing)
    assert storage.folders("things/a") == [JOB, f"{JOB}-x", f"{OTHER}-1"]


def test_the_published_one_stays_as_it_is(storage: Storage) -> None:
    settle_attempts(storage, "things/a", JOB, 10, lambda: attempt_name(JOB, 2))
    assert storage.folders("things/a") == [JOB, f"{JOB}-2", f"{JOB}-x", f"{OTHER}-1"]
    assert storage.sizes(f"things/a/{JOB}-2") == {f"things/a/{JOB}-2/data": 4}


def test_one_that_publishes_just_before_it_is_revoked_stays(storage: Storage) -> None:
    seen: list[str | None] = [None]

    def published() -> str | None:
        before = seen[-1]
        seen.append(f"{JOB}-1")
        return before

    assert not discard_attempt(storage, "things/a", f"{JOB}-1", published)
    assert storage.sizes(f"things/a/{JOB}-1") == {f"things/a/{JOB}-1/data": 4}


def test_one_that_was_removed_cannot_publish_and_an_empty_parent_goes(storage: Storage) -> None:
    storage.write(f"things/b/{JOB}-1/data", b"rows")
    settle_attempts(storage, "things/b", JOB, 1, nothing)
    assert not storage.exists("things/b")
    with pytest.raises(Superseded):
        publish_manifest(storage, f"things/b/{JOB}-1", "things/b/manifest.json", b"{}", {})


def test_what_a_killed_removal_left_goes_with_its_attempt(storage: Storage) -> None:
    """A folder is hidden before its files are removed, by a process that may be killed in between."""
    ours = [f".{JOB}-{attempt}.0123456789ab" for attempt in (1, 2)]
    theirs = [f".{JOB}-10.0123456789ab", f".{OTHER}-1.0123456789ab", ".manifest.json.0123456789ab"]
    for name in (*ours, *theirs):
        storage.write(f"things/a/{name}/data", b"rows")
    settle_attempts(storage, "things/a", JOB, 2, nothing)
    assert storage.hidden("things/a") == sorted(theirs)


def test_a_folder_that_two_processes_remove_at_once_is_removed(storage: Storage) -> None:
    """As a deletion and the settling of the attempt that made it: one hides the folder, the other removes the hidden one."""
    for number in range(30):
        for part in range(20):
            storage.write(f"things/c/{JOB}-{number}/part-{part}", b"rows")
        removing = threading.Thread(target=settle_attempts, args=(storage, "things/c", JOB, number, nothing))
        removing.start()
        storage.delete_folder(f"things/c/{JOB}-{number}")
        removing.join()
        settle_attempts(storage, "things/c", JOB, number, nothing)
        assert not storage.exists("things/c")
