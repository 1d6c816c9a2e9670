"""How much memory a dataset job takes: its largest task, and all of its processes together."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from tests.processes import descendants

_SECONDS = 0.05


class Memory(threading.Thread):
    """Watches the processes below this one, in MB, while the block runs.

    `task_mb`: the largest resident set of any one Python worker of Spark. `job_mb`: the JVM and the workers together, each
    page that several share counted in parts (the proportional set), and this process from where it stood.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.task_mb = self.job_mb = 0.0
        self._ended = threading.Event()
        self._me = psutil.Process()
        self._before = self._me.memory_info().rss

    def run(self) -> None:
        while not self._ended.wait(_SECONDS):
            job = max(0, self._me.memory_info().rss - self._before) / 1e6
            for child in descendants():
                with suppress(psutil.Error, OSError):
                    if "preprocessing.spark.worker_daemon" in child.cmdline():
                        self.task_mb = max(self.task_mb, child.memory_info().rss / 1e6)
                    job += _proportional(child.pid)
            self.job_mb = max(self.job_mb, job)

    @contextmanager
    def watching(self) -> Generator[Memory]:
        self.start()
        try:
            yield self
        finally:
            self._ended.set()
            self.join()


def _proportional(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1e3
    return 0.0
