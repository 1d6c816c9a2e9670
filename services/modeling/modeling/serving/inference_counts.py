"""Counts and durations of one loaded version's requests, since it was loaded, as in Triton's statistics."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

_MOST_SIZES = 256
"""Number of batch sizes that are told apart: those of adaptive batches, and of the first few larger requests."""


@dataclass(slots=True)
class Duration:
    """A number of durations, and their sum."""

    count: int = 0
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        """Count once more."""
        self.count += 1
        self.seconds += seconds


@dataclass(slots=True)
class InferenceCounts:
    """The counts of one version. Any thread may add; a reader may see a request counted in one field and not yet in another."""

    success: Duration = field(default_factory=Duration)
    fail: Duration = field(default_factory=Duration)
    queue: Duration = field(default_factory=Duration)
    decode: Duration = field(default_factory=Duration)
    compute: Duration = field(default_factory=Duration)
    encode: Duration = field(default_factory=Duration)
    batches: dict[int, Duration] = field(default_factory=dict[int, Duration])
    rows: int = 0
    runs: int = 0
    last: float = 0.0
    """Seconds since 1970; 0 before the first request."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ran(self, rows: int, seconds: float) -> None:
        """Count one run of the graph, for one request or several."""
        with self._lock:
            self.runs += 1
            batch = self.batches.get(rows)
            if batch is None:
                if len(self.batches) >= _MOST_SIZES:
                    return
                batch = self.batches[rows] = Duration()
            batch.add(seconds)

    def succeeded(self, rows: int, queued: float, decoding: float, computing: float, encoding: float) -> None:
        """Count one request that was answered, with the seconds of each of its parts."""
        with self._lock:
            self.rows += rows
            self.queue.add(queued)
            self.decode.add(decoding)
            self.compute.add(computing)
            self.encode.add(encoding)
            self.success.add(queued + decoding + computing + encoding)
            self.last = time.time()

    def failed(self, seconds: float) -> None:
        """Count one request that was answered with an error."""
        with self._lock:
            self.fail.add(seconds)
            self.last = time.time()
