"""Requests to a loaded version, watched, and the metrics and files that come of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tests.modeling.made import SCHEMA

from contracts.storage import Storage
from modeling.feature_kinds.raw_values import RawValues
from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.prediction_log import LogRules, PredictionLog, log_folder
from modeling.monitoring.prometheus import PredictMetrics
from modeling.monitoring.service_observer import Watcher
from modeling.serving.inference_request import Call, Reply
from modeling.serving.loaded_version import LoadedVersion

NAMES = [*SCHEMA.number_columns, *SCHEMA.token_columns]


def call_of(rows: list[dict[str, Any]], signature: str = "serving_default") -> Call:
    numeric = np.array([[row.get(name, np.nan) for name in SCHEMA.number_columns] for row in rows], np.float32)
    tokens = np.array([[row.get(name, b"") for name in SCHEMA.token_columns] for row in rows], object)
    values = RawValues(numeric.reshape(len(rows), len(SCHEMA.number_columns)), tokens)
    return Call(signature, values, lambda _: Reply(b"", 1))


def answer(watcher: Watcher, loaded: LoadedVersion, call: Call) -> None:
    outputs = loaded.signatures[call.signature].call(*call.values)
    watcher.computed(loaded, call.signature, call.values.rows, 0.002)
    watcher.answered(loaded, call, outputs, 0.004)


def samples(*collectors: Any) -> dict[tuple[str, ...], float]:
    """By name and the labels' values, in this order."""
    order = ("model", "version", "feature", "outcome", "le")
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    text = generate_latest(registry).decode()
    return {
        (sample.name, *(sample.labels[name] for name in order if name in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


ROWS = [
    {"distance km": 1200.0, "class": 3.0, "carrier/日本": b"null", "origin": b"origin 1"},
    {"distance km": np.inf, "carrier/日本": b"NA", "origin": b"origin 6"},
    {"origin": b"brand new"},
]


@contextmanager
def logging(
    storage: Storage, away: Callable[[], str | None] = lambda: None, **rules: Any
) -> Generator[tuple[PredictionLog, Watcher]]:
    given: dict[str, Any] = {"share": 1.0, "seconds": 3600.0, **rules}
    log = PredictionLog(storage, LogRules(**given), away)
    shares = FeatureShares()
    watcher = Watcher(PredictMetrics(lambda: [("m", 2)], shares), shares, log)
    log.start()
    try:
        yield log, watcher
    finally:
        log.close()


def files(storage: Storage) -> list[str]:
    return [f"{log_folder('m', 2)}/{name}" for name in storage.files(log_folder("m", 2))]


def read(storage: Storage, path: str) -> Any:
    return pq.read_table(io.BytesIO(storage.read(path)))
