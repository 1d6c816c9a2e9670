"""Predictions, whatever the protocol: a body that waits to be read, in; a finished reply, out.

Nothing here runs on the event loop: parsing a thousand rows would hold up every other request as much as the model does.
"""

from __future__ import annotations

import time

from modeling.calls import Read, Reply
from modeling.serving import Serving
from modeling.threads import Threads
from modeling.watching.observer import Observer, Unobserved


class Predictor:
    """Answers from what `serving` has loaded, on so many threads; at most `queue` more requests may wait for one."""

    def __init__(self, serving: Serving, threads: int, queue: int, observer: Observer | None = None) -> None:
        self.serving = serving
        self._observer = observer or Unobserved()
        self._threads = Threads(threads, queue, "predict")

    async def predict(self, model: str, read: Read, *, version: int | None = None, label: str | None = None) -> Reply:
        """Answer with the version of that number or label, else with the default one.

        Raises `InvalidRequest`, `NotFound`, `Unavailable`, and `Overloaded` when too many requests wait already.
        """
        return await self._threads.run(lambda: self.answer(model, read, version=version, label=label))

    def answer(self, model: str, read: Read, *, version: int | None = None, label: str | None = None) -> Reply:
        """The same on the calling thread."""
        began = time.perf_counter()
        loaded = self.serving.get(model, version, label)
        call = read(loaded)
        computing = time.perf_counter()
        outputs = loaded.signatures[call.signature].call(call.numeric, call.tokens)
        done = time.perf_counter()
        self._observer.computed(loaded, call.signature, len(call.tokens), done - computing)
        self._observer.answered(loaded, call, outputs, done - began)
        return call.reply(outputs)

    @property
    def unfinished(self) -> int:
        """Requests that run, or wait for a thread."""
        return self._threads.unfinished

    def close(self) -> None:
        """Let what runs end, and take nothing more."""
        self._threads.close()
