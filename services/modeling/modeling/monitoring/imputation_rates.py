"""How often a feature is imputed, or out of vocabulary, in what is served: counted in a sample of the rows.

Each second keeps a random sample of its requests. A thread of its own has the version's `transform` signature look their
tokens up, so what counts as missing or unknown is what the graph took it for. The load of counting is bounded, however many
requests there are.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from prometheus_client.core import CounterMetricFamily, Metric

from contracts.schema import Schema
from modeling.monitoring.missing_values import MissingRules
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion, Tokens

ROWS = 256
"""Rows that are counted in a second, at most."""

MOST_FEATURES = 256
"""Features of a version that have a series of their own; all others have one together."""

OTHERS = "(others)"

_ROWS_OF_ONE = 16
"""Rows of one request that are looked at, at most."""
_AT_ONCE = 64
"""Rows in one call of the graph: the interpreter is held for a fraction of a millisecond."""
_SECONDS = 1.0

_LOTS = random.Random()  # not the process's own, whose seed a training sets
_log = structlog.get_logger(__name__)

Key = tuple[str, int]
Int64s = npt.NDArray[np.int64]
_Sample = tuple[LoadedVersion, np.ndarray[Any, Any], Tokens]


@dataclass
class _Counts:
    """Of one version: rows looked at, and by raw feature, numbers first, how many values were missing or unknown."""

    schema: Schema
    rows: int
    missing: Int64s
    unknown: Int64s


class FeatureShares:
    """Counts on a thread of its own, from `start` to `close`. `offer` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: list[_Sample] = []
        self._offered = 0
        self._counts: dict[Key, _Counts] = {}
        self._stop = threading.Event()
        self._after_each: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._work, name="feature-shares", daemon=True)

    def start(self, after_each: Callable[[], object]) -> None:
        """Begin to count. `after_each`: what is called each second."""
        self._after_each = after_each
        self._thread.start()

    def close(self) -> None:
        """Count no more."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def offer(self, loaded: LoadedVersion, call: Call) -> None:
        """One request's rows, of which some may be kept until the second is over."""
        with self._lock:
            self._offered += 1
            place = len(self._samples)
            if place >= ROWS:
                place = random.randrange(self._offered)
                if place >= ROWS:
                    return
            sample = (loaded, *_some(call))
            if place == len(self._samples):
                self._samples.append(sample)
            else:
                self._samples[place] = sample

    def _work(self) -> None:
        while not self._stop.wait(_SECONDS):
            try:
                self.count()
                self._after_each()
            except Exception:  # noqa: BLE001  # counting must never end; what is wrong now may not be wrong later
                _log.warning("features of served rows could not be counted", exc_info=True)

    def count(self) -> None:
        """Count what is kept so far, and keep none of it."""
        with self._lock:
            samples, self._samples, self._offered = self._samples, [], 0
        _LOTS.shuffle(samples)
        taken = 0
        by_version: dict[int, list[_Sample]] = {}
        for sample in samples:
            if taken >= ROWS:
                break
            by_version.setdefault(id(sample[0]), []).append(sample)
            taken += len(sample[2])
        for group in by_version.values():
            self._count_version(group)

    def _count_version(self, samples: list[_Sample]) -> None:
        loaded = samples[0][0]
        numeric = np.concatenate([sample[1] for sample in samples])
        tokens = np.concatenate([sample[2] for sample in samples])
        rules = MissingRules(loaded.manifest.schema_)
        for begin in range(0, len(tokens), _AT_ONCE):
            end = begin + _AT_ONCE
            self._add(loaded, *_looked_up(loaded, rules, numeric[begin:end], tokens[begin:end]))
            time.sleep(0.001)  # predictions go first

    def _add(self, loaded: LoadedVersion, rows: int, missing: Int64s, unknown: Int64s) -> None:
        key = (loaded.manifest.model, loaded.manifest.version)
        with self._lock:
            counts = self._counts.get(key)
            if counts is None:
                self._counts[key] = _Counts(loaded.manifest.schema_, rows, missing, unknown)
                return
            counts.rows += rows
            counts.missing = counts.missing + missing
            counts.unknown = counts.unknown + unknown

    def forget(self, loaded: Collection[Key]) -> None:
        """Drop what is known of versions that are none of these."""
        with self._lock:
            self._counts = {key: found for key, found in self._counts.items() if key in loaded}

    def collect(self) -> Iterator[Metric]:
        """For Prometheus: as counters, of which one is divided by another."""
        rows, imputed, unknown = families()
        with self._lock:
            present = [(key, replace(counts)) for key, counts in self._counts.items()]
        for (model, version), counts in present:
            own = (model, str(version))
            rows.add_metric(own, counts.rows)
            schema = counts.schema
            names = [*schema.numeric, *schema.categorical]
            for name, value in _by_name(names, counts.missing):
                imputed.add_metric((*own, name), value)
            known = [at for at, name in enumerate(names) if name in schema.vocabularies]
            for name, value in _by_name([names[at] for at in known], counts.unknown[known]):
                unknown.add_metric((*own, name), value)
        yield from (rows, imputed, unknown)


def families() -> tuple[CounterMetricFamily, CounterMetricFamily, CounterMetricFamily]:
    """The metrics, without a value: rows, imputed, out of vocabulary."""
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


def _some(call: Call) -> tuple[np.ndarray[Any, Any], Tokens]:
    """At most so many rows of a request, evenly spaced, and nothing that keeps the others in memory."""
    rows = len(call.tokens)
    if rows <= _ROWS_OF_ONE:
        return call.numeric, call.tokens
    step = rows // _ROWS_OF_ONE
    return call.numeric[::step][:_ROWS_OF_ONE].copy(), call.tokens[::step][:_ROWS_OF_ONE].copy()


def _looked_up(
    loaded: LoadedVersion, rules: MissingRules, numeric: np.ndarray[Any, Any], tokens: Tokens
) -> tuple[int, Int64s, Int64s]:
    """How many rows, and for each raw feature, numbers first, how many values are missing, and how many unknown."""
    schema = loaded.manifest.schema_
    ids = loaded.signatures["transform"].call(numeric, tokens)["categorical"]
    at = {name: place for place, name in enumerate([*schema.vocabularies, *schema.hashed])}
    missing = [int(count) for count in rules.numbers(numeric).sum(axis=0)]
    unknown = [0] * len(missing)
    for name in schema.categorical:
        column = ids[:, at[name]]
        feature = schema.vocabularies.get(name)
        missing.append(int((column == 0).sum()))
        unknown.append(0 if feature is None else int(((column > 0) & (column < feature.first_token_id)).sum()))
    return len(tokens), np.array(missing, np.int64), np.array(unknown, np.int64)


def _by_name(names: list[str], values: Int64s) -> Iterator[tuple[str, int]]:
    """By feature, and past so many features the rest in one, so that a wide model cannot flood Prometheus."""
    yield from zip(names[:MOST_FEATURES], map(int, values[:MOST_FEATURES]), strict=True)
    if len(names) > MOST_FEATURES:
        yield OTHERS, int(values[MOST_FEATURES:].sum())
