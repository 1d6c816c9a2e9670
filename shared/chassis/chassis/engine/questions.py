"""Questions that wait for an engine's answer, by number."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from itertools import count
from typing import Any

from contracts.errors import InvalidRequest, Overloaded

__all__ = ["Questions"]

Message = dict[str, Any]


class Questions:
    """The open questions to one child. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._numbers = count()
        self._lock = threading.Lock()
        self._open: dict[int, Future[Message]] = {}
        self._is_closed = False

    def new(self) -> tuple[int, Future[Message]]:
        """Return the number of a new question, and its answer to be. Raises `Overloaded` once the child has ended."""
        with self._lock:
            if self._is_closed:
                raise Overloaded("the engine has ended")
            number = next(self._numbers)
            self._open[number] = Future()
            return number, self._open[number]

    def answered(self, message: Message) -> None:
        """Pass an answer on, unless it is no longer awaited."""
        with self._lock:
            answer = self._open.pop(message["number"], None)
        if answer is not None:
            answer.set_result(message)

    def wait(self, number: int, answer: Future[Message], seconds: float) -> Message:
        """Return the answer. Raises `InvalidRequest` for a refusal, `Overloaded` without an answer in time."""
        try:
            message = answer.result(seconds)
        except TimeoutError as error:
            raise Overloaded(f"the engine did not answer in {seconds:g} seconds") from error
        finally:
            with self._lock:
                self._open.pop(number, None)
        if "refused" in message:
            raise InvalidRequest(message["refused"])
        return message["answer"]

    def close(self) -> None:
        """Fail the open questions: the child has ended."""
        with self._lock:
            self._is_closed = True
            left, self._open = [*self._open.values()], {}
        for answer in left:
            answer.set_exception(Overloaded("the engine has ended"))
