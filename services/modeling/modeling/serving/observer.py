"""Callbacks for computed predictions, the interface between serving and monitoring."""

from __future__ import annotations

from typing import Protocol

from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion, Outputs


class Observer(Protocol):
    """Callbacks for each prediction, on the thread that computed it. They must take microseconds, and raise nothing.

    They may keep their arguments, and must not change them.
    """

    def computed(self, loaded: LoadedVersion, signature: str, rows: int, seconds: float) -> None:
        """Observe one run of the graph, for one request or a batch: its rows and its seconds."""
        ...

    def answered(self, loaded: LoadedVersion, call: Call, outputs: Outputs, seconds: float) -> None:
        """Observe a request's outputs, of its own rows. `seconds`: since it was taken from the event loop."""
        ...


class Unobserved:
    """An observer that ignores all predictions."""

    def computed(self, loaded: LoadedVersion, signature: str, rows: int, seconds: float) -> None:
        """Ignore the run."""

    def answered(self, loaded: LoadedVersion, call: Call, outputs: Outputs, seconds: float) -> None:
        """Ignore the request."""
