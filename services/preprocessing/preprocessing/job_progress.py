"""Progress of a dataset job, and the duration of each of its phases."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.engine.engine import JobContext

_SHARES = {
    "copy": 0.2,
    "plan": 0.02,
    "times": 0.05,
    "evaluate": 0.12,
    "classes": 0.08,
    "analyze": 0.2,
    "groups": 0.03,
    "merge": 0.1,
    "transform": 0.18,
    "publish": 0.02,
}
"""Approximate share of a job's time per phase, for the progress bar."""


@dataclass
class Phases:
    """Reports the job's progress and records each phase's duration in seconds."""

    context: JobContext
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, parts: int = 0) -> Generator[Callable[[int], None]]:
        """Yield a function that takes the number of finished parts. Raises `Cancelled` if the job was cancelled."""
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
