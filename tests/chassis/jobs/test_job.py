from __future__ import annotations

import itertools
import json

import pytest

from chassis.jobs.job import TRANSITIONS, UNFINISHED, Progress, check_transition
from contracts.messages.jobs import State


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
