"""Requests for predictions, from bytes to bytes.

Nothing here runs on the event loop: parsing a thousand rows would hold up every other request as much as the model does.
"""

from __future__ import annotations

from contracts.errors import InvalidRequest
from modeling.protocols import tensorflow_serving
from modeling.serving import Serving
from modeling.threads import Threads


class Predictor:
    """Answers from what `serving` has loaded, on so many threads; at most `queue` more requests may wait for one."""

    def __init__(self, serving: Serving, threads: int, queue: int) -> None:
        self.serving = serving
        self._threads = Threads(threads, queue, "predict")

    async def predict(self, model: str, body: bytes, *, version: int | None = None, label: str | None = None) -> bytes:
        """Answer in TensorFlow Serving's protocol: with the version of that number or label, else with the default one.

        Raises `InvalidRequest`, `NotFound`, `Unavailable`, and `Overloaded` when too many requests wait already.
        """
        return await self._threads.run(lambda: self.answer(model, body, version=version, label=label))

    def answer(self, model: str, body: bytes, *, version: int | None = None, label: str | None = None) -> bytes:
        """The same on the calling thread."""
        loaded = self.serving.get(model, version, label)
        document = tensorflow_serving.parse(body)
        name = tensorflow_serving.signature_name(document)
        signature = loaded.signatures.get(name)
        if signature is None:
            known = ", ".join(loaded.signatures)
            raise InvalidRequest(f"model {model!r} has no signature of that name. Received: {name!r}; known: {known}")
        call = tensorflow_serving.read(document, signature.fields)
        return tensorflow_serving.render(signature.call(call.numeric, call.tokens), call.form)

    def close(self) -> None:
        """Let what runs end, and take nothing more."""
        self._threads.close()
