"""The pure parts: states, problems, strict JSON, owners, what an engine sees of its job, settings."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import contracts.errors
from chassis.engine.engine import JobContext
from chassis.jobs import lease_owner
from chassis.jobs.job import TRANSITIONS, UNFINISHED, Progress, State, check_transition
from chassis.problems import Problem, problem_of
from chassis.settings import ServiceSettings
from chassis.strict_json import dumps, reply_bytes
from contracts.errors import (
    Cancelled,
    CorruptData,
    NameTaken,
    PredictionMismatch,
    Superseded,
    TandemError,
    UnparsableValue,
)


def test_only_the_listed_transitions_are_legal():
    for old, new in itertools.product(State, State):
        if new in TRANSITIONS[old] or old is new:
            check_transition(old, new)
        else:
            with pytest.raises(RuntimeError, match=f"from {old} to {new}"):
                check_transition(old, new)
    assert {state for state in State if not state.done} == UNFINISHED == {"PENDING", "RUNNING", "CANCEL_PENDING"}


def test_progress_survives_json():
    for progress in (Progress(), Progress("x", None, 1, 2, {"a": [1]})):
        assert Progress.from_json(json.loads(json.dumps(progress.to_json()))) == progress


def test_every_error_type_has_a_status():
    kinds = [
        kind for kind in vars(contracts.errors).values() if isinstance(kind, type) and issubclass(kind, TandemError)
    ]
    assert len(kinds) > 10
    for kind in kinds:
        assert 400 <= problem_of(kind()).status < 600
    assert problem_of(NameTaken("x")).status == 409
    assert problem_of(CorruptData()).type == "urn:problem-type:tandem:damaged", "the type that clients know"
    assert problem_of(PredictionMismatch()).type == "urn:problem-type:tandem:skewed"
    assert problem_of(UnparsableValue("x", pointer="/a")).errors == ({"pointer": "/a", "detail": "x"},)


def test_a_problem_may_have_another_status():
    assert Problem(status=422, title="t", detail="d").with_status(400).to_json()["status"] == 400


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    )
)
def test_json_is_strict_for_any_value(value: Any):
    for text in (dumps(value), reply_bytes(value).decode()):
        json.loads(text, parse_constant=pytest.fail)


def test_what_json_has_no_word_for_is_an_error():
    with pytest.raises(TypeError):
        dumps({"a": object()})


def test_an_owner_is_gone_once_its_process_is():
    code = "from chassis.jobs.lease_owner import this_process; print(this_process(), flush=True); input()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    other = process.stdout.readline().strip()
    assert not lease_owner.is_gone(other)
    process.kill()
    deadline = time.monotonic() + 60
    while not lease_owner.is_gone(other):  # also while it is a zombie, not yet waited for
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.communicate()
    assert lease_owner.is_gone(other)


def test_an_owner_elsewhere_is_never_said_to_be_gone():
    assert not lease_owner.is_gone(lease_owner.this_process())
    assert not lease_owner.is_gone("elsewhere:1:1")
    assert not lease_owner.is_gone("")
    assert not lease_owner.is_gone(lease_owner.this_process().split(":")[0] + ":x:y")


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


def test_settings_are_frozen_documented_and_read_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TANDEM_JOBS_AT_ONCE", "3")
    monkeypatch.setenv("TANDEM_STATE", "/var/tandem")
    settings = ServiceSettings(port=1)
    assert settings.jobs_at_once == 3
    assert settings.jobs_database("x") == "sqlite:////var/tandem/x.db"
    with pytest.raises(ValidationError):
        settings.port = 2
    assert all(field.description for field in ServiceSettings.model_fields.values())
    with pytest.raises(ValidationError):
        ServiceSettings(port=70000)


def test_the_child_loads_no_web_framework_and_no_database():
    heavy = {"fastapi", "starlette", "sqlalchemy", "pydantic"}
    code = f"import sys, chassis.engine.child; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_chassis_imports_neither_spark_nor_tensorflow():
    code = "import sys, chassis.app; print(sorted({'pyspark', 'tensorflow', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path(os.sep)).strip() == "[]"
