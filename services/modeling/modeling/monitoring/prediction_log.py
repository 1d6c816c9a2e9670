"""A log of sampled predictions: raw rows and outputs, as Parquet files in the storage.

    prediction-log/{model}/{version}/{time of the first row}-{random}.parquet

A random sample of the rows is held in bounded memory until a thread of its own writes a file of them. While the storage is
full, read-only or away, rows stay in memory and are written once it takes them; those for which memory has no room are dropped
and counted. A file is published atomically: a killed process loses the rows that it held, and no more. Past a total size, the
oldest files are removed.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chassis.lasting_thread import LastingThread
from chassis.storage_faults import storage_fault
from contracts.errors import NotFound
from contracts.storage import Storage
from modeling.monitoring.held_rows import HeldRows
from modeling.monitoring.logged_rows import LoggedRows, parquet_file
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion, Outputs

FOLDER = "prediction-log"

_FLUSH_SECONDS = 10.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Seconds from a failed attempt to write until the next, which double from the first pause up to the longest."""

_LOTS = random.Random()  # not the process's own, whose seed a training sets
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LogRules:
    """Rules of the log: the sampled share, and its limits."""

    share: float
    redacted: frozenset[str] = frozenset()
    """Features that are left out: `feature`, or `model.feature`."""
    seconds: float = 60.0
    """Maximum time for which rows are held before they are written."""
    most_bytes: int = 1 << 30
    """Maximum size of all files together."""

    def redacted_of(self, model: str) -> frozenset[str]:
        """Return the model's redacted features by their own names."""
        own = {name.removeprefix(f"{model}.") for name in self.redacted if name.startswith(f"{model}.")}
        return self.redacted | own

    def unknown_of(self, model: str, features: Collection[str]) -> list[str]:
        """Return redacted names that are no feature of this model and may be misspelled, sorted."""
        return sorted(self.redacted - set(features) - {f"{model}.{name}" for name in features})


def log_folder(model: str, version: int) -> str:
    """Return the folder of a version's files in the storage."""
    return f"{FOLDER}/{model}/{version}"


