"""Drift of one column: its measures, what exceeds a limit, and the tokens that only one side has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from contracts.messages.comparisons import FeatureThresholds
from sources.drift.distances import NumberCounts, align_tokens, distances
from sources.drift.feature_drift import TOP, TokenCounts, categorical_drift, judged, numeric_drift, with_the_rest

SHARES = (0.25, 0.5)


def tokens(counts: dict[bytes, int], total: int | None = None) -> TokenCounts:
    """Tokens whose keys are their text, as a number."""
    keys = [int.from_bytes(token.ljust(8, b"\0")[:8]) for token in counts]
    values = np.array([*counts.values()], np.int64)
    return TokenCounts(
        pa.array([*counts], pa.binary()),
        values,
        int(values.sum()) if total is None else total,
        np.array(keys, np.uint64),
    )


def numbers(counts: dict[float, int]) -> NumberCounts:
    return NumberCounts.of(np.array([*counts], np.float64), np.array([*counts.values()], np.int64), 0)


def test_numbers_drift_by_their_bins() -> None:
    drift = numeric_drift("a", numbers({1.0: 1, 2.5: 3}), numbers({1.0: 3, 2.5: 1}), SHARES)
    assert (drift.l_infinity, drift.l_infinity_at, drift.kolmogorov_smirnov) == (0.5, "[1, 2.5)", 0.5)
    assert (drift.missing_share, drift.exceeded, drift.kind) == ([0.25, 0.5], [], "numeric")
    assert numeric_drift("a", numbers({7.0: 1}), numbers({3.0: 1, 7.0: 0}), SHARES).l_infinity_at == "[3, 7)"
    assert numeric_drift("a", numbers({3.0: 2, 7.0: 8}), numbers({3.0: 9, 5.0: 1}), SHARES).l_infinity_at == "from 7"


@pytest.mark.parametrize(("here", "there"), [(None, numbers({1.0: 1})), (numbers({1.0: 1}), None), (None, None)])
def test_where_no_counts_were_stored_only_missing_values_are_compared(
    here: NumberCounts | None, there: NumberCounts | None
) -> None:
    drift = numeric_drift("a", here, there, SHARES)
    assert (drift.l_infinity, drift.jensen_shannon, drift.kolmogorov_smirnov) == (None, None, None)
    assert judged(drift, FeatureThresholds(missing_share=0.2)).exceeded == ["missing_share"]


def test_a_column_without_values_has_no_measure() -> None:
    drift = numeric_drift("a", numbers({}), numbers({1.0: 1}), (1.0, 0.0))
    assert (drift.l_infinity, drift.l_infinity_at, drift.kolmogorov_smirnov) == (None, None, None)


def test_new_and_vanished_tokens_are_listed_by_frequency() -> None:
    drift = categorical_drift("a", tokens({b"x": 5, b"y": 3, b"\xff": 2}), tokens({b"x": 5, b"old": 15}), SHARES)
    assert drift.new is not None
    assert (drift.new.count, drift.new.share) == (2, 0.5)
    assert [(token.token, token.text, token.count) for token in drift.new.top] == [(b"y", "y", 3), (b"\xff", "�", 2)]
    assert drift.vanished is not None
    assert [(token.text, token.count) for token in drift.vanished.top] == [("old", 15)]
    assert (drift.l_infinity, drift.l_infinity_at, drift.complete) == (0.75, "old", True)


def test_no_more_than_the_most_frequent_are_listed() -> None:
    many = {b"t%03d" % number: 1000 - number for number in range(TOP + 5)}
    drift = categorical_drift("a", tokens(many), tokens({}), SHARES)
    assert drift.new is not None
    assert (drift.new.count, len(drift.new.top)) == (TOP + 5, TOP)
    assert drift.new.top[0].text == "t000"
    assert drift.vanished is not None
    assert (drift.vanished.count, drift.vanished.share, drift.l_infinity_at) == (0, None, None)


def test_tokens_that_were_not_stored_are_compared_as_one() -> None:
    few, many = tokens({b"a": 500}, total=1000), tokens({b"c": 20, b"a": 50, b"b": 30})
    for here, there in ((few, many), (many, few)):
        drift = categorical_drift("a", here, there, SHARES)
        assert (drift.l_infinity, drift.jensen_shannon, drift.complete) == (0.0, 0.0, False)
    aligned = align_tokens(few.keys, few.counts, many.keys, many.counts)
    assert distances(*with_the_rest(aligned, [0, 0])).l_infinity == 0.5
    more = categorical_drift("a", tokens({b"a": 1}, total=10), tokens({b"a": 9}, total=10), SHARES)
    assert (more.l_infinity, more.l_infinity_at) == (0.8, "a")
    assert categorical_drift("a", tokens({}, total=5), tokens({b"a": 5}), SHARES).l_infinity_at == "a"


def test_a_limit_is_exceeded_only_past_it() -> None:
    drift = categorical_drift("a", tokens({b"x": 1, b"y": 1}), tokens({b"x": 1}), SHARES)
    assert drift.l_infinity == 0.5
    at = FeatureThresholds(l_infinity=0.5, jensen_shannon=drift.jensen_shannon, missing_share=0.25)
    assert judged(drift, at).exceeded == []
    assert judged(drift, FeatureThresholds(l_infinity=0.49, jensen_shannon=0.1, missing_share=0.2)).exceeded == [
        "l_infinity",
        "jensen_shannon",
        "missing_share",
    ]
    assert judged(drift, FeatureThresholds()).exceeded == []
    empty = drift.model_copy(update={"missing_share": [None, 1.0], "l_infinity": None})
    assert judged(empty, FeatureThresholds(l_infinity=0.0, missing_share=0.0)).exceeded == []
