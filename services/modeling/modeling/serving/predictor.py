"""Predictions for all protocols: from an unread body to a rendered reply.

The event loop only resolves the version. Reading bodies, computing and rendering replies run on the threads of
`adaptive_batching`: parsing a thousand rows would delay every other request as much as the model does. Loading a version on its
first request takes longer still, and has a thread of its own, so that predictions never wait behind it.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from chassis.lasting_thread import LastingThread
from contracts.errors import DeadlineExceeded, Overloaded
from modeling.serving.adaptive_batching import Batching
from modeling.serving.inference_request import BodyDecoder, Reply
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.observer import Observer, Unobserved
from modeling.serving.registry import ModelRegistry
from modeling.serving.request_timeout import allowed_seconds


class Predictor:
    """Predictor of the versions that the registry has loaded, on `threads` threads; at most `queue` more requests may wait.

    `batch_rows`, `most_rows`: as for `adaptive_batching.Batching`. `seconds`: timeout of a request whose client sets no shorter
    one.
    """

    def __init__(  # settings, each named where it is given
        self,
        registry: ModelRegistry,
        threads: int,
        queue: int,
        observer: Observer | None = None,
        *,
        batch_rows: int = 64,
        most_rows: int = 100_000,
        seconds: float = 60,
    ) -> None:
        self.registry = registry
        self._seconds = seconds
        self._batching = Batching(
            threads=threads,
            queued=queue,
            batch_rows=batch_rows,
            most_rows=most_rows,
            observer=observer or Unobserved(),
        )
        self._loads = ThreadPoolExecutor(1, "load-on-request")
        self._most_loads = 1 + queue
        self._room = BoundedSemaphore(self._most_loads)

    async def predict(
        self, model: str, decode: BodyDecoder, *, version: int | None = None, label: str | None = None
    ) -> Reply:
        """Answer with the version of that number or label, else with the default one.

        Raises `InvalidRequest`, `NotFound`, `Unavailable`, `Overloaded` when too many requests wait already, and
        `DeadlineExceeded`.
        """
        allowed = allowed_seconds.get()
        seconds = self._seconds if allowed is None else min(allowed, self._seconds)
        loaded = self.registry.peek(model, version, label)
        if loaded is None:
            began = time.perf_counter()
            loaded = await self._load(model, version, label, seconds)
            seconds = max(0.0, seconds - (time.perf_counter() - began))
        return await self._batching.answer(loaded, decode, seconds)

    async def _load(self, model: str, version: int | None, label: str | None, seconds: float) -> LoadedVersion:
        if not self._room.acquire(blocking=False):
            raise Overloaded(f"{self._most_loads} requests for versions that are to be loaded run or wait already")
        loading = self._loads.submit(self.registry.get, model, version, label)
        loading.add_done_callback(lambda _: self._room.release())
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(asyncio.wrap_future(loading))  # it goes on when nobody waits any more
        except TimeoutError:
            raise DeadlineExceeded(
                f"the version was not loaded within the {seconds:g} seconds allowed; try again soon"
            ) from None

    def answer(self, model: str, decode: BodyDecoder, *, version: int | None = None, label: str | None = None) -> Reply:
        """Compute the reply on the calling thread."""
        return self._batching.answer_now(self.registry.get(model, version, label), decode)

    @property
    def threads(self) -> list[LastingThread]:
        """Return the threads that compute predictions."""
        return self._batching.threads

    @property
    def unfinished(self) -> int:
        """Return the number of requests that run, or wait for a thread."""
        return self._batching.unfinished

    @property
    def is_busy(self) -> bool:
        """Return whether a prediction was requested within the last second."""
        return self._batching.is_busy

    def close(self) -> None:
        """Finish the running requests, and accept no more."""
        self._loads.shutdown()
        self._batching.close()
