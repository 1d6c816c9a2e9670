"""How far a dataset job is, and how long each of its phases took."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.engine.engine import JobContext

_SHARES = {
    "copy": 0.2,
    "plan": 0.02,
    "evaluate": 0.18,
    "classes": 0.1,
    "analyze": 0.2,
    "merge": 0.1,
    "transform": 0.18,
    "publish": 0.02,
}
"""How much of a job each phase is, roughly: for the progress bar."""


@dataclass
class Phases:
    """Says how far the job is, and keeps how long each phase took."""

    context: JobContext
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, parts: int = 0) -> Generator[Callable[[int], None]]:
        """Within: a function that takes the number of finished parts. Raises `Cancelled` when the job was asked to stop."""
        before = sum(share for phase, share in _SHARES.items() if phase in self.seconds)
        begun = time.monotonic()

        def report(done: int) -> None:
            share = _SHARES[name] * (min(done, parts) / parts if parts else 0)
            if parts:
                self.context.progress(name, before + share, completed=min(done, parts), total=parts)
            else:
                self.context.progress(name, before)

        report(0)
        yield report
        self.seconds[name] = round(time.monotonic() - begun, 3)
