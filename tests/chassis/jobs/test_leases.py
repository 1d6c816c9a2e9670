"""Leases and times of attempts where the clock of the machine is set, and after another boot."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from chassis_tables import Tables

from chassis.jobs import leases
from contracts.messages.jobs import State

PROBLEM = {"status": 500}
HOUR = 3600.0


@dataclass
class SetClock:
    """The machine's clock, which someone sets."""

    ahead: float = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tables: Tables) -> SetClock:
    if tables.store._database._engine.dialect.name != "sqlite":  # pyright: ignore[reportPrivateUsage]
        pytest.skip("a server's clock is its own")
    clock = SetClock()
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + clock.ahead)
    return clock


def nobody_is_gone(_owner: str) -> bool:
    return False


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_is_set_costs_no_attempt(tables: Tables, clock: SetClock, jump: float) -> None:
    job = tables.store.submit("square", {}, timeout=60)
    tables.claim(seconds=30)
    for _ in range(3):
        clock.ahead += jump
        assert tables.leases.recover(nobody_is_gone, 3, PROBLEM) == []
        assert tables.leases.heartbeat(job.id, 1, 30) is State.RUNNING
    ended = tables.leases.release(job.id, 1)
    assert ended is not None
    assert (ended.failures, ended.seconds_run < 30) == (0, True)


def test_a_lease_that_runs_out_does_so_though_the_clock_is_set_back(tables: Tables, clock: SetClock) -> None:
    tables.store.submit("square", {})
    tables.claim(seconds=0.05)
    clock.ahead = -HOUR
    time.sleep(0.1)
    (recovered,) = tables.leases.recover(nobody_is_gone, 3, PROBLEM)
    assert (recovered.state, recovered.failures) == (State.PENDING, 1)


@pytest.mark.parametrize("column", ["'another-boot/'", "NULL"])
def test_after_another_boot_and_in_a_table_of_an_earlier_release_the_time_of_day_decides(
    tables: Tables, clock: SetClock, column: str
) -> None:
    job = tables.store.submit("square", {})
    tables.claim(seconds=30)
    database = tables.store._database  # pyright: ignore[reportPrivateUsage]
    with database.write() as connection:
        connection.exec_driver_sql(
            f"UPDATE {database.tables.jobs.name} SET clock = {column}, lease_steady = NULL, start_steady = NULL"
        )
    assert tables.leases.recover(nobody_is_gone, 3, PROBLEM) == []
    clock.ahead = HOUR
    (recovered,) = tables.leases.recover(nobody_is_gone, 3, PROBLEM)
    assert (recovered.id, recovered.state) == (job.id, State.PENDING)
    assert 29 < recovered.seconds_run < 31, "to the end of its lease"


def test_this_machine_has_a_clock_that_nobody_sets() -> None:
    first, second = leases.now_on_this_machine(), leases.now_on_this_machine()
    assert first.clock is not None
    assert (first.clock, first.steady <= second.steady) == (second.clock, True)
