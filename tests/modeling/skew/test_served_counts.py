"""Counts of served values, in bounded memory, and which logged rows they are of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.modeling.skew.logged import log_rows
from tests.modeling.trained import Trained

from contracts.errors import Conflict
from contracts.messages.skew import SkewRequest
from contracts.storage import Storage
from modeling.monitoring.prediction_log import log_folder
from modeling.repository.versions import VersionManifest
from modeling.skew.compare import skew
from modeling.skew.served_counts import MOST_NUMBERS, ServedNumbers, ServedTokens
from sources.drift.distances import NumberCounts, align_numbers


def test_which_rows_are_compared(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    rows = trained.made.of("train")
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    for hour in range(3):
        log_rows(place, manifest, rows[: 10 * (hour + 1)], at=(noon + timedelta(hours=hour)).timestamp())
    other = manifest.model_copy(update={"job": "of a model of that name, since removed"})
    log_rows(place, other, rows)
    place.write(f"{log_folder('m', 2)}/broken.parquet", b"PAR1")

    def rows_of(**asked: Any) -> int:
        return skew(place, manifest, SkewRequest(**asked)).rows[0]

    assert rows_of() == 60
    assert rows_of(since=noon + timedelta(hours=1)) == 50
    assert rows_of(until=noon + timedelta(hours=1)) == 10
    assert rows_of(since=datetime(2026, 6, 1, 13), until=noon + timedelta(hours=2)) == 20  # noqa: DTZ001  # UTC, then
    with pytest.raises(Conflict, match="TANDEM_PREDICTION_LOG"):
        rows_of(since=noon + timedelta(days=1))


def test_many_different_numbers_are_counted_by_intervals_in_bounded_memory() -> None:
    generator = np.random.default_rng(5)
    served, everything = ServedNumbers(), []
    for _ in range(6):
        values = generator.normal(100, 30, 40_000).astype(np.float32)
        everything.append(values)
        served.add(pa.chunked_array([pa.array(values, pa.float32()), pa.array([None], pa.float32())]))
    assert len(served.counts.keys) <= MOST_NUMBERS
    assert served.counts.shift > 0
    assert (served.counts.counts.sum(), served.missing) == (240_000, 6)
    values, counts = np.unique(np.concatenate(everything).astype(np.float64), return_counts=True)
    exact = NumberCounts.of(values, counts, 0)
    assert align_numbers(served.counts, exact).kolmogorov_smirnov() == 0.0


def test_many_different_tokens_are_counted_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeling.skew.served_counts.MOST_TOKENS", 3)
    served = ServedTokens()
    for at in range(20):
        served.add(
            pa.chunked_array([pa.array([b"often"] * 5 + [b"now and then"] * 2 + [b"%d" % at, None], pa.binary())])
        )
        assert len(served.counts) <= 7
    assert served.ranked()[:2] == [(b"often", 100), (b"now and then", 40)]
    assert (served.total, served.missing) == (160, 20)


def test_tokens_of_lists_are_counted_each() -> None:
    served = ServedTokens("|")
    served.add(pa.chunked_array([pa.array([b"a|b", None, b"[]", b"a|", b"||", b"b|a|a"], pa.binary())]))
    assert served.counts == {b"a": 4, b"b": 2}
    assert (served.total, served.missing) == (6, 1)
