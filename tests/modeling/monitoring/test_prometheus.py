"""Metrics of requests, rows, latencies and loaded versions."""

from __future__ import annotations

from tests.modeling.monitoring.watched import ROWS, answer, call_of, samples

from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.prometheus import PredictMetrics
from modeling.monitoring.service_observer import Watcher
from modeling.serving.loaded_version import LoadedVersion


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
