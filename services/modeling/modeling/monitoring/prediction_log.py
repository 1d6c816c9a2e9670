"""A log of sampled predictions: raw rows and outputs, as Parquet files in the storage.

    prediction-log/{model}/{version}/{time of the first row}-{random}.parquet

A random sample of the rows is held in bounded memory until a thread of its own writes a file of them; rows that it cannot keep up
with are dropped and counted. A file is published atomically: a killed process loses the rows that it held, and no more. Past a
total size, the oldest files are removed.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import structlog
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from contracts.errors import NotFound
from contracts.storage import Storage
from modeling.monitoring.logged_rows import LoggedRows, parquet_file
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion, Outputs

FOLDER = "prediction-log"
MOST_ROWS = 50_000
MOST_BYTES = 64 << 20
"""Approximate maximum of bytes held until they are written."""

_FLUSH_SECONDS = 10.0

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
    """Log writer on a thread of its own, from `start` to `close`. Every method may be called from any thread."""

    def __init__(self, storage: Storage, rules: LogRules) -> None:
        self._storage = storage
        self._rules = rules
        self._lock = threading.Lock()
        self._held: list[LoggedRows] = []
        self._rows = self._bytes = self._written = self._lost = 0
        self._wake = threading.Condition()
        self._asked = self._done = 0
        self._closing = False
        self._logged: set[tuple[str, int]] = set()
        self._thread = threading.Thread(target=self._work, name="prediction-log", daemon=True)

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def close(self) -> None:
        """Write the rows that are held, then stop."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def offer(self, loaded: LoadedVersion, call: Call, outputs: Outputs) -> None:
        """Sample one request's rows for the log."""
        chosen = self._chosen(call.values.rows)
        if not len(chosen):
            return
        values = call.values.take(chosen)
        size = values.bytes
        with self._lock:
            if self._rows + values.rows > MOST_ROWS or self._bytes + size > MOST_BYTES:
                self._lost += values.rows
                return
            self._rows += values.rows
            self._bytes += size
            kept = {name: output[chosen] for name, output in outputs.items()}
            self._held.append(LoggedRows(loaded.manifest, time.time(), values, kept))
            half_full = 2 * self._rows > MOST_ROWS or 2 * self._bytes > MOST_BYTES
        if half_full:
            with self._wake:
                self._asked += 1
                self._wake.notify_all()

    def _chosen(self, rows: int) -> list[int] | np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return a random sample of row indices, each with equal probability."""
        if rows == 1:
            return [0] if _LOTS.random() < self._rules.share else []
        return np.flatnonzero(np.random.default_rng().random(rows) < self._rules.share)

    def flush(self) -> None:
        """Write the rows that are held now; returns when they are written, or after `_FLUSH_SECONDS`."""
        with self._wake:
            self._asked += 1
            target = self._asked
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._done >= target or not self._thread.is_alive(), _FLUSH_SECONDS)

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closing or self._asked > self._done, self._rules.seconds)
                target, closing = self._asked, self._closing
            self._write_held()
            with self._wake:
                self._done = target
                self._wake.notify_all()
            if closing:
                return

    def _write_held(self) -> None:
        with self._lock:
            held, self._held = self._held, []
            self._rows = self._bytes = 0
        groups: dict[tuple[str, int, str], list[LoggedRows]] = {}
        for rows in held:
            manifest = rows.manifest
            groups.setdefault((manifest.model, manifest.version, manifest.job), []).append(rows)
        for (model, version, _), group in groups.items():
            self._write(model, version, group)
        if groups:
            self._remove_oldest()

    def _write(self, model: str, version: int, group: list[LoggedRows]) -> None:
        count = sum(map(len, group))
        moment = datetime.fromtimestamp(group[0].time, UTC)
        name = f"{moment:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.parquet"
        if (model, version) not in self._logged:
            self._logged.add((model, version))
            unknown = self._rules.unknown_of(model, group[0].manifest.schema_.features)
            if unknown:
                _log.warning("names to be left out of the log are no feature of this model", model=model, names=unknown)
        try:
            data = parquet_file(group, self._rules.redacted_of(model))
            self._storage.publish(f"{log_folder(model, version)}/{name}", data)
        except Exception:  # noqa: BLE001  # an unreachable storage must not end the log, still less a prediction
            _log.warning("predictions could not be logged", model=model, version=version, rows=count, exc_info=True)
            self._lost += count
        else:
            self._written += count

    def _remove_oldest(self) -> None:
        try:
            remove_oldest(self._storage, self._rules.most_bytes)
        except Exception:  # noqa: BLE001  # as above; it is tried again after the next file
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
        rows.add_metric(("lost",), self._lost)
        yield rows


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
