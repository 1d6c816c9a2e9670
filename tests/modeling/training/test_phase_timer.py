"""Each phase lasts from the end of the one before it."""

from __future__ import annotations

import time

import pytest

from modeling.training.phase_timer import Clock


def test_a_phase_lasts_from_the_end_of_the_one_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([100.0, 102.5, 102.5, 103.00049])
    monkeypatch.setattr(time, "perf_counter", lambda: next(moments))
    clock = Clock()
    assert clock.seconds == {}
    for phase in ("open", "fit", "evaluate"):
        clock.mark(phase)
    assert clock.seconds == {"open": 2.5, "fit": 0.0, "evaluate": 0.5}
    assert list(clock.seconds) == ["open", "fit", "evaluate"]
