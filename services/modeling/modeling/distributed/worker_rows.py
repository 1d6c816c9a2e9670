"""Which rows are whose when several processes, or several devices of one, train together.

Each row of an epoch is seen once, and all have as many steps, so that nobody waits for a batch that never comes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WorkerRows:
    """Worker number `worker` of so many; each has so many replicas of the network, one per device."""

    worker: int = 0
    workers: int = 1
    replicas: int = 1

    @property
    def parts(self) -> int:
        """Into how many parts a batch is divided."""
        return self.workers * self.replicas

    def rows(self, count: int) -> tuple[int, int]:
        """The worker's part of `count` rows: the first, and the one after the last. Parts differ by one row at most."""
        return count * self.worker // self.workers, count * (self.worker + 1) // self.workers

    def steps(self, count: int, batch_size: int) -> int:
        """How many steps an epoch of `count` rows takes, with batches of `batch_size` rows over all parts."""
        steps = math.ceil(count / batch_size)
        return steps if self.parts == 1 else max(min(steps, count // self.parts), 1)

    def sizes(self, count: int, batch_size: int) -> np.ndarray[Any, Any]:
        """How many rows each batch of this worker has, int64: `replicas` batches a step, one for each.

        Alone, it has whole batches and what is left. Among several, its rows are spread evenly, so that all have the same
        number of batches and none is empty; there must be a row for each part.

        >>> WorkerRows().sizes(10, 4).tolist(), WorkerRows(1, 2).sizes(10, 4).tolist()
        ([4, 4, 2], [1, 2, 2])
        """
        first, last = self.rows(count)
        if self.parts == 1:
            return np.diff([*range(0, count, batch_size), count])
        batches = self.steps(count, batch_size) * self.replicas
        return np.diff((last - first) * np.arange(batches + 1, dtype=np.int64) // batches)


ALL = WorkerRows()
"""One process with one replica, which has all rows."""
