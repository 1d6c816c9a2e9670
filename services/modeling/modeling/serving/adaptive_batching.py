"""Adaptive batching of predictions on a few threads, with a bounded queue.

A free thread takes all waiting requests, up to a number of rows, and computes those of the same version and signature in one call
of the graph. No request waits for a batch to fill: a lone request is computed at once, and batches grow when requests arrive
faster than they are answered. No batch mixes versions, and an invalid request fails alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import queue
import threading
import time
from dataclasses import dataclass, field

from chassis.lasting_thread import LastingThread
from contracts.errors import DeadlineExceeded, InvalidRequest, Overloaded
from modeling.feature_kinds.raw_values import RawValues
from modeling.serving.inference_request import BodyDecoder, Call, LargeBodyDecoder, Reply
from modeling.serving.loaded_version import LoadedVersion, Outputs
from modeling.serving.observer import Observer


@dataclass(eq=False, slots=True)
class _Waiting:
    """A request in the queue. `future` belongs to the event loop; other threads only read whether it is done."""

    loaded: LoadedVersion
    decode: BodyDecoder
    future: asyncio.Future[Reply]
    loop: asyncio.AbstractEventLoop
    began: float
    queued: float = 0.0
    decoding: float = 0.0


@dataclass(slots=True)
class _Batch:
    """Requests to one signature of one version, computed in one call."""

    loaded: LoadedVersion
    signature: str
    rows: int = 0
    members: list[tuple[_Waiting, Call]] = field(default_factory=list["tuple[_Waiting, Call]"])

    def add(self, waiting: _Waiting, call: Call) -> None:
        self.members.append((waiting, call))
        self.rows += call.values.rows


class Batching:
    """Threads that compute queued predictions in batches.

    `threads`: their number; `queued`: maximum number of waiting requests; `batch_rows`: maximum rows of a batch. A larger request
    is a batch by itself; one of more than `most_rows` is refused.
    """

    def __init__(self, *, threads: int, queued: int, batch_rows: int, most_rows: int, observer: Observer) -> None:
        self._limit = threads + queued
        self._batch_rows = batch_rows
        self._most_rows = most_rows
        self._observer = observer
        self._asked = -math.inf
        self._unfinished = 0  # only the event loop's thread counts, so it needs no lock
        self._tasks: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self.threads = [self._thread(number) for number in range(threads)]
        for thread in self.threads:
            thread.start()

    @property
    def unfinished(self) -> int:
        """Number of requests that are running or waiting."""
        return self._unfinished

    @property
    def is_busy(self) -> bool:
        """Return whether a prediction was requested within the last second."""
        return time.perf_counter() - self._asked < 1

    async def answer(self, loaded: LoadedVersion, decode: BodyDecoder, seconds: float) -> Reply:
        """Return the version's reply. Raises the errors of `decode`, `Overloaded`, and `DeadlineExceeded` after `seconds`.

        Work that has begun is finished and counted even if its client no longer waits.
        """
        if self._unfinished >= self._limit:
            raise Overloaded(f"{self._limit} predictions are running or waiting already")
        self._unfinished += 1
        loop = asyncio.get_running_loop()
        self._asked = began = time.perf_counter()
        waiting = _Waiting(loaded, decode, loop.create_future(), loop, began)
        timer = loop.call_later(seconds, _expire, waiting.future, seconds)
        self._tasks.put(waiting)
        try:
            return await waiting.future
        finally:
            timer.cancel()

    def answer_now(self, loaded: LoadedVersion, decode: BodyDecoder) -> Reply:
        """Compute the reply on the calling thread, without waiting."""
        began = time.perf_counter()
        call = self._decode(loaded, decode)
        outputs = self._compute(loaded, call.signature, call.values)
        self._observer.answered(loaded, call, outputs, time.perf_counter() - began)
        return call.reply(outputs)

    def close(self) -> None:
        """Answer all waiting requests, then end the threads."""
        for _ in self.threads:
            self._tasks.put(None)
        for thread in self.threads:
            thread.join()

    def _thread(self, number: int) -> LastingThread:
        stopping = threading.Event()
        following: _Waiting | None = None

        def answer_next() -> None:
            nonlocal following
            first, following = following or self._tasks.get(), None
            if first is None:
                stopping.set()
                return
            batches, following = self._take(first)
            for batch in batches:
                self._answer(batch)

        # After an error, as out of memory, these requests time out, and the next are answered.
        return LastingThread(f"predict-{number}", answer_next, stopping, pause_seconds=0)

    def _take(self, first: _Waiting) -> tuple[list[_Batch], _Waiting | None]:
        """Read the first request and those queued behind it, up to the batch's size. Smaller batches are computed first.

        A large body is read by itself: no other reply waits for it. A large body behind other requests is returned unread.
        """
        batches: dict[tuple[int, str], _Batch] = {}
        full: list[_Batch] = []
        rows = 0
        waiting: _Waiting | None = first
        while waiting is not None:
            call = self._try_to_decode(waiting)
            if call is not None:
                rows += call.values.rows
                key = id(waiting.loaded), call.signature
                batch = batches.get(key)
                if batch is not None and batch.rows + call.values.rows > self._batch_rows:
                    full.append(batch)
                    batch = None
                if batch is None:
                    batch = batches[key] = _Batch(waiting.loaded, call.signature)
                batch.add(waiting, call)
            waiting = self._next() if rows < self._batch_rows and not _is_large(first) else None
            if waiting is not None and _is_large(waiting):
                break
        return sorted([*full, *batches.values()], key=_rows), waiting

    def _next(self) -> _Waiting | None:
        try:
            waiting = self._tasks.get_nowait()
        except queue.Empty:
            return None
        if waiting is None:
            self._tasks.put(None)  # a thread must see the end
        return waiting

    def _try_to_decode(self, waiting: _Waiting) -> Call | None:
        """Read a request; None if its client no longer waits, or if it is invalid, after replying with the error."""
        began = time.perf_counter()
        waiting.queued = began - waiting.began
        if waiting.future.done():
            waiting.loaded.counts.failed(waiting.queued)
            self._settle([(waiting, None)])
            return None
        try:
            call = self._decode(waiting.loaded, waiting.decode)
        except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
            self._fail(waiting, error)
            return None
        waiting.decoding = time.perf_counter() - began
        return call

    def _fail(self, waiting: _Waiting, error: BaseException) -> None:
        waiting.loaded.counts.failed(time.perf_counter() - waiting.began)
        self._settle([(waiting, error)])

    def _decode(self, loaded: LoadedVersion, decode: BodyDecoder) -> Call:
        call = decode(loaded)
        rows = call.values.rows
        if rows > self._most_rows:
            raise InvalidRequest(f"a request may hold at most {self._most_rows} rows. Received: {rows}")
        return call

    def _answer(self, batch: _Batch) -> None:
        """Compute a batch. If that fails, compute each request by itself, so that an invalid one fails alone."""
        began = time.perf_counter()
        try:
            outputs = self._compute(
                batch.loaded, batch.signature, RawValues.joined([call.values for _, call in batch.members])
            )
        except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
            if len(batch.members) == 1:
                self._fail(batch.members[0][0], error)
                return
            for waiting, call in batch.members:
                alone = _Batch(batch.loaded, batch.signature)
                alone.add(waiting, call)
                self._answer(alone)
            return
        computing = time.perf_counter() - began
        results: list[tuple[_Waiting, Reply | BaseException | None]] = []
        begin = 0
        for waiting, call in batch.members:
            end = begin + call.values.rows
            is_whole = end - begin == batch.rows
            own = outputs if is_whole else {name: output[begin:end] for name, output in outputs.items()}
            begin = end
            results.append((waiting, self._reply(waiting, call, own, computing)))
        self._settle(results)

    def _compute(self, loaded: LoadedVersion, signature: str, values: RawValues) -> Outputs:
        began = time.perf_counter()
        outputs = loaded.signatures[signature].call(*values)
        seconds = time.perf_counter() - began
        loaded.counts.ran(values.rows, seconds)
        self._observer.computed(loaded, signature, values.rows, seconds)
        return outputs

    def _reply(self, waiting: _Waiting, call: Call, outputs: Outputs, computing: float) -> Reply | BaseException:
        began = time.perf_counter()
        counts = waiting.loaded.counts
        try:
            self._observer.answered(waiting.loaded, call, outputs, began - waiting.began)
            reply = call.reply(outputs)
        except BaseException as error:  # noqa: BLE001  # it is raised where it is awaited
            counts.failed(time.perf_counter() - waiting.began)
            return error
        encoding = time.perf_counter() - began
        counts.succeeded(call.values.rows, waiting.queued, waiting.decoding, computing, encoding)
        return reply

    def _settle(self, results: list[tuple[_Waiting, Reply | BaseException | None]]) -> None:
        """Wake the event loop once for all of them."""
        loop = results[0][0].loop
        with contextlib.suppress(RuntimeError):  # the loop has been closed, so no client waits
            loop.call_soon_threadsafe(self._give, results)

    def _give(self, results: list[tuple[_Waiting, Reply | BaseException | None]]) -> None:
        for waiting, result in results:
            self._unfinished -= 1
            if waiting.future.done():  # cancelled or expired
                continue
            if isinstance(result, BaseException):
                waiting.future.set_exception(result)
            elif result is not None:
                waiting.future.set_result(result)


def _is_large(waiting: _Waiting) -> bool:
    return type(waiting.decode) is LargeBodyDecoder


def _rows(batch: _Batch) -> int:
    return batch.rows


def _expire(future: asyncio.Future[Reply], seconds: float) -> None:
    if not future.done():
        future.set_exception(DeadlineExceeded(f"there was no answer within the {seconds:g} seconds allowed"))
