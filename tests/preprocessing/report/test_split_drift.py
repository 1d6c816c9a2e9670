"""Drift between splits: the distances of tokens and numbers, and the warnings from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.preprocessing.described import Split, statistics_of
from tests.preprocessing.report.one_column import LABEL, NUMBER, ROWS, TOKEN, noise, only, tokens, warnings_of

from contracts.schema import SplitName
from contracts.statistics import Quantiles
from preprocessing.report.split_drift import cumulative_distance, split_drift_warnings, token_distance


def test_drift_between_splits() -> None:
    found = only(warnings_of(noise(1), NUMBER, {"test": [value + 0.5 for value in noise(2)]}))
    assert (found.kind, found.split) == ("drift between splits", "test")
    assert 0.15 < found.numbers["distance"] < 0.25
    found = only(warnings_of(tokens(1), TOKEN, {"test": tokens(2, kinds="aabcde")}))
    assert (found.kind, found.numbers["distance"]) == ("drift between splits", pytest.approx(2 / 6 - 1 / 5, abs=0.04))
    assert "“a”" in found.message


@pytest.mark.parametrize("seed", range(5))
def test_the_distance_of_numbers_is_smirnovs(seed: int) -> None:
    random_state = np.random.default_rng(seed)
    first, second = random_state.normal(size=3000).round(1), random_state.gamma(2, size=2000).round(1)
    places = np.union1d(first, second)
    exact = max(abs((first <= place).mean() - (second <= place).mean()) for place in places)
    splits: dict[SplitName, Split] = {
        "train": {"x": first.tolist(), "label": [0.0] * 3000},
        "test": {"x": second.tolist(), "label": [0.0] * 2000},
    }
    statistics = statistics_of(splits, {"x": NUMBER})
    quantiles = [statistics.numeric("x", split).quantiles for split in splits]
    assert quantiles[0] is not None
    assert quantiles[1] is not None
    assert cumulative_distance(quantiles[0], quantiles[1])[0] == pytest.approx(exact, abs=0.02)
    assert cumulative_distance(quantiles[0], quantiles[0])[0] == 0.0


def test_the_distance_of_tokens_never_counts_what_is_not_known() -> None:
    many = [f"t{at % 50:02d}" for at in range(ROWS)]
    splits: dict[Any, Split] = {
        split: {"x": column, "label": [0.0] * ROWS}
        for split, column in {"train": many, "test": many[::-1], "validation": [*many[:-400], *["t49"] * 400]}.items()
    }
    statistics = statistics_of(splits, {"x": TOKEN})
    train, test, validation = (statistics.categorical("x", split) for split in splits)
    assert token_distance(train, test)[0] == 0.0
    distance, token = token_distance(train, validation)
    assert token == b"t49"
    assert distance == pytest.approx((32 + 400) / ROWS - 40 / ROWS)


def test_what_is_empty_or_without_quantiles_does_not_drift() -> None:
    train = statistics_of({"train": {"x": noise(1), "label": LABEL}}, {"x": NUMBER}).numeric("x")
    empty = train.model_copy(update={"count": 0})
    older = train.model_copy(update={"quantiles": None, "mean": 100.0})
    for other in (empty, older):
        assert [*split_drift_warnings("x", {"train": train, "test": other})] == []
        assert [*split_drift_warnings("x", {"train": other, "test": train})] == []


def test_values_apart_by_more_than_the_largest_double_have_a_distance() -> None:
    low = Quantiles(probabilities=[0.0, 1.0], values=[-1.7e308, 1.7e308])
    high = Quantiles(probabilities=[0.0, 1.0], values=[1.7e308, 1.7e308])
    assert cumulative_distance(low, high) == (1.0, 1.7e308)
    assert cumulative_distance(high, low)[0] == 1.0


def test_few_rows_drift_by_chance() -> None:
    train = statistics_of({"train": {"x": noise(1), "label": LABEL}}, {"x": NUMBER}).numeric("x")
    for rows, expected in ((30, 0), (ROWS, 1)):
        split: Split = {"x": [value + 0.3 for value in noise(2, rows)], "label": LABEL[:rows]}
        other = statistics_of({"test": split}, {"x": NUMBER}).numeric("x", "test")
        assert len([*split_drift_warnings("x", {"train": train, "test": other})]) == expected
