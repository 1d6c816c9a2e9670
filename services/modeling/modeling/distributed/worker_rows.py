"""The rows of each worker when several processes, or several devices of one, train together.

Each row is seen once per epoch, and all workers have the same number of steps, so that none waits for a batch that never
comes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class WorkerRows:
    """Worker number `worker` of `workers`, each with `replicas` replicas of the network, one per device."""

    worker: int = 0
    workers: int = 1
    replicas: int = 1

    @property
    def parts(self) -> int:
        """Return the number of parts into which a batch is divided: one per replica."""
        return self.workers * self.replicas

    def rows(self, count: int) -> tuple[int, int]:
        """Return the half-open range of this worker's rows among `count`. Ranges differ by one row at most."""
        return count * self.worker // self.workers, count * (self.worker + 1) // self.workers

    def steps(self, count: int, batch_size: int) -> int:
        """Return the steps of an epoch of `count` rows, with batches of `batch_size` rows over all parts."""
        steps = math.ceil(count / batch_size)
        return steps if self.parts == 1 else max(min(steps, count // self.parts), 1)

    def sizes(self, count: int, batch_size: int) -> np.ndarray[Any, Any]:
        """Return the rows of each batch of this worker, int64 [batches]: `replicas` batches per step.

        A single worker has full batches and a remainder. Among several workers rows are spread evenly, so that all have
        the same number of batches and none is empty; there must be a row for each part.

        >>> WorkerRows().sizes(10, 4).tolist(), WorkerRows(1, 2).sizes(10, 4).tolist()
        ([4, 4, 2], [1, 2, 2])
        """
        first, last = self.rows(count)
        if self.parts == 1:
            return np.diff([*range(0, count, batch_size), count])
        batches = self.steps(count, batch_size) * self.replicas
        return np.diff((last - first) * np.arange(batches + 1, dtype=np.int64) // batches)


ALL = WorkerRows()
"""The rows of a process that trains alone with one replica: all rows."""
