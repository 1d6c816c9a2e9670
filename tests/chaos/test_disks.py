"""Disks that are full, read-only or away while jobs work, and then are well again: see `harness` for the oracle.

A job succeeds, or fails with the reason; nothing of it is half-visible or stays behind, not even in the folder on which the disk
was mounted; and once the disk is well, the next job succeeds, without a restart.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import httpx
from tests.chaos.harness import Reader, World, check
from tests.chaos.test_jobs import MANY, cheap_and_long
from tests.disks import SmallDisk, needs_mounts, small_disk

pytestmark = needs_mounts

SPARES = [4096 * pages for pages in (0, 1, 2, 4, 5, 6)]
REASONS = {"urn:problem-type:tandem:storage-full": 507, "urn:problem-type:tandem:storage-unavailable": 503}


@contextmanager
def full(disk: SmallDisk, lots: random.Random, spares: Sequence[int] = SPARES) -> Generator[None]:
    disk.fill(spare=lots.choice(spares))
    yield
    disk.empty()


@contextmanager
def read_only(disk: SmallDisk, lots: random.Random) -> Generator[None]:
    disk.forbid_writing()
    yield
    disk.permit_writing()


@contextmanager
def vanished(disk: SmallDisk, lots: random.Random) -> Generator[None]:
    disk.vanish()
    yield
    disk.come_back()


FAULTS = {"full": full, "read-only": read_only, "vanished": vanished}


@cheap_and_long("fault", *FAULTS)
def test_a_storage_that_fails_and_is_well_again(world: World, lots: random.Random, rounds: int, fault: str) -> None:
    with small_disk(world.storage) as disk, world.service() as service, Reader(disk.behind):
        for number in range(rounds):
            name = f"{fault}-{number}"
            jobs = {name: service.make(name, pause=0.03)}
            time.sleep(lots.uniform(0, 0.3))
            with FAULTS[fault](disk, lots):
                jobs[f"{name}-meanwhile"] = service.make(f"{name}-meanwhile", pause=0.03)
                time.sleep(lots.uniform(0, 2.5))
            for made, job in jobs.items():
                ended = check(service, job, made)
                if ended["state"] == "FAILED":
                    assert ended["error"]["status"] == REASONS.get(ended["error"]["type"]), ended["error"]
                    assert check(service, service.make(made, pause=0), made)["state"] == "SUCCEEDED"
                else:
                    assert ended["state"] == "SUCCEEDED"
        disk.vanish()
        assert [path for path in disk.path.rglob("*") if path.is_file()] == [], "written in the place of the disk"
        disk.come_back()


@cheap_and_long("point", "link", "fenced", "published")
def test_a_storage_that_vanishes_right_at_publishing(world: World, rounds: int, point: str) -> None:
    """It stays away past the lease in every other round."""
    with small_disk(world.storage) as disk, world.service() as service, Reader(disk.behind):
        for number in range(rounds):
            name = f"at-{point}-{number}"
            job = service.make(name, faults={"1": [point, "0.4"]})
            note = world.state / f"{job}-1.0.4"
            while not note.exists():
                time.sleep(0.005)
            disk.vanish()
            time.sleep(3 if number % 2 else 0.6)
            disk.come_back()
            ended = check(service, job, name)
            if point == "published":
                assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 1)
            else:
                assert (ended["state"], ended["attempt"], ended["error"]["status"]) == ("FAILED", 1, 503)
                assert check(service, service.make(name, pause=0), name)["state"] == "SUCCEEDED"


@MANY
def test_a_full_disk_of_the_job_table(world: World, lots: random.Random, rounds: int) -> None:
    """Requests are refused with the reason meanwhile, and jobs that were accepted end well.

    The disk holds more than SQLite's write-ahead log grows to, 4 MB, before its pages are taken over.
    """
    with small_disk(world.state, megabytes=16) as disk, world.service() as service, Reader(world.storage):
        for number in range(rounds):
            name = f"state-{number}"
            jobs = {name: service.make(name, pause=0.03)}
            time.sleep(lots.uniform(0, 0.3))
            with full(disk, lots):
                another = f"{name}-meanwhile"
                reply = httpx.post(f"{service.url}/v1/things", json={"name": another, "pause": 0.03}, timeout=60)
                if reply.status_code == 202:
                    jobs[another] = reply.json()["id"]
                else:
                    assert reply.status_code == REASONS[reply.json()["type"]], reply.text
                time.sleep(lots.uniform(0, 3))
            for made, job in jobs.items():
                assert check(service, job, made)["state"] == "SUCCEEDED"
