"""The observer of a running service: it fails no prediction, and costs microseconds."""

from __future__ import annotations

import time

import numpy as np
from tests.modeling.monitoring.watched import ROWS, answer, call_of, samples

from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.prometheus import PredictMetrics
from modeling.monitoring.service_observer import Watcher
from modeling.serving.inference_request import Call
from modeling.serving.loaded_version import LoadedVersion


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
