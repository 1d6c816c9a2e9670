"""Questions to an engine: next to a job, refused, unanswered, and to one that has ended or answers none."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chassis_live import Service, make_app, running

from chassis.engine import process
from chassis.engine.process import ChildProcess
from contracts.errors import InvalidRequest, Overloaded, Unavailable

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
        with pytest.raises(Unavailable, match="failed on the question: ZeroDivisionError"):
            ask(service, "bug")
        with pytest.raises(Overloaded, match="did not answer"):
            ask(service, "nothing", 0.2)
        with pytest.raises(Overloaded, match="has ended"):
            ask(service, "die")


def test_an_engine_that_answers_no_questions_refuses_them(tmp_path: Path) -> None:
    with running(make_app(tmp_path)) as service, pytest.raises(Unavailable, match="TypeError"):
        ask(service, "x")


@pytest.fixture
def replies() -> queue.SimpleQueue[dict[str, Any]]:
    return queue.SimpleQueue()


@pytest.fixture
def child(tmp_path: Path, replies: queue.SimpleQueue[dict[str, Any]]) -> Iterator[ChildProcess]:
    """A child of its own, ready."""
    started = ChildProcess(
        service="test",
        engine="chassis_engines:make_answering",
        niceness=0,
        settings_json="{}",
        log=tmp_path / "engine.log",
        max_log_bytes=1 << 20,
        receive=lambda _, message: replies.put(message),
    )
    assert replies.get(timeout=SECONDS) == {"say": "ready"}
    yield started
    started.end()


def test_a_question_that_was_taken_by_half_spoils_no_later_command(
    child: ChildProcess, replies: queue.SimpleQueue[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_SECONDS_TO_TAKE_A_COMMAND", 0.1)
    os.killpg(child.pid, signal.SIGSTOP)
    for _ in range(2):  # the second one cannot even begin
        with pytest.raises(Overloaded, match="does not read"):
            child.ask({"say": "x" * 1_000_000}, SECONDS)
    os.killpg(child.pid, signal.SIGCONT)
    monkeypatch.undo()
    assert child.ask({"say": "y"}, SECONDS) == {"twice": "yy"}
    child.send({"do": "run", "job": "j", "attempt": 1, "kind": "sleep", "request": {"seconds": 0}})
    while (message := replies.get(timeout=SECONDS))["say"] != "done":
        assert message["say"] == "progress"


def test_nothing_is_sent_once_the_child_has_ended(child: ChildProcess) -> None:
    child.end()
    first, second = os.pipe()  # they take the numbers of the child's pipes
    with pytest.raises(Overloaded, match="has ended"):
        child.ask({"say": "x"}, SECONDS)
    with pytest.raises(BrokenPipeError):
        child.send({"do": "close"})
    os.set_blocking(first, False)
    with pytest.raises(BlockingIOError):
        os.read(first, 1)
    os.close(first)
    os.close(second)
