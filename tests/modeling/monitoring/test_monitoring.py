"""Metrics, shares and the log, of real predictions by a real version."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs
from tests.modeling.made import SCHEMA
from tests.modeling.served import served
from tests.modeling.trained import Trained

from contracts.storage import Storage
from modeling.feature_kinds.raw_values import RawValues
from modeling.monitoring import imputation_rates, prediction_log
from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.logged_rows import meaning_of
from modeling.monitoring.prediction_log import FOLDER, LogRules, PredictionLog, log_folder, remove_oldest
from modeling.monitoring.prometheus import PredictMetrics
from modeling.monitoring.service_observer import Watcher
from modeling.serving.inference_request import Call, Reply
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.predictor import Predictor
from modeling.settings import ModelingSettings

NAMES = [*SCHEMA.numeric, *SCHEMA.categorical]


@pytest.fixture(scope="module")
def predictor(trained: Trained) -> Iterator[Predictor]:
    with served(trained.storage) as predictor:
        yield predictor


@pytest.fixture
def loaded(predictor: Predictor) -> LoadedVersion:
    return predictor.registry.get("m")


def call_of(rows: list[dict[str, Any]], signature: str = "serving_default") -> Call:
    numeric = np.array([[row.get(name, np.nan) for name in SCHEMA.numeric] for row in rows], np.float32)
    tokens = np.array([[row.get(name, b"") for name in SCHEMA.categorical] for row in rows], object)
    values = RawValues(numeric.reshape(len(rows), len(SCHEMA.numeric)), tokens)
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


def test_imputed_and_unknown_values_are_counted_as_the_graph_takes_them(loaded: LoadedVersion) -> None:
    shares = FeatureShares()
    metrics = PredictMetrics(lambda: [("m", 2)], shares)
    answer(Watcher(metrics, shares, None), loaded, call_of(ROWS))
    shares.count()
    found = samples(metrics)
    own = ("m", "2")
    assert found["tandem_predict_sampled_rows_total", *own] == 3
    imputed = {name: found["tandem_predict_imputed_values_total", *own, name] for name in NAMES}
    assert imputed == {
        "distance km": 2,
        "class": 2,
        "constant": 3,
        "all:missing": 3,
        "carrier/日本": 2,
        "origin": 0,
        "always": 3,
    }
    unknown = {name: found["tandem_predict_out_of_vocabulary_values_total", *own, name] for name in SCHEMA.vocabularies}
    assert unknown == {"carrier/日本": 0, "origin": 2, "always": 0}


def test_requests_rows_latencies_and_batches(loaded: LoadedVersion) -> None:
    shares = FeatureShares()
    metrics = PredictMetrics(lambda: [("m", 2), ("other", 1)], shares)
    metrics.unfinished = lambda: 7
    watcher = Watcher(metrics, shares, None)
    answer(watcher, loaded, call_of(ROWS))
    answer(watcher, loaded, call_of(ROWS[:1]))
    found = samples(metrics)
    own = ("m", "2")
    assert found["tandem_predict_requests_total", *own] == 2
    assert found["tandem_predict_rows_total", *own] == 4
    assert found["tandem_predict_seconds_count", *own] == 2
    assert found["tandem_predict_seconds_bucket", *own, "0.005"] == 2
    assert found["tandem_predict_seconds_bucket", *own, "0.0025"] == 0
    assert found["tandem_predict_batch_rows_bucket", *own, "1.0"] == 1
    assert found["tandem_predict_batch_rows_sum", *own] == 4
    assert found["tandem_predict_unfinished",] == 7
    assert found["tandem_model_versions_loaded", *own] == found["tandem_model_versions_loaded", "other", "1"] == 1


def test_an_unloaded_versions_series_go_and_nothing_holds_on_to_it(loaded: LoadedVersion) -> None:
    shares = FeatureShares()
    present = [("m", 2)]
    metrics = PredictMetrics(lambda: present, shares)
    answer(Watcher(metrics, shares, None), loaded, call_of(ROWS))
    shares.count()
    assert ("tandem_predict_requests_total", "m", "2") in samples(metrics)
    present.clear()
    assert not [key for key in samples(metrics) if "m" in key]
    assert not [each for each in vars(shares).values() if each is loaded or (isinstance(each, (list, dict)) and each)]


def test_counting_is_bounded_however_much_is_served(loaded: LoadedVersion) -> None:
    shares = FeatureShares()
    for _ in range(2000):
        shares.offer(loaded, call_of(ROWS[:1]))
    shares.offer(loaded, call_of(ROWS * 5000))
    assert len(shares._samples) == imputation_rates.ROWS
    assert all(values.rows <= 16 for _, values in shares._samples)
    assert all(part.base is None or len(part.base) <= 16 for _, values in shares._samples for part in values)
    shares.count()
    counted = shares._counts["m", 2].rows
    assert imputation_rates.ROWS <= counted <= imputation_rates.ROWS + 16
    assert shares._samples == []


def test_each_request_has_the_same_chance(loaded: LoadedVersion) -> None:
    late = 0
    for _ in range(40):
        shares = FeatureShares()
        for at in range(1024):
            shares.offer(loaded, call_of([{"class": float(at >= 512)}]))
        late += sum(int(values.numeric[0, 1]) for _, values in shares._samples)
    expected, deviation = 40 * 128, np.sqrt(40 * 256 * 0.25 * 0.75)
    assert abs(late - expected) < 5 * deviation


def test_a_wide_model_has_a_bounded_number_of_series(monkeypatch: pytest.MonkeyPatch, loaded: LoadedVersion) -> None:
    monkeypatch.setattr(imputation_rates, "MOST_FEATURES", 2)
    shares = FeatureShares()
    metrics = PredictMetrics(lambda: [("m", 2)], shares)
    shares.offer(loaded, call_of(ROWS))
    shares.count()
    found = {
        key[3]: value for key, value in samples(metrics).items() if key[0] == "tandem_predict_imputed_values_total"
    }
    assert found == {"distance km": 2, "class": 2, "(others)": 3 + 3 + 2 + 0 + 3}


def test_what_cannot_be_watched_is_predicted_all_the_same(loaded: LoadedVersion) -> None:
    class Broken(FeatureShares):
        def offer(self, loaded: LoadedVersion, call: Call) -> None:
            raise ZeroDivisionError

    metrics = PredictMetrics(lambda: [("m", 2)], FeatureShares())
    answer(Watcher(metrics, Broken(), None), loaded, call_of(ROWS))
    assert samples(metrics)["tandem_predict_requests_total", "m", "2"] == 1


def test_watching_costs_a_request_microseconds(loaded: LoadedVersion) -> None:
    shares = FeatureShares()
    watcher = Watcher(PredictMetrics(lambda: [("m", 2)], shares), shares, None)
    call, outputs = call_of(ROWS[:1]), {"predictions": np.zeros(1, np.float32)}
    best = float("inf")
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(200):
            watcher.computed(loaded, "serving_default", 1, 0.001)
            watcher.answered(loaded, call, outputs, 0.001)
        best = min(best, (time.perf_counter() - began) / 200)
    assert best < 50e-6


# --- the log


@contextmanager
def logging(storage: Storage, **rules: Any) -> Generator[tuple[PredictionLog, Watcher]]:
    given: dict[str, Any] = {"share": 1.0, "seconds": 3600.0, **rules}
    log = PredictionLog(storage, LogRules(**given))
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


def test_rows_come_back_as_they_were_with_what_was_predicted(storage: Storage, loaded: LoadedVersion) -> None:
    before = datetime.now(UTC)
    with logging(storage) as (log, watcher):
        call = call_of(ROWS)
        answer(watcher, loaded, call)
        log.flush()
        (path,) = files(storage)
    table = read(storage, path)
    assert table.column_names == ["tandem_time", *NAMES, "tandem_predictions"]
    assert table["distance km"].to_pylist() == [1200.0, None, None]
    assert table["carrier/日本"].to_pylist() == [b"null", None, None]
    assert table["origin"].to_pylist() == [b"origin 1", b"origin 6", b"brand new"]
    expected = loaded.signatures["serving_default"].call(*call.values)["predictions"]
    assert table["tandem_predictions"].to_pylist() == expected.tolist()
    assert all(before <= moment <= datetime.now(UTC) for moment in table["tandem_time"].to_pylist())
    with storage.open_input(path) as stream:
        meaning = meaning_of(pq.ParquetFile(stream))
    assert (meaning["model"], meaning["version"], meaning["job"]) == ("m", 2, loaded.manifest.job)


def test_redacted_features_are_nowhere_in_the_file(storage: Storage, loaded: LoadedVersion) -> None:
    with logging(storage, redacted=frozenset({"origin", "m.class", "other.always"})) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
    (path,) = files(storage)
    assert set(NAMES) - set(read(storage, path).column_names) == {"origin", "class"}
    assert b"brand new" not in storage.read(path)


def test_names_that_are_left_out_may_hold_commas_and_misspelled_ones_are_told(
    storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, names in (("a, m.b,", ["a", "m.b"]), ('["a, b", " c"]', ["a, b", " c"])):
        monkeypatch.setenv("TANDEM_PREDICTION_LOG_REDACTED", text)
        assert ModelingSettings().prediction_log_redacted == names
    with capture_logs() as said, logging(storage, redacted=frozenset({"orgin", "m.origin", "class"})) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
    assert [each["names"] for each in said if "names" in each] == [["orgin"]]


def test_a_share_of_the_rows_is_drawn(storage: Storage, loaded: LoadedVersion) -> None:
    call = call_of([{"class": float(at)} for at in range(4000)])
    with logging(storage, share=0.25) as (_, watcher):
        answer(watcher, loaded, call)
        for _ in range(400):
            answer(watcher, loaded, call_of(ROWS[:1]))
    table = read(storage, files(storage)[0])
    many = [value for value in table["class"].to_pylist() if value != 3.0]
    assert abs(len(many) - 1000) < 150
    assert len(set(many)) == len(many)
    assert abs(table.num_rows - len(many) - 100) < 60


def test_a_file_is_made_of_held_rows_when_it_is_time(storage: Storage, loaded: LoadedVersion) -> None:
    with logging(storage, seconds=0.05) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
        wait_for(lambda: len(files(storage)) == 1)
        answer(watcher, loaded, call_of(ROWS))
        wait_for(lambda: len(files(storage)) == 2)


def test_memory_is_bounded_where_storage_stands_still(
    storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_log, "MOST_ROWS", 100)
    stuck, go_on = threading.Event(), threading.Event()
    real = Storage.publish

    def publish(self: Storage, path: str, data: bytes) -> None:
        stuck.set()
        go_on.wait(20)
        real(self, path, data)

    monkeypatch.setattr(Storage, "publish", publish)
    with logging(storage) as (log, watcher):
        answer(watcher, loaded, call_of(ROWS * 20))  # half full: it is to be written now
        assert stuck.wait(20)
        began = time.perf_counter()
        for _ in range(100):
            answer(watcher, loaded, call_of(ROWS * 10))
        assert time.perf_counter() - began < 10
        assert log._rows <= 100
        go_on.set()
    found = samples(log)
    assert found["tandem_prediction_log_rows_total", "written"] == 60 + 90
    assert found["tandem_prediction_log_rows_total", "lost"] == 3000 - 90


def test_storage_that_fails_ends_nothing(
    storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail = True
    real = Storage.publish

    def publish(self: Storage, path: str, data: bytes) -> None:
        if fail:
            raise OSError("no space left on device")
        real(self, path, data)

    monkeypatch.setattr(Storage, "publish", publish)
    with logging(storage) as (log, watcher):
        answer(watcher, loaded, call_of(ROWS))
        log.flush()
        assert files(storage) == []
        fail = False
        answer(watcher, loaded, call_of(ROWS))
        log.flush()
        assert len(files(storage)) == 1
    assert samples(log)["tandem_prediction_log_rows_total", "lost"] == 3


def test_the_oldest_files_go_first(storage: Storage) -> None:
    for name in ("20260101T000000.000000Z-a", "20260301T000000.000000Z-c", "20260201T000000.000000Z-b"):
        storage.write(f"{FOLDER}/{name[-1]}/1/{name}.parquet", bytes(100))
    storage.write(f"{FOLDER}/a/1/.20260101T000000.000000Z-a.parquet.left", bytes(100))
    remove_oldest(storage, 250)
    assert list(storage.sizes(FOLDER)) == [
        f"{FOLDER}/b/1/20260201T000000.000000Z-b.parquet",
        f"{FOLDER}/c/1/20260301T000000.000000Z-c.parquet",
    ]
    remove_oldest(storage, 250)
    assert len(storage.sizes(FOLDER)) == 2
    remove_oldest(Storage(f"{storage.uri}/nowhere"), 1)


def test_each_version_has_files_of_its_own(storage: Storage, loaded: LoadedVersion) -> None:
    other = replace(loaded, manifest=loaded.manifest.model_copy(update={"version": 9}))
    with logging(storage) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
        answer(watcher, other, call_of(ROWS[:1]))
    assert len(files(storage)) == 1
    assert read(storage, next(iter(storage.sizes(log_folder("m", 9))))).num_rows == 1


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
