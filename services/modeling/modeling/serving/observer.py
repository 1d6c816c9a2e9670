"""What the engine tells whoever watches it. The engine knows no more of watching than this."""

from __future__ import annotations

from typing import Protocol

from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion, Outputs


class Observer(Protocol):
    """Told of each prediction, on the thread that computed it. Must take microseconds, and raise nothing.

    It may keep what it is given, and changes none of it.
    """

    def computed(self, loaded: LoadedVersion, signature: str, rows: int, seconds: float) -> None:
        """Observe one run of the graph, for one request or a batch: its rows and its seconds."""
        ...

    def answered(self, loaded: LoadedVersion, call: Call, outputs: Outputs, seconds: float) -> None:
        """Observe a request's outputs, of its own rows. `seconds`: since it was taken from the event loop."""
        ...


class Unobserved:
    """Nobody watches."""

    def computed(self, loaded: LoadedVersion, signature: str, rows: int, seconds: float) -> None:
        """Nothing."""

    def answered(self, loaded: LoadedVersion, call: Call, outputs: Outputs, seconds: float) -> None:
        """Nothing."""
