from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from tests.preprocessing.described import Split, manifest_of, statistics_of

from contracts.dataset import LeftOut
from contracts.schema import Categorical, Feature, Hashed, Label, Numeric, Schema, SplitName
from preprocessing.report.data_warning import DataWarning
from preprocessing.report.display_text import shown_text, shown_token
from preprocessing.report.find_warnings import find_warnings
from preprocessing.report.split_drift import cumulative_distance, token_distance

ROWS = 2000
NUMBER, WHOLE, TOKEN = Numeric(dtype="float64"), Numeric(dtype="int64"), Categorical()
LABEL = [float(at % 3 == 0) for at in range(ROWS)]


def warnings_of(
    column: list[Any], feature: Feature, others: Mapping[SplitName, list[Any]] | None = None, **manifest: Any
) -> list[DataWarning]:
    """The warnings about one column, whose training split has every third label positive."""
    splits: dict[Any, Split] = {
        split: {"x": found, "label": LABEL[: len(found)]}
        for split, found in {"train": column, **(others or {})}.items()
    }
    statistics = statistics_of(splits, {"x": feature})
    return find_warnings(manifest_of("d", statistics, {"x": feature}, **manifest), statistics)


def only(found: list[DataWarning]) -> DataWarning:
    assert len(found) == 1, found
    assert found[0].advice
    return found[0]


def noise(seed: int, rows: int = ROWS) -> list[float]:
    return np.random.default_rng(seed).normal(size=rows).tolist()


def tokens(seed: int, rows: int = ROWS, kinds: str = "abcde") -> list[str]:
    return random.Random(seed).choices(kinds, k=rows)


@pytest.mark.parametrize(("make", "feature"), [(noise, NUMBER), (tokens, TOKEN), (tokens, Hashed(buckets=10))])
def test_ordinary_columns_are_not_warned_of(make: Any, feature: Feature) -> None:
    for seed in range(0, 40, 4):
        with_missing = [None if at % 7 == 0 else value for at, value in enumerate(make(seed))]
        others: dict[SplitName, list[Any]] = {"validation": make(seed + 1), "test": make(seed + 2)}
        assert warnings_of(make(seed + 3), feature, others) == []
        assert warnings_of(with_missing, feature) == []


@pytest.mark.parametrize("feature", [NUMBER, TOKEN])
def test_all_missing(feature: Feature) -> None:
    found = only(warnings_of([None] * ROWS, feature))
    assert (found.kind, found.severity, found.feature) == ("all missing", "serious", "x")
    assert "All 2,000" in found.message


def test_mostly_missing() -> None:
    found = only(warnings_of([1.0 * at if at % 20 == 0 else None for at in range(ROWS)], NUMBER))
    assert (found.kind, found.numbers) == ("mostly missing", {"missing_share": 0.95, "count": 100})


@pytest.mark.parametrize(("feature", "value", "said"), [(NUMBER, 7.0, "are 7,"), (TOKEN, "seven", "are “seven”,")])
def test_constant(feature: Feature, value: Any, said: str) -> None:
    found = only(warnings_of([value] * ROWS, feature))
    assert (found.kind, found.severity) == ("constant", "serious")
    assert said in found.message
    partly = only(warnings_of([value if at % 2 else None for at in range(ROWS)], feature))
    assert (partly.kind, partly.severity, partly.numbers["missing"]) == ("constant", "warning", 1000)


@pytest.mark.parametrize(("feature", "usual", "rare"), [(NUMBER, 0.0, 5.0), (TOKEN, "a", "b")])
def test_nearly_constant(feature: Feature, usual: Any, rare: Any) -> None:
    found = only(warnings_of([usual if at % 500 else rare for at in range(ROWS)], feature))
    assert (found.kind, found.severity) == ("nearly constant", "note")
    assert found.numbers == {"share": pytest.approx(0.998)}


def test_unique_tokens_and_row_numbers() -> None:
    found = only(warnings_of([f"id-{at}" for at in range(ROWS)], TOKEN))
    assert (found.kind, found.numbers["distinct"]) == ("unique", ROWS)
    found = only(warnings_of([2.0 * at for at in range(ROWS)], WHOLE))
    assert (found.kind, found.numbers["max"]) == ("row number", 3998.0)
    assert warnings_of([3.0 * at for at in range(ROWS)], WHOLE) == []
    assert warnings_of([2.0 * at for at in range(ROWS)], NUMBER) == []


def test_heavy_tail_unless_it_is_clipped() -> None:
    column = [*noise(1)[:-1], -1e6]
    found = only(warnings_of(column, NUMBER))
    assert found.kind == "heavy tail"
    assert "smallest training value, -1e+06" in found.message
    assert warnings_of(column, Numeric(dtype="float64", clip=[0.01, 0.99])) == []
    assert warnings_of(column, Numeric(dtype="float64", scale="log1p")) == []


def test_invalid_utf8() -> None:
    found = only(warnings_of([b"caf\xe9" if at % 2 else b"tea" for at in range(ROWS)], TOKEN))
    assert (found.kind, found.numbers["share"]) == ("invalid UTF-8", 0.5)


def test_a_column_that_the_label_is_computed_from() -> None:
    label = Label(expression="X > 15 AND y <> 'x'")
    found = only(warnings_of(noise(1), NUMBER, label=label))
    assert (found.kind, found.severity) == ("leakage", "serious")
    assert warnings_of(noise(1), NUMBER, label=Label(expression="`x y` > 15 AND y <> 'x'")) == []


