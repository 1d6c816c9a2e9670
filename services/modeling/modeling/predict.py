"""Requests for predictions, from bytes to bytes, and the threads on which they are answered.

Nothing here runs on the event loop: parsing a thousand rows would hold up every other request as much as the model does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from contracts.errors import InvalidRequest, Overloaded
from modeling.protocols import tensorflow_serving
from modeling.serving import Serving

T = TypeVar("T")


class Predictor:
    """Answers from what `serving` has loaded, on so many threads; at most `queue` more requests may wait for one."""

    def __init__(self, serving: Serving, threads: int, queue: int) -> None:
        self.serving = serving
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="predict")
        self._limit = threads + queue
        self._running = 0

    async def predict(self, model: str, version: int | None, body: bytes) -> bytes:
        """Answer in TensorFlow Serving's protocol.

        Raises `InvalidRequest`, `NotFound`, `Unavailable`, and `Overloaded` when too many requests wait already.
        """
        return await self._on_thread(lambda: self.answer(model, version, body))

    def answer(self, model: str, version: int | None, body: bytes) -> bytes:
        """The same on the calling thread."""
        loaded = self.serving.get(model, version)
        document = tensorflow_serving.parse(body)
        name = tensorflow_serving.signature_name(document)
        signature = loaded.signatures.get(name)
        if signature is None:
            raise InvalidRequest(
                f"model {model!r} has no signature of that name. Received: {name!r}; known: {', '.join(loaded.signatures)}"
            )
        call = tensorflow_serving.read(document, signature.fields)
        return tensorflow_serving.render(signature.call(call.numeric, call.tokens), call.form)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        # Only the event loop's thread counts, so the count needs no lock. A request that is given up still holds its thread.
        if self._running >= self._limit:
            raise Overloaded(f"{self._limit} predictions are running or waiting already")
        self._running += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(self._finished)
        return await asyncio.shield(future)

    def _finished(self, _: object) -> None:
        self._running -= 1

    def close(self) -> None:
        """Let what runs end, and take nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
