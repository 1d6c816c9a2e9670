from __future__ import annotations

import threading
import time

import pytest

from chassis.lasting_thread import LastingThread


@pytest.mark.parametrize("error", [ValueError, SystemExit, MemoryError])
def test_a_thread_goes_on_after_whatever_a_turn_raised_and_tells(error: type[BaseException]) -> None:
    turns: list[str | None] = []
    stopping, twice = threading.Event(), threading.Event()

    def turn() -> None:
        turns.append(thread.health)
        if len(turns) == 1:
            raise error
        twice.set()
        time.sleep(0.01)

    thread = LastingThread("worker", turn, stopping)
    assert thread.health is None, "not started yet"
    thread.start()
    assert twice.wait(60)
    assert turns[1] == f"worker: {error.__name__}"
    while thread.health is not None:
        time.sleep(0.01)
    stopping.set()
    thread.join(60)
    assert not thread.is_alive()
    assert thread.health is None, "it was told to stop"


def test_a_thread_that_has_ended_is_told() -> None:
    thread = LastingThread("worker", lambda: None, threading.Event())
    thread.run = lambda: None
    thread.start()
    thread.join()
    assert thread.health == "worker: ended"
