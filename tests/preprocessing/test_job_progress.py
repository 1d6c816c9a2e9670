"""What a dataset job reports while it runs: phases, shares of the whole, and seconds."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.engine import engine
from chassis.engine.engine import JobContext
from contracts.errors import Cancelled
from preprocessing.job_progress import Phases


def phases_of(reports: list[dict[str, Any]]) -> Phases:
    return Phases(JobContext.alone(tell=reports.append))


def test_a_phase_begins_where_those_before_end() -> None:
    reports: list[dict[str, Any]] = []
    phases = phases_of(reports)
    with phases.phase("plan"):
        pass
    with phases.phase("analyze", 4):
        pass
    with phases.phase("publish"):
        pass
    assert [(report["phase"], report["totalTasks"]) for report in reports] == [
        ("plan", None),
        ("analyze", 4),
        ("publish", None),
    ]
    assert [report["fraction"] for report in reports] == pytest.approx([0.0, 0.02, 0.22])
    assert [*phases.seconds] == ["plan", "analyze", "publish"]
    assert all(seconds >= 0 for seconds in phases.seconds.values())


@pytest.mark.parametrize(("done", "shown", "fraction"), [(0, 0, 0.0), (1, 1, 0.18 / 3), (3, 3, 0.18), (7, 3, 0.18)])
def test_parts_never_exceed_their_number(
    monkeypatch: pytest.MonkeyPatch, done: int, shown: int, fraction: float
) -> None:
    monkeypatch.setattr(engine, "_SECONDS_BETWEEN_REPORTS", 0.0)
    reports: list[dict[str, Any]] = []
    with phases_of(reports).phase("transform", 3) as report:
        report(done)
    assert (reports[-1]["completedTasks"], reports[-1]["totalTasks"]) == (shown, 3)
    assert reports[-1]["fraction"] == pytest.approx(fraction)


def test_all_phases_together_are_the_whole_job() -> None:
    reports: list[dict[str, Any]] = []
    phases = phases_of(reports)
    for name in ("copy", "plan", "times", "evaluate", "classes", "analyze", "groups", "merge", "transform", "publish"):
        with phases.phase(name):
            pass
    assert reports[-1]["fraction"] == pytest.approx(0.98)


def test_a_cancelled_job_stops_at_its_next_phase() -> None:
    context = JobContext.alone()
    context.cancel()
    phases = Phases(context)
    with pytest.raises(Cancelled), phases.phase("plan"):
        pytest.fail("the phase began")
    assert phases.seconds == {}


def test_a_phase_that_fails_has_no_seconds() -> None:
    phases = phases_of([])
    with pytest.raises(ValueError, match="no"), phases.phase("plan"):
        raise ValueError("no")
    assert phases.seconds == {}
