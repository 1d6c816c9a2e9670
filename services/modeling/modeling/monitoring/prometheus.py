"""Metrics of predictions for Prometheus: requests, rows, latencies, batch sizes, queue length, loaded versions.

Series are labelled by model and version, and exist while the version is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from modeling.monitoring.imputation_rates import FeatureShares, families
from modeling.repository.model_repository import Key
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384)
_LABELS = ("model", "version")


@dataclass(frozen=True, slots=True)
class _Series:
    """The series of one version."""

    requests: Counter
    rows: Counter
    seconds: Histogram
    batch_rows: Histogram
    batch_seconds: Histogram


class PredictMetrics(Collector):
    """Collector of the metrics. `loaded` returns the loaded versions, `unfinished` the number of unfinished requests."""

    def __init__(self, loaded: Callable[[], Iterable[Key]], shares: FeatureShares) -> None:
        self._loaded = loaded
        self.unfinished: Callable[[], int] = lambda: 0
        self._shares = shares
        self._series: dict[Key, _Series] = {}
        self._forgetting = threading.Lock()
        self._requests = Counter("tandem_predict_requests", "Requests answered.", _LABELS, registry=None)
        self._rows = Counter("tandem_predict_rows", "Rows predicted.", _LABELS, registry=None)
        self._request_seconds = Histogram(
            "tandem_predict_seconds",
            "Seconds from the start of a request on a thread until its predictions are computed.",
            _LABELS,
            buckets=_SECONDS,
            registry=None,
        )
        self._batch_rows = Histogram(
            "tandem_predict_batch_rows", "Rows in one run of the graph.", _LABELS, buckets=_ROWS, registry=None
        )
        self._batch_seconds = Histogram(
            "tandem_predict_batch_seconds", "Seconds of one run of the graph.", _LABELS, buckets=_SECONDS, registry=None
        )

    def answered(self, loaded: LoadedVersion, call: Call, seconds: float) -> None:
        """Count one answered request."""
        series = self._of(loaded)
        series.requests.inc()
        series.rows.inc(call.values.rows)
        series.seconds.observe(seconds)

    def computed(self, loaded: LoadedVersion, rows: int, seconds: float) -> None:
        """Count one run of the graph."""
        series = self._of(loaded)
        series.batch_rows.observe(rows)
        series.batch_seconds.observe(seconds)

    def _of(self, loaded: LoadedVersion) -> _Series:
        manifest = loaded.manifest
        key = (manifest.model, manifest.version)
        series = self._series.get(key)
        if series is None:
            labels = (manifest.model, str(manifest.version))
            series = self._series[key] = _Series(
                requests=self._requests.labels(*labels),
                rows=self._rows.labels(*labels),
                seconds=self._request_seconds.labels(*labels),
                batch_rows=self._batch_rows.labels(*labels),
                batch_seconds=self._batch_seconds.labels(*labels),
            )
        return series

    @property
    def _labelled(self) -> tuple[Counter, Counter, Histogram, Histogram, Histogram]:
        return self._requests, self._rows, self._request_seconds, self._batch_rows, self._batch_seconds

    def describe(self) -> Iterator[Metric]:
        """Return the names alone: nothing is collected before the service has started."""
        for metric in self._labelled:
            yield from metric.describe()
        yield from self._gauges([], 0)
        yield from families()

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics, after dropping those of unloaded versions."""
        loaded = self.forget_unloaded()
        for metric in self._labelled:
            yield from metric.collect()
        yield from self._gauges(sorted(loaded), self.unfinished())
        yield from self._shares.collect()

    def forget_unloaded(self) -> set[Key]:
        """Drop the series of unloaded versions; return the loaded ones."""
        with self._forgetting:
            loaded = set(self._loaded())
            for model, version in [key for key in list(self._series) if key not in loaded]:
                del self._series[model, version]
                for metric in self._labelled:
                    metric.remove(model, str(version))
            self._shares.forget(loaded)
        return loaded

    def _gauges(self, loaded: Iterable[Key], unfinished: int) -> Iterator[Metric]:
        versions = GaugeMetricFamily("tandem_model_versions_loaded", "1 for each version in memory.", labels=_LABELS)
        for model, version in loaded:
            versions.add_metric((model, str(version)), 1)
        yield versions
        yield GaugeMetricFamily(
            "tandem_predict_unfinished", "Predict requests that are running or waiting for a thread.", value=unfinished
        )
