"""Warnings from a column's own training values."""

from __future__ import annotations

from typing import Any

import pytest
from tests.preprocessing.described import Split, statistics_of
from tests.preprocessing.report.one_column import LABEL, NUMBER, ROWS, TOKEN, WHOLE, noise, only, warnings_of

from contracts.dataset.manifest import RespelledValues
from contracts.schema import Feature, Numeric
from preprocessing.report.column_warnings import column_warnings


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


def test_infinite_values() -> None:
    split: Split = {"x": noise(1), "label": LABEL}
    statistics = statistics_of({"train": split}, {"x": NUMBER}).numeric("x")
    found = only([*column_warnings("x", NUMBER, statistics.model_copy(update={"infinite": 3, "missing": 3}))])
    assert (found.kind, found.numbers) == ("infinite", {"infinite": 3})
    assert "3 training values are infinite" in found.message


@pytest.mark.parametrize(("repeated", "expected"), [(200, ["unique"]), (201, [])])
def test_a_column_is_unique_from_nine_distinct_values_in_ten_on(repeated: int, expected: list[str]) -> None:
    column = [f"t{max(at, repeated)}" for at in range(ROWS)]
    assert len(set(column)) == ROWS - repeated
    assert [warning.kind for warning in warnings_of(column, TOKEN)] == expected


@pytest.mark.parametrize(("rows", "expected"), [(50, ["unique"]), (49, [])])
def test_few_distinct_values_prove_nothing(rows: int, expected: list[str]) -> None:
    column = [f"id-{at}" for at in range(rows)]
    statistics = statistics_of({"train": {"x": column, "label": LABEL[:rows]}}, {"x": TOKEN}).categorical("x")
    assert [warning.kind for warning in column_warnings("x", TOKEN, statistics)] == expected


def test_a_split_without_rows_has_no_warnings() -> None:
    for feature in (NUMBER, TOKEN):
        statistics = statistics_of({"train": {"x": [], "label": []}}, {"x": feature}).splits["train"].features["x"]
        assert [*column_warnings("x", feature, statistics)] == []


def test_large_numbers_that_float32_makes_equal() -> None:
    codes = [36_000_000_000 + 1000 * (at * 7 % 229) for at in range(ROWS)]
    found = only(warnings_of(codes, WHOLE))
    assert (found.kind, found.severity, found.numbers["step"]) == ("equal as float32", "warning", 4096)
    assert "has only 57 numbers, 4,096 apart" in found.message
    amounts = [at * 99_991 % 100_000_000 for at in range(ROWS)]
    assert [one.kind for one in warnings_of(amounts, WHOLE)] == []
    assert [one.kind for one in warnings_of([2000 + at % 20 for at in range(ROWS)], WHOLE)] == []


def test_values_that_were_respelled_are_told_with_examples() -> None:
    respelled = RespelledValues(values=7, examples={"101.0": "101", "True": "true"})
    found = only(warnings_of(["101", "true"] * (ROWS // 2), TOKEN, respelled={"x": respelled}))
    assert (found.kind, found.severity, found.feature) == ("respelled", "note", "x")
    assert "7 values" in found.message
    assert "“101.0” is “101”, “True” is “true”" in found.message
    joined = respelled.model_copy(update={"joined": ["3.1", "3.10"]})
    found = only(warnings_of(["3.1", "3.9"] * (ROWS // 2), TOKEN, respelled={"x": joined}))
    assert (found.severity, "“3.1” and “3.10” are one category" in found.message) == ("warning", True)
    assert "spelling to written" in found.advice
