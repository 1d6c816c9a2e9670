"""Questions that wait for an engine's answer, by number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from typing import Any

from contracts.errors import InvalidRequest, Overloaded, Unavailable

__all__ = ["Questions"]

Message = dict[str, Any]


class Questions:
    """The open questions to one child. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._numbers = count()
        self._lock = threading.Lock()
        self._open: dict[int, Future[Message]] = {}
        self._is_closed = False

    def ask(self, send: Callable[[int], None], seconds: float) -> Message:
        """Return the answer to a question that `send` sends under the number that it is given.

        Raises the errors of `send`, `InvalidRequest` for a refusal, `Unavailable` for a fault of the engine, `Overloaded` without
        an answer in time and once the child has ended.
        """
        answer: Future[Message] = Future()
        with self._lock:
            if self._is_closed:
                raise Overloaded("the engine has ended")
            number = next(self._numbers)
            self._open[number] = answer
        try:
            send(number)
            message = answer.result(seconds)
        except TimeoutError as error:
            raise Overloaded(f"the engine did not answer in {seconds:g} seconds") from error
        finally:
            with self._lock:
                self._open.pop(number, None)
        if "refused" in message:
            raise InvalidRequest(message["refused"])
        if "fault" in message:
            raise Unavailable(f"the engine failed on the question: {message['fault']}; see its log")
        return message["answer"]

    def answered(self, message: Message) -> None:
        """Pass an answer on, unless it is no longer awaited."""
        with self._lock:
            answer = self._open.pop(message["number"], None)
        if answer is not None:
            answer.set_result(message)

    def close(self) -> None:
        """Fail the open questions: the child has ended."""
        with self._lock:
            self._is_closed = True
            left, self._open = [*self._open.values()], {}
        for answer in left:
            answer.set_exception(Overloaded("the engine has ended"))
