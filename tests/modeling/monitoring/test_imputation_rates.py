"""Shares of imputed and unknown values, from a bounded sample of what is served."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.modeling.made import SCHEMA
from tests.modeling.monitoring.watched import NAMES, ROWS, answer, call_of, samples
from tests.processes import wait_until

from modeling.monitoring import imputation_rates
from modeling.monitoring.imputation_rates import FeatureShares
from modeling.monitoring.prometheus import PredictMetrics
from modeling.monitoring.service_observer import Watcher
from modeling.serving.loaded_version import LoadedVersion


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


def test_another_version_under_the_same_number_begins_at_nothing(loaded: LoadedVersion) -> None:
    """Its features may be others, whose counts cannot be added to those of the version that it replaced."""
    shares = FeatureShares()
    shares.offer(loaded, call_of(ROWS))
    shares.count()
    shares._counts["m", 2].imputed["a feature that only the earlier one had"] = 1
    successor = replace(loaded, manifest=loaded.manifest.model_copy(update={"job": "another"}))
    shares.offer(successor, call_of(ROWS[:1]))
    shares.count()
    counted = shares._counts["m", 2]
    assert (counted.rows, sorted(counted.imputed)) == (1, sorted(NAMES))


def test_counting_is_bounded_however_much_is_served(loaded: LoadedVersion) -> None:
    shares = FeatureShares()
    for _ in range(2000):
        shares.offer(loaded, call_of(ROWS[:1]))
    shares.offer(loaded, call_of(ROWS * 5000))
    assert len(shares._samples) == imputation_rates.ROWS
    assert all(values.rows <= 16 for _, values in shares._samples)
    assert all(part.base is None or len(part.base) <= 16 for _, values in shares._samples for part in values.matrices)
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


def test_a_thread_that_was_interrupted_counts_on(monkeypatch: pytest.MonkeyPatch, loaded: LoadedVersion) -> None:
    monkeypatch.setattr(imputation_rates, "_SECONDS", 0.01)
    shares = FeatureShares()
    asked: list[None] = []

    def exit_once() -> None:
        asked.append(None)
        if len(asked) == 1:
            raise SystemExit

    shares.thread._pause_seconds = 0.05
    shares.start(exit_once)
    wait_until(lambda: shares.thread.health == "feature-shares: SystemExit")
    shares.offer(loaded, call_of(ROWS))
    wait_until(lambda: len(asked) > 1 and shares.thread.health is None)
    wait_until(lambda: ("m", 2) in shares._counts)
    shares.close()
    assert shares._counts["m", 2].rows == 3
