"""A fixed number of threads for work that must not hold up the event loop, and a limit on what may wait for them.

Does less than `concurrent.futures`, and so costs a request less: one queue there, one call back.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from contracts.errors import Overloaded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Task:
    work: Callable[[], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Threads:
    """`count` threads, and at most `queued` more tasks waiting. Belongs to the event loop that first awaits `run`."""

    def __init__(self, count: int, queued: int, name: str) -> None:
        self._limit = count + queued
        self._unfinished = 0  # only the event loop's thread counts, so it needs no lock
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{at}", daemon=True) for at in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def unfinished(self) -> int:
        """Tasks that run or wait."""
        return self._unfinished

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Raises `Overloaded` when too many tasks are waiting already.

        Work that has begun goes on to its end, even when nobody waits for it any more, and counts until then.
        """
        if self._unfinished >= self._limit:
            raise Overloaded(f"{self._limit} predictions are running or waiting already")
        self._unfinished += 1
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._tasks.put(_Task(work, future, loop))
        return await future

    def close(self) -> None:
        """Let all work end, and then the threads."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            result, error = None, None
            try:
                result = task.work()
            except BaseException as raised:  # noqa: BLE001  # it is raised where it is awaited
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile, so nobody waits
                task.loop.call_soon_threadsafe(self._settle, task.future, result, error)

    def _settle(self, future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
        self._unfinished -= 1
        if future.done():  # given up by who awaited it
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
