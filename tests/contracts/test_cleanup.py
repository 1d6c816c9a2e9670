"""What is swept and what stays: by who owns it, by its age, and by whether it was published."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contracts.cleanup import sweep_attempts, sweep_hidden
from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage

RUNNING, DONE, UNKNOWN = (letter * 32 for letter in "abc")
AN_HOUR = 3600.0


@dataclass
class HourLong:
    """Jobs RUNNING and DONE are known; what is an hour old is nobody's."""

    asked: list[str] = field(default_factory=list[str])

    def is_old(self, changed: float) -> bool:
        return changed < time.time() - AN_HOUR

    def may_go(self, job_id: str, changed: float) -> bool:
        self.asked.append(job_id)
        return {RUNNING: False, DONE: True}.get(job_id, self.is_old(changed))


def put(storage: Storage, path: str, *, hours: float = 0) -> None:
    """A file, and the folders on its way, that were last changed so long ago."""
    storage.write(path, b"x")
    local = storage.local_path(path)
    assert local is not None
    then = time.time() - hours * AN_HOUR
    for each in [local, *local.parents]:
        if each.is_relative_to(storage.uri):
            os.utime(each, (then, then))


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "storage"))


def never(name: str) -> str:
    raise NotFound(name)


def test_attempts_go_when_their_job_is_done_or_when_nobody_knows_it_and_they_are_old(storage: Storage) -> None:
    put(storage, f"things/a/{RUNNING}-1/deep/file", hours=99)
    put(storage, f"things/b/{DONE}-1/file")
    put(storage, f"things/b/{DONE}-2/file")
    put(storage, f"things/c/{UNKNOWN}-1/deep/file", hours=2)
    put(storage, f"things/d/{UNKNOWN}-1/file", hours=0.5)
    gone = sweep_attempts(storage, "things", never, HourLong())
    assert gone == [f"things/b/{DONE}-1", f"things/b/{DONE}-2", f"things/c/{UNKNOWN}-1"]
    assert storage.folders("things") == ["a", "d"], "folders that are empty then go too"


def test_a_folder_is_as_young_as_the_youngest_file_in_it(storage: Storage) -> None:
    put(storage, f"things/a/{UNKNOWN}-1/old", hours=9)
    put(storage, f"things/a/{UNKNOWN}-1/deep/young")
    for folder in (f"things/a/{UNKNOWN}-1/deep", f"things/a/{UNKNOWN}-1"):
        os.utime(Path(storage.uri) / folder, (1, 1))
    assert sweep_attempts(storage, "things", never, HourLong()) == []


def test_what_is_published_stays_and_so_does_all_where_that_cannot_be_told(storage: Storage) -> None:
    for name in ("good", "damaged"):
        for attempt in (1, 2):
            put(storage, f"things/{name}/{DONE}-{attempt}/file", hours=99)

    def published(name: str) -> str:
        if name == "damaged":
            raise CorruptData(name)
        return f"{DONE}-2"

    assert sweep_attempts(storage, "things", published, HourLong()) == [f"things/good/{DONE}-1"]
    assert len(storage.folders("things/damaged")) == 2


def test_what_is_published_is_looked_up_after_the_job(storage: Storage) -> None:
    """Else a job that ends in between would lose what it has just published."""
    put(storage, f"things/a/{DONE}-1/file")
    policy = HourLong()

    def published(name: str) -> str:
        assert policy.asked == [DONE], name
        return f"{DONE}-1"

    assert sweep_attempts(storage, "things", published, policy) == []


def test_of_what_is_hidden_only_names_of_ours_go(storage: Storage) -> None:
    theirs = [".snapshot/file", ".gitkeep", ".DS_Store", f".{UNKNOWN}/file"]
    ours = [f".{UNKNOWN}-1/file", ".manifest.json.0123456789ab", f".{UNKNOWN}-2.0123456789ab/deep/file"]
    for path in [*theirs, *ours]:
        put(storage, f"things/a/{path}", hours=99)
    put(storage, "things/a/.manifest.json.ba9876543210")
    put(storage, f"things/a/.{RUNNING}-1/file", hours=99)
    done = f".{DONE}-1.0123456789ab"
    put(storage, f"things/a/{done}/file")
    gone = sweep_hidden(storage, "things/a", HourLong())
    assert {path.split("/")[2] for path in gone} == {done, *(path.split("/")[0] for path in ours)}
    assert len(storage.hidden("things/a")) == len(theirs) + 2
    assert sweep_hidden(storage, "nothing/there", HourLong()) == []
