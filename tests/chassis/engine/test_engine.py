from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

from chassis.engine.engine import JobContext
from contracts.errors import (
    Cancelled,
    Superseded,
)


def collected() -> tuple[JobContext, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    return JobContext.alone(tell=told.append), told


def test_progress_is_throttled_but_phases_and_ends_get_through():
    context, told = collected()
    for step in range(1000):
        context.progress("read", step / 1000, completed=step, total=1000)
    context.progress("read", 1.0)
    context.progress("write", 0.0)
    assert told[0]["fraction"] == 0.0
    assert (told[-2]["fraction"], told[-1]["phase"]) == (1.0, "write")
    assert len(told) < 10


@pytest.mark.parametrize(("given", "told_"), [(math.nan, None), (math.inf, None), (-1.0, 0.0), (7.0, 1.0)])
def test_a_fraction_is_between_0_and_1_or_unknown(given: float, told_: float | None):
    context, told = collected()
    context.progress("x", given)
    assert told[0]["fraction"] == told_


def test_cancel_is_heard_by_progress_check_fence_and_callbacks():
    context, _ = collected()
    early, late = threading.Event(), threading.Event()
    context.on_cancel(early.set)
    context.on_cancel(lambda: 1 // 0)
    context.progress("x", 0.5)
    context.cancel()
    context.cancel()
    context.on_cancel(late.set)
    assert early.wait(2)
    assert late.wait(2)
    calls: list[Callable[[], None]] = [context.check, context.fence, lambda: context.progress("x", 0.6)]
    for call in calls:
        with pytest.raises(Cancelled):
            call()


@pytest.mark.parametrize(("verdict", "error"), [("cancelled", Cancelled), ("superseded", Superseded)])
def test_the_fence_stops_who_may_not_publish(verdict: str, error: type[Exception]):
    with pytest.raises(error):
        JobContext("job", 1, tell=lambda _: None, ask_fence=lambda: verdict).fence()
