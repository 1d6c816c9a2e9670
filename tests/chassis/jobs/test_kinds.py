from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chassis_engines import KINDS, AnyRequest, square

from chassis.jobs.job import Job, Progress
from chassis.jobs.kinds import JobKind, JobKinds
from chassis.settings import ServiceSettings
from contracts.errors import CorruptData, Unavailable
from contracts.messages.jobs import State

SETTINGS = ServiceSettings(port=0)
SERVICES = ("modeling", "preprocessing")


class Everything:
    """A policy that lets all go."""

    def is_old(self, changed: float) -> bool:
        return True

    def may_go(self, job_id: str, changed: float) -> bool:
        return True


def job(kind: str) -> Job:
    return Job("a", kind, State.FAILED, 1, 0, 0.0, 0.0, 0.0, Progress(), {"name": "x"})


def test_a_kind_loads_what_it_runs() -> None:
    assert KINDS["square"].load() is square


def test_names_are_distinct_and_known() -> None:
    with pytest.raises(ValueError, match="distinct"):
        JobKinds(*KINDS, KINDS["square"])
    with pytest.raises(ValueError, match=r"kinds of jobs here are square.*Received: 'cube'"):
        KINDS["cube"]


def test_each_job_is_tidied_up_by_its_own_kind_and_one_of_another_release_by_none() -> None:
    calls: list[Any] = []
    kinds = JobKinds(
        JobKind("a", AnyRequest, "x:y", tidy_up=lambda settings, job: calls.append((settings, job.kind))),
        JobKind("b", AnyRequest, "x:y"),
    )
    for kind in ("a", "b", "of-another-release"):
        kinds.tidy_up(SETTINGS, job(kind))
    assert calls == [(SETTINGS, "a")]


def test_a_sweep_goes_through_all_kinds() -> None:
    kinds = JobKinds(
        JobKind("a", AnyRequest, "x:y", sweep=lambda settings, policy: ["one", str(policy.is_old(0))]),
        JobKind("b", AnyRequest, "x:y"),
        JobKind("c", AnyRequest, "x:y", sweep=lambda settings, policy: ["two"]),
    )
    assert kinds.sweep(SETTINGS, Everything()) == ["one", "True", "two"]


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_declares_can_be_imported_and_without_the_engine(service: str) -> None:
    """In a process of its own: routes load no engine, and every kind is submitted by a route."""
    program = f"""
import sys
from {service}.job_kinds import KINDS
assert not {{"fastapi", "tensorflow", "keras", "pyspark"}} & sys.modules.keys(), "the table imports more than it names"
assert all("POST" in {{method for route in router.routes for method in route.methods}} for router in KINDS.routers())
assert len(KINDS.routers()) == len(list(KINDS))
assert not {{"tensorflow", "keras", "pyspark"}} & sys.modules.keys(), "routes load the engine"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_kind_runs_stands_where_the_table_says(service: str) -> None:
    """By the source alone: importing it takes seconds and belongs to the engine's own tests."""
    root = Path(__file__).parents[3] / "services" / service
    lines = (root / service / "job_kinds.py").read_text().splitlines()
    paths = [line.split('"')[1] for line in lines if line.strip().startswith("run=")]
    assert paths
    for path in paths:
        module, _, function = path.partition(":")
        source = (root / module.replace(".", "/")).with_suffix(".py").read_text()
        assert f"def {function}(" in source, path


@pytest.mark.parametrize("error", [OSError("stale file handle"), CorruptData("m/tandem.json is no manifest")])
def test_a_storage_that_does_not_tell_is_unavailable(error: Exception) -> None:
    def settle(_settings: Any, _job: Job) -> None:
        raise error

    kinds = JobKinds(JobKind("a", AnyRequest, "x:y", settle=settle), JobKind("b", AnyRequest, "x:y"))
    with pytest.raises(Unavailable, match=str(error)):
        kinds.settle(SETTINGS, job("a"))
    assert kinds.settle(SETTINGS, job("b")) is None
    assert kinds.settle(SETTINGS, job("of-another-release")) is None
