"""A thread that survives errors, and reports them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

__all__ = ["LastingThread"]

_SECONDS_BETWEEN_FAULTS = 1.0

_log = structlog.get_logger(module=__name__)


class LastingThread(threading.Thread):
    """Calls `turn` again and again until `stopping` is set; also after it has raised any error, with a pause.

    `trouble`: what the last turn raised; None if it ended well.
    """

    def __init__(
        self,
        name: str,
        turn: Callable[[], None],
        stopping: threading.Event,
        *,
        pause_seconds: float = _SECONDS_BETWEEN_FAULTS,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.trouble: str | None = None
        self._turn = turn
        self._stopping = stopping
        self._pause_seconds = pause_seconds

    def run(self) -> None:
        """Thread main loop."""
        while not self._stopping.is_set():
            try:
                self._turn()
                self.trouble = None
            except BaseException as error:  # noqa: BLE001 - also SystemExit, which would end the thread without a word
                self.trouble = type(error).__name__
                _log.exception("thread was interrupted", thread=self.name)
                self.interrupted()
                self._stopping.wait(self._pause_seconds)
        self.finish()

    def interrupted(self) -> None:
        """Prepare for the next turn after one that raised. Must not raise."""

    def finish(self) -> None:
        """Release what the turns hold; called last, on the thread."""

    @property
    def health(self) -> str | None:
        """Return why the thread does not do its work; None while it does, and once it is stopped."""
        if self._stopping.is_set() or self.ident is None:
            return None
        if self.has_ended:
            return f"{self.name}: ended"
        return None if self.trouble is None else f"{self.name}: {self.trouble}"

    @property
    def has_ended(self) -> bool:
        """Return whether the thread was started and runs no more, though it was not stopped."""
        return self.ident is not None and not self.is_alive() and not self._stopping.is_set()
