"""Predictions, whatever the protocol: a body that waits to be read, in; a finished reply, out.

Nothing here runs on the event loop: parsing a thousand rows would hold up every other request as much as the model does.
"""

from __future__ import annotations

from modeling.calls import Read, Reply
from modeling.serving import Serving
from modeling.threads import Threads


class Predictor:
    """Answers from what `serving` has loaded, on so many threads; at most `queue` more requests may wait for one."""

    def __init__(self, serving: Serving, threads: int, queue: int) -> None:
        self.serving = serving
        self._threads = Threads(threads, queue, "predict")

    async def predict(self, model: str, read: Read, *, version: int | None = None, label: str | None = None) -> Reply:
        """Answer with the version of that number or label, else with the default one.

        Raises `InvalidRequest`, `NotFound`, `Unavailable`, and `Overloaded` when too many requests wait already.
        """
        return await self._threads.run(lambda: self.answer(model, read, version=version, label=label))

    def answer(self, model: str, read: Read, *, version: int | None = None, label: str | None = None) -> Reply:
        """The same on the calling thread."""
        loaded = self.serving.get(model, version, label)
        call = read(loaded)
        return call.reply(loaded.signatures[call.signature].call(call.numeric, call.tokens))

    def close(self) -> None:
        """Let what runs end, and take nothing more."""
        self._threads.close()
