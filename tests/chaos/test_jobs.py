"""Injected faults, as a loop with an oracle: see `harness`. A round or two in `make test`, twenty of each in `make test-long`."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from tests.chaos.harness import (
    LEASE_SECONDS,
    ROUNDS,
    Reader,
    ThingService,
    World,
    check,
    stopped_at,
    wait_until_given_up,
)
from tests.chaos.things import POINTS
from tests.processes import wait_until, wait_until_gone

MANY_ROUNDS = pytest.param(ROUNDS, marks=[pytest.mark.long, pytest.mark.timeout(1800)])
FEW_AND_MANY = pytest.mark.parametrize("rounds", [1, MANY_ROUNDS])
MANY = pytest.mark.parametrize("rounds", [MANY_ROUNDS])


def cheap_and_long(name: str, cheap: object, *others: object) -> pytest.MarkDecorator:
    """One round with the first value in `make test`; `ROUNDS` with each in `make test-long`."""
    cases = [
        pytest.param(cheap, 1),
        *(pytest.param(value, ROUNDS, marks=MANY_ROUNDS.marks) for value in (cheap, *others)),
    ]
    return pytest.mark.parametrize((name, "rounds"), cases)


def engine(service: ThingService) -> None:
    service.engine().kill()


def keeper(service: ThingService) -> None:
    service.keeper().kill()


@pytest.mark.parametrize("victim", [engine, keeper])
@MANY
def test_a_killed_engine_or_keeper_costs_an_attempt(
    world: World, lots: random.Random, rounds: int, victim: Callable[[ThingService], None]
) -> None:
    with world.service() as service, Reader(world.storage):
        for number in range(rounds):
            name = f"{victim.__name__}-{number}"
            job = service.make(name, pause=0.05)
            wait_until(lambda job=job: service.job(job)["state"] == "RUNNING", pause=0.01)
            before = service.relatives()
            time.sleep(lots.uniform(0, 0.3))
            victim(service)
            ended = check(service, job, name)
            assert ended["state"] == "SUCCEEDED"
            wait_until_gone([process.pid for process in before])


@FEW_AND_MANY
def test_an_engine_that_dies_anywhere_publishes_once(world: World, rounds: int) -> None:
    points = [*POINTS[-2:]] if rounds == 1 else [*POINTS]
    with world.service() as service, Reader(world.storage):
        for number in range(rounds):
            for point in points:
                name = f"{point}-{number}"
                ended = check(service, service.make(name, faults={"1": [point, "kill"]}), name)
                assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 2)
                assert ended["response"]["folder"] == f"{ended['id']}-{1 if point == 'published' else 2}"


@pytest.mark.parametrize("point", ["written", "published"])
@MANY
def test_a_killed_service_is_picked_up_by_the_next(world: World, rounds: int, point: str) -> None:
    for number in range(rounds):
        name = f"service-{number}"
        with world.service() as service:
            job = service.make(name, faults={"1": [point, "stop"]})
            stopped_at(world, job)
            service.kill()
        with world.service() as service:
            assert check(service, job, name)["state"] == "SUCCEEDED"


@cheap_and_long("point", "link", "written", "fenced")
def test_a_link_that_comes_through_late_publishes_nothing(world: World, rounds: int, point: str) -> None:
    """Service and engine are stopped past the lease, another service takes over, and then both go on.

    In every other round they go on while the other begins: then either attempt may be the one that publishes.
    """
    for number in range(rounds):
        name = f"late-{number}"
        with world.service() as slow, Reader(world.storage):
            job = slow.make(name, faults={"1": [point, "stop"]})
            late = stopped_at(world, job)
            slow.stop()
            with world.service() as other:
                is_late = number % 2 == 0
                wait_until(lambda other=other, job=job: other.job(job)["attempt"] > 1, pause=0.02)
                if is_late:
                    other.finish(job)
                late.send_signal(signal.SIGCONT)
                slow.signal(signal.SIGCONT)
                wait_until_given_up(world, job)
                ended = check(other, job, name)
                assert ended["state"] == "SUCCEEDED"
                assert ended["response"]["folder"] in ({f"{job}-2"} if is_late else {f"{job}-1", f"{job}-2"})


@MANY
def test_a_superseded_engine_that_is_stopped_with_its_service_touches_nothing_of_the_newer(
    world: World, rounds: int
) -> None:
    for number in range(rounds):
        name = f"newer-{number}"
        with world.service() as old, Reader(world.storage):
            job = old.make(name, faults={"1": ["written", "stop"], "2": ["written", "1.5"]})
            late = stopped_at(world, job)
            old.stop()
            with world.service() as new:
                stopped_at(world, job, 2, "1.5")
                late.send_signal(signal.SIGCONT)
                old.signal(signal.SIGCONT)
                old.signal(signal.SIGTERM)
                ended = check(new, job, name)
                assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 2)


def cancel(service: ThingService, job: str, name: str) -> None:
    service.cancel(job)


def third_crash(service: ThingService, job: str, name: str) -> None:
    """Nothing more: the service has its last attempt behind it."""


def delete(service: ThingService, job: str, name: str) -> None:
    if service.get(name) == 200:
        assert service.delete(name) == 204
    assert service.get(name) == 404


@cheap_and_long("then", third_crash, cancel, delete)
def test_between_publishing_and_recording(
    world: World, rounds: int, then: Callable[[ThingService, str, str], None]
) -> None:
    """The service is killed in that window, and the next one finds it so; its engine is slow to start."""
    for number in range(rounds):
        name = f"{then.__name__}-{number}"
        attempts = 1 if then is third_crash else 3
        with world.service(max_attempts=attempts) as service:
            job = service.make(name, faults={"1": ["published", "stop"]})
            stopped_at(world, job)
            service.kill()
        assert (world.storage / "things" / name / "manifest.json").exists()
        with world.service(max_attempts=attempts) as service:
            then(service, job, name)
            ended = check(service, job, name, deleted=then is delete)
            assert ended["state"] == "SUCCEEDED"


@FEW_AND_MANY
def test_a_deletion_while_the_job_is_about_to_be_recorded(world: World, rounds: int) -> None:
    with world.service() as service, Reader(world.storage):
        for number in range(rounds):
            name = f"deleted-{number}"
            job = service.make(name, faults={"1": ["published", "0.3"]})
            wait_until(lambda name=name: service.get(name) == 200, pause=0.01)
            assert service.delete(name) == 204
            assert check(service, job, name, deleted=True)["state"] == "SUCCEEDED"


@MANY
def test_cancels_at_any_moment(world: World, lots: random.Random, rounds: int) -> None:
    with world.service() as service, Reader(world.storage):
        for number in range(rounds):
            name = f"cancelled-{number}"
            job = service.make(name)
            time.sleep(lots.uniform(0, 0.4))
            service.cancel(job)
            check(service, job, name)


@cheap_and_long("log", "full disk", "closed pipe")
def test_a_log_that_cannot_be_written_ends_nothing(world: World, rounds: int, log: str) -> None:
    """Neither the service's own nor the jobs', whose folder is a file."""
    world.state.mkdir()
    (world.state / "logs").write_text("no folder can be made here")
    read, write = os.pipe()
    with Path("/dev/full").open("wb") as full, world.service(log=full if log == "full disk" else write) as service:
        os.close(read)
        os.close(write)
        for number in range(rounds):
            name = f"log-{number}"
            ended = check(service, service.make(name, faults={"1": ["written", "kill"]}), name)
            assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 2)


@FEW_AND_MANY
def test_a_clock_that_jumps_by_an_hour_fails_no_job(world: World, rounds: int) -> None:
    clock = world.root / "clock"
    with world.service() as service:
        for number in range(rounds):
            name = f"clock-{number}"
            job = service.make(name, timeout=60, faults={"1": ["written", "0.9"]})
            stopped_at(world, job, what="0.9")
            for hour in (1, -1, 2):
                clock.write_text(str(3600 * hour))
                time.sleep(0.3)
            ended = check(service, job, name)
            assert (ended["state"], ended["attempt"]) == ("SUCCEEDED", 1)
            clock.unlink()


@MANY
def test_a_service_that_is_stopped_past_its_lease_alone_goes_on(world: World, rounds: int) -> None:
    with world.service() as service, Reader(world.storage):
        for number in range(rounds):
            name = f"stopped-{number}"
            job = service.make(name, pause=0.1)
            wait_until(lambda job=job: service.job(job)["state"] == "RUNNING", pause=0.01)
            service.stop()
            time.sleep(LEASE_SECONDS + 0.2)
            service.signal(signal.SIGCONT)
            assert check(service, job, name)["state"] == "SUCCEEDED"


@FEW_AND_MANY
def test_of_twenty_requests_for_one_name_exactly_one_is_accepted(world: World, rounds: int) -> None:
    with world.service() as service, ThreadPoolExecutor(20) as clients, Reader(world.storage):
        for number in range(2 * rounds):
            name = f"storm-{number}"

            def ask(_: int, name: str = name) -> httpx.Response:
                return httpx.post(f"{service.url}/v1/things", json={"name": name, "pause": 0}, timeout=60)

            replies = list(clients.map(ask, range(20)))
            assert sorted(reply.status_code for reply in replies) == [202, *[409] * 19]
            (accepted,) = (json.loads(reply.content) for reply in replies if reply.status_code == 202)
            assert check(service, accepted["id"], name)["state"] == "SUCCEEDED"
