"""Imputed and out-of-vocabulary values of each feature in served rows, counted in a sample.

A random sample of each second's requests is kept. A thread of its own looks up their tokens by the version's `transform`
signature, so a value counts as missing or unknown exactly if it does in the graph. The cost of counting is bounded for any
number of requests.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
from prometheus_client.core import CounterMetricFamily, Metric

from chassis.lasting_thread import LastingThread
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.raw_values import RawValues
from modeling.repository.model_repository import Key
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion

ROWS = 256
"""Maximum number of rows counted per second."""

MOST_FEATURES = 256
"""Maximum number of features of a version with a series of their own; all others share one."""

OTHERS = "(others)"

_ROWS_OF_ONE = 16
"""Rows of one request that are looked at, at most."""
_AT_ONCE = 64
"""Rows in one call of the graph: the interpreter is held for a fraction of a millisecond."""
_SECONDS = 1.0

_LOTS = random.Random()  # not the process's own, whose seed a training sets

Counts = dict[str, int]
_Sample = tuple[LoadedVersion, RawValues]


@dataclass
class _Counts:
    """Of one version: rows counted, and by raw feature, in the order of the raw columns, values imputed or out of vocabulary.

    Features without a vocabulary are not in `out_of_vocabulary`.
    """

    job: str
    """The training job of the version: another version in its place has other features."""
    rows: int
    imputed: Counts
    out_of_vocabulary: Counts


class FeatureShares:
    """Counter on a thread of its own, from `start` to `close`. `offer` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: list[_Sample] = []
        self._offered = 0
        self._counts: dict[Key, _Counts] = {}
        self._stop = threading.Event()
        self._after_each: Callable[[], object] = lambda: None
        self.thread = LastingThread("feature-shares", self._count_next, self._stop)

    def start(self, after_each: Callable[[], object]) -> None:
        """Start counting. `after_each`: called each second."""
        self._after_each = after_each
        self.thread.start()

    def close(self) -> None:
        """Stop counting."""
        self._stop.set()
        if self.thread.ident is not None:
            self.thread.join()

    def offer(self, loaded: LoadedVersion, call: Call) -> None:
        """Sample one request's rows, to be counted when the second is over."""
        with self._lock:
            self._offered += 1
            place = len(self._samples)
            if place >= ROWS:
                place = random.randrange(self._offered)
                if place >= ROWS:
                    return
            sample = loaded, _some(call.values)
            if place == len(self._samples):
                self._samples.append(sample)
            else:
                self._samples[place] = sample

    def _count_next(self) -> None:
        if not self._stop.wait(_SECONDS):
            self.count()
            self._after_each()

    def count(self) -> None:
        """Count the rows sampled so far, and drop them."""
        with self._lock:
            samples, self._samples, self._offered = self._samples, [], 0
        _LOTS.shuffle(samples)
        taken = 0
        by_version: dict[int, list[_Sample]] = {}
        for sample in samples:
            if taken >= ROWS:
                break
            by_version.setdefault(id(sample[0]), []).append(sample)
            taken += sample[1].rows
        for group in by_version.values():
            self._count_version(group)

    def _count_version(self, samples: list[_Sample]) -> None:
        loaded = samples[0][0]
        values = RawValues.joined([sample[1] for sample in samples])
        kinds = FeatureKinds(loaded.manifest.schema_)
        for begin in range(0, values.rows, _AT_ONCE):
            self._add(loaded, _count(loaded, kinds, values.part(slice(begin, begin + _AT_ONCE))))
            time.sleep(0.001)  # predictions go first

    def _add(self, loaded: LoadedVersion, counted: _Counts) -> None:
        key = (loaded.manifest.model, loaded.manifest.version)
        with self._lock:
            counts = self._counts.get(key)
            if counts is None or counts.job != counted.job:
                self._counts[key] = counted
                return
            counts.rows += counted.rows
            counts.imputed = _added(counts.imputed, counted.imputed)
            counts.out_of_vocabulary = _added(counts.out_of_vocabulary, counted.out_of_vocabulary)

    def forget(self, loaded: Collection[Key]) -> None:
        """Drop the counts of all versions but these."""
        with self._lock:
            self._counts = {key: counts for key, counts in self._counts.items() if key in loaded}

    def collect(self) -> Iterator[Metric]:
        """Yield the counters for Prometheus; their ratios are the rates."""
        rows, imputed, unknown = families()
        with self._lock:
            present = [(key, replace(counts)) for key, counts in self._counts.items()]
        for (model, version), counts in present:
            own = (model, str(version))
            rows.add_metric(own, counts.rows)
            for name, value in _limited(counts.imputed):
                imputed.add_metric((*own, name), value)
            for name, value in _limited(counts.out_of_vocabulary):
                unknown.add_metric((*own, name), value)
        yield from (rows, imputed, unknown)


def families() -> tuple[CounterMetricFamily, CounterMetricFamily, CounterMetricFamily]:
    """Return the metrics without samples: rows, imputed, out of vocabulary."""
    labels = ("model", "version", "feature")
    return (
        CounterMetricFamily(
            "tandem_predict_sampled_rows", "Served rows whose features were counted.", labels=labels[:2]
        ),
        CounterMetricFamily(
            "tandem_predict_imputed_values", "Values that were missing, in the sampled rows.", labels=labels
        ),
        CounterMetricFamily(
            "tandem_predict_out_of_vocabulary_values",
            "Tokens unknown to the model, in the sampled rows.",
            labels=labels,
        ),
    )


def _some(values: RawValues) -> RawValues:
    """Return at most `_ROWS_OF_ONE` rows of a request, evenly spaced, as copies that do not keep the others in memory."""
    if values.rows <= _ROWS_OF_ONE:
        return values
    step = values.rows // _ROWS_OF_ONE
    return values.take(np.arange(0, step * _ROWS_OF_ONE, step))


def _count(loaded: LoadedVersion, kinds: FeatureKinds, values: RawValues) -> _Counts:
    rows = kinds.rows.of(values)
    ids = ModelInputIds(loaded.manifest.schema_, lambda: loaded.signatures["transform"].call(*values)["categorical"])
    imputed: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for kind in kinds.all:
        imputed |= kind.count_imputed(rows, ids)
        unknown |= kind.count_out_of_vocabulary(ids)
    names = rows.columns.names
    return _Counts(
        loaded.manifest.job,
        values.rows,
        {name: imputed[name] for name in names},
        {name: unknown[name] for name in names if name in unknown},
    )


def _added(counts: Counts, more: Counts) -> Counts:
    return {name: count + more[name] for name, count in counts.items()}


def _limited(counts: Counts) -> Iterator[tuple[str, int]]:
    """Yield counts by feature; beyond `MOST_FEATURES` their sum, so that a wide model cannot flood Prometheus."""
    items = list(counts.items())
    yield from items[:MOST_FEATURES]
    if len(items) > MOST_FEATURES:
        yield OTHERS, sum(count for _, count in items[MOST_FEATURES:])
