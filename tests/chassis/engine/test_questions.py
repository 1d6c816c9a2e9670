"""Questions to an engine: next to a job, refused, unanswered, and to one that has ended or answers none."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from chassis_live import Service, make_app, running

from contracts.errors import InvalidRequest, Overloaded

SECONDS = 60.0


def ask(service: Service, word: str, seconds: float = SECONDS) -> dict[str, Any]:
    """Ask, once the engine is warm."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return service.app.state.ask({"say": word}, seconds)
        except Overloaded as error:
            if "not ready" not in error.message or time.monotonic() > deadline:
                raise
            time.sleep(0.03)


def test_questions_are_answered_while_a_job_runs(tmp_path: Path) -> None:
    with running(make_app(tmp_path, engine="chassis_engines:make_answering")) as service:
        job = service.submit("sleep", {"seconds": 3600})
        service.wait_for(job, lambda seen: seen["state"] == "RUNNING")
        answers: dict[int, dict[str, Any]] = {}
        words = {at: f"{at}" * 50_000 for at in range(8)}
        asking = [
            threading.Thread(target=lambda at=at, word=word: answers.update({at: ask(service, word)}))
            for at, word in words.items()
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert answers == {at: {"twice": word * 2} for at, word in words.items()}
        assert service.job(job)["state"] == "RUNNING"


def test_questions_without_an_answer_raise(tmp_path: Path) -> None:
    with running(make_app(tmp_path, engine="chassis_engines:make_answering")) as service:
        with pytest.raises(InvalidRequest, match="not that one"):
            ask(service, "no")
        with pytest.raises(InvalidRequest, match="ZeroDivisionError"):
            ask(service, "bug")
        with pytest.raises(Overloaded, match="did not answer"):
            ask(service, "nothing", 0.2)
        with pytest.raises(Overloaded, match="has ended"):
            ask(service, "die")


def test_an_engine_that_answers_no_questions_refuses_them(tmp_path: Path) -> None:
    with running(make_app(tmp_path)) as service, pytest.raises(InvalidRequest, match="TypeError"):
        ask(service, "x")
