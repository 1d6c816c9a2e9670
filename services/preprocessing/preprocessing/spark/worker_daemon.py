"""Replacement of `pyspark.daemon` that loads the kernels before it forks workers.

A worker is ready at once, since its imports and compiled kernels exist when it is forked. And pyspark's daemon runs a full
garbage collection after each task, which walks every object that the imports created (45 ms measured, for a task of 5 ms);
objects from before the fork are frozen, so the collection has nothing to walk. On a cluster it runs from the folder that our
packages are unpacked into; a Spark Connect server keeps its own daemon.

A worker dies with its daemon: else one that works, or waits for its next task, stays when the daemon was killed, since the new
daemon does not know it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from importlib import import_module

_NEEDED = (
    "pandas",  # pyspark's worker imports it for every Arrow task
    "pyspark.worker",
    "preprocessing.spark.copy_source",
    "preprocessing.spark.evaluate_expressions",
    "preprocessing.range_tasks",
    "preprocessing.assignment.splitters.plan_splitter",  # all ways to split
)


_PR_SET_PDEATHSIG = 1


class _DiesWithDaemon:
    """Has the kernel kill each worker when the daemon ends; processes that a worker forks are its own affair."""

    def __init__(self) -> None:
        self._daemon = os.getpid()
        self._is_daemon = True
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        if not self._is_daemon:
            return
        self._is_daemon = False
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._daemon:  # it died in between
            os._exit(1)


def main() -> None:
    """Load the kernels, freeze, then run `pyspark.daemon`."""
    _DiesWithDaemon()
    for name in _NEEDED:
        import_module(name)
    import_module("preprocessing.spark.warm_up").warm_process()
    import_module("pyspark.daemon").manager()


if __name__ == "__main__":
    main()