def test_a_column_that_the_label_is_computed_from_by_way_of_others() -> None:
    features: dict[str, Feature] = {"x": NUMBER}
    statistics = statistics_of({"train": {"x": noise(1), "label": LABEL}}, features)
    derive = {"late": "delay > 15", "delay": "X - planned", "other": "x"}
    manifest = manifest_of("d", statistics, features)
    for label, leaks in (("late", True), ("other", True), ("sure", False)):
        schema = Schema(features=features, label=Label(column=label), derive=derive)
        found = find_warnings(manifest.model_copy(update={"schema_": schema}), statistics)
        assert [each.kind for each in found] == (["leakage"] if leaks else [])


@pytest.mark.parametrize(("feature", "value"), [(NUMBER, noise(1)), (TOKEN, tokens(1))])
def test_missing_values_that_know_the_label(feature: Feature, value: list[Any]) -> None:
    found = only(warnings_of([None if late else each for each, late in zip(value, LABEL, strict=True)], feature))
    assert (found.kind, found.severity, found.numbers["correlation"]) == ("leakage", "serious", pytest.approx(1.0))
    partly = [None if late and at % 2 else each for at, (each, late) in enumerate(zip(value, LABEL, strict=True))]
    found = only(warnings_of(partly, feature))
    assert (found.kind, found.severity) == ("leakage", "warning")
    assert 0.5 < found.numbers["correlation"] < 0.95


def test_tokens_that_know_the_label() -> None:
    found = only(warnings_of([("late " if late else "fine ") + str(at % 4) for at, late in enumerate(LABEL)], TOKEN))
    assert (found.kind, found.severity, found.numbers["right"]) == ("leakage", "serious", 1.0)
    mixed = [
        token if at % 10 else "cancelled" if late else token
        for at, (token, late) in enumerate(zip(tokens(1), LABEL, strict=True))
    ]
    found = only(warnings_of(mixed, TOKEN))
    assert (found.kind, found.severity, found.numbers["count"]) == ("leakage", "warning", mixed.count("cancelled"))
    assert "“cancelled”" in found.message


def test_rare_tokens_do_not_look_like_leakage() -> None:
    assert [each.kind for each in warnings_of([f"t{at // 3}" for at in range(ROWS)], TOKEN)] == []


def test_splits_of_other_sizes_than_asked_for() -> None:
    request = {"splits": {"train": 0.8, "validation": 0.1, "test": 0.1}}
    found = warnings_of(noise(1), NUMBER, {"validation": noise(2, 100), "test": []}, request=request)
    assert [(each.kind, each.severity, each.split) for each in found] == [
        ("split size", "serious", "test"),
        ("split size", "warning", "train"),
        ("split size", "warning", "validation"),
    ]
    assert found[2].numbers == {"rows": 100, "asked": 0.1, "share": pytest.approx(100 / 2100)}
    rest = warnings_of(noise(1, 1600), NUMBER, {"validation": noise(2, 200), "test": noise(3, 200)}, request={})
    assert rest == []
    small = warnings_of(noise(1, 400), NUMBER, {"validation": noise(2, 50), "test": noise(3, 50)}, request={})
    assert {(each.kind, each.severity) for each in small} == {("split size", "note")}


def test_missing_values_in_one_split_only() -> None:
    holes = [None if at % 4 == 0 else value for at, value in enumerate(noise(2))]
    found = only(warnings_of(noise(1), NUMBER, {"validation": holes}))
    assert (found.kind, found.split, found.numbers) == (
        "missing skew",
        "validation",
        {"train": 0.0, "validation": 0.25},
    )


def test_label_skew() -> None:
    splits: dict[SplitName, Split] = {
        "train": {"x": noise(1), "label": LABEL},
        "test": {"x": noise(2), "label": [float(at % 2 == 0) for at in range(ROWS)]},
    }
    statistics = statistics_of(splits, {"x": NUMBER})
    found = only(find_warnings(manifest_of("d", statistics, {"x": NUMBER}), statistics))
    assert (found.kind, found.split, found.numbers) == ("label skew", "test", {"train": 667 / 2000, "test": 0.5})


def test_drift_between_splits() -> None:
    found = only(warnings_of(noise(1), NUMBER, {"test": [value + 0.5 for value in noise(2)]}))
    assert (found.kind, found.split) == ("drift between splits", "test")
    assert 0.15 < found.numbers["distance"] < 0.25
    found = only(warnings_of(tokens(1), TOKEN, {"test": tokens(2, kinds="aabcde")}))
    assert (found.kind, found.numbers["distance"]) == ("drift between splits", pytest.approx(2 / 6 - 1 / 5, abs=0.04))
    assert "“a”" in found.message


def test_rejected_rows() -> None:
    found = only(warnings_of(noise(1), NUMBER, left_out=LeftOut(without_label=500, rejected=25)))
    assert (found.kind, found.numbers) == ("rejected rows", {"rejected": 25, "rows": 2525})


def test_the_worst_come_first() -> None:
    splits: dict[SplitName, Split] = {
        "train": {
            "rare": [float(at % 500 == 0) for at in range(ROWS)],
            "empty": [None] * ROWS,
            "label": LABEL,
        }
    }
    features: dict[str, Feature] = {"rare": NUMBER, "empty": NUMBER}
    statistics = statistics_of(splits, features)
    found = find_warnings(manifest_of("d", statistics, features), statistics)
    assert [each.severity for each in found] == ["serious", "note"]


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


@pytest.mark.parametrize(
    ("token", "shown"),
    [(b"a\x00b", "a\\x00b"), ("\u202eevil".encode(), "\\u202eevil"), (b" a ", "' a '"), (b"x" * 500, "x" * 119 + "…")],
)
def test_tokens_are_shown_readably(token: bytes, shown: str) -> None:
    assert shown_token(token) == shown


def test_half_a_surrogate_pair_is_shown() -> None:
    assert shown_text("a\ud800") == "a\\ud800"