class PredictionLog(Collector):
    """Log writer on a thread of its own, from `start` to `close`. Every method may be called from any thread.

    `away`: returns why nothing may be written now, as to an empty folder in the place of a mount; None if nothing is in the way.
    """

    def __init__(self, storage: Storage, rules: LogRules, away: Callable[[], str | None] = lambda: None) -> None:
        self._storage = storage
        self._rules = rules
        self._away = away
        self._held = HeldRows()
        self._written = self._lost = 0
        self._fault: str | None = None
        self._pause = _FIRST_PAUSE
        self._wake = threading.Condition()
        self._asked = self._done = 0
        self._is_due = False
        self._stopping = threading.Event()
        self._logged: set[tuple[str, int]] = set()
        self.thread = LastingThread("prediction-log", self._write_when_due, self._stopping)

    @property
    def fault(self) -> str | None:
        """Return why rows cannot be written, and how many wait and are lost; None while they can."""
        fault = self._fault
        if fault is None:
            return None
        return f"{self._held.rows} rows wait in memory, {self._held.overflowed} found no room there: {fault}"

    def start(self) -> None:
        """Start writing."""
        self.thread.start()

    def close(self) -> None:
        """Write the rows that are held, then stop. Rows that cannot be written now are lost, and counted."""
        self._stopping.set()
        with self._wake:
            self._wake.notify_all()
        if self.thread.ident is not None:
            self.thread.join()
        self._write_held()
        left = self._held.groups()
        if left:
            _log.error("logged predictions are lost", rows=self._held.rows, reason=self._fault)
        for group in left:
            self._lose(group)

    def offer(self, loaded: LoadedVersion, call: Call, outputs: Outputs) -> None:
        """Sample one request's rows for the log."""
        chosen = self._chosen(call.values.rows)
        if not len(chosen):
            return
        kept = {name: output[chosen] for name, output in outputs.items()}
        self._held.add(LoggedRows(loaded.manifest, time.time(), call.values.take(chosen), kept))
        if self._held.is_half_full and not self._is_due and self._fault is None:
            with self._wake:
                self._is_due = True
                self._wake.notify_all()

    def _chosen(self, rows: int) -> list[int] | np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return a random sample of row indices, each with equal probability."""
        if rows == 1:
            return [0] if _LOTS.random() < self._rules.share else []
        return np.flatnonzero(np.random.default_rng().random(rows) < self._rules.share)

    def flush(self) -> None:
        """Write the rows that are held now; returns when that was tried, or after `_FLUSH_SECONDS`."""
        with self._wake:
            self._asked += 1
            target = self._asked
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._done >= target or not self.thread.is_alive(), _FLUSH_SECONDS)

    def _write_when_due(self) -> None:
        seconds = self._rules.seconds if self._fault is None else self._pause
        with self._wake:
            self._wake.wait_for(lambda: self._stopping.is_set() or self._is_due or self._asked > self._done, seconds)
            target = self._asked
        try:
            self._write_held()
        finally:
            with self._wake:
                self._done = target
                self._is_due = False  # only now: the rows that were being written took room, too
                self._wake.notify_all()

    def _write_held(self) -> None:
        groups = self._held.groups()
        fault = self._away() if groups else None
        for group in groups if fault is None else ():
            fault = self._write(group) or fault
        self._note(fault)
        if groups and fault is None:
            self._remove_oldest()

    def _write(self, group: list[LoggedRows]) -> str | None:
        """Write rows of one version and release them; return the storage's fault for which they are held on."""
        model, version = group[0].manifest.model, group[0].manifest.version
        moment = datetime.fromtimestamp(group[0].time, UTC)
        name = f"{moment:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.parquet"
        self._warn_of_unknown(group[0])
        try:
            data = parquet_file(group, self._rules.redacted_of(model))
            self._storage.publish(f"{log_folder(model, version)}/{name}", data)
        except MemoryError:  # the thread reports it, and tries again
            raise
        except Exception as error:  # noqa: BLE001  # of the storage, or of these rows
            fault = storage_fault(error)
            if fault is not None or isinstance(error, OSError):
                return str(fault or error)
            _log.exception("predictions could not be logged", model=model, version=version, rows=sum(map(len, group)))
            self._lose(group)
        else:
            self._held.release(group)
            self._written += sum(map(len, group))
        return None

    def _lose(self, group: list[LoggedRows]) -> None:
        self._held.release(group)
        self._lost += sum(map(len, group))

    def _note(self, fault: str | None) -> None:
        """Remember and report a change from writing to failing or back, and space the attempts."""
        before, self._fault = self._fault, fault
        if fault is None:
            self._pause = _FIRST_PAUSE
            if before is not None:
                _log.info("predictions are logged again", overflowed=self._held.overflowed)
        elif before is None:
            _log.warning("predictions cannot be logged, and wait in memory", rows=self._held.rows, reason=fault)
        else:
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _warn_of_unknown(self, rows: LoggedRows) -> None:
        key = rows.manifest.model, rows.manifest.version
        if key not in self._logged:
            self._logged.add(key)
            unknown = self._rules.unknown_of(key[0], rows.manifest.schema_.kept_types)
            if unknown:
                _log.warning(
                    "names to be left out of the log are no feature of this model", model=key[0], names=unknown
                )

    def _remove_oldest(self) -> None:
        try:
            remove_oldest(self._storage, self._rules.most_bytes)
        except OSError:  # it is tried again after the next file
            _log.warning("the oldest of the prediction log could not be removed", exc_info=True)

    def describe(self) -> Iterator[Metric]:
        """See `collect`."""
        yield from self.collect()

    def collect(self) -> Iterator[Metric]:
        """Yield the counters for Prometheus."""
        rows = CounterMetricFamily(
            "tandem_prediction_log_rows",
            "Rows sampled for the prediction log, by outcome.",
            labels=("outcome",),
        )
        rows.add_metric(("written",), self._written)
        rows.add_metric(("overflowed",), self._held.overflowed)
        rows.add_metric(("lost",), self._lost)
        yield rows
        yield GaugeMetricFamily(
            "tandem_prediction_log_held_rows", "Rows in memory that are not written yet.", value=self._held.rows
        )


def remove_oldest(storage: Storage, most_bytes: int) -> None:
    """Remove files of the log, the oldest first, until their total size is at most `most_bytes`."""
    sizes = storage.sizes(FOLDER)
    total = sum(sizes.values())
    for path in sorted(sizes, key=lambda path: path.rpartition("/")[2]):
        if total <= most_bytes:
            return
        with suppress(NotFound):  # another process was faster
            storage.delete_file(path)
        total -= sizes[path]
