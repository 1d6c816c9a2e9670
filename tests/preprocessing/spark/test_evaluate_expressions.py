"""Expressions over the ranges of a source: staged values of every row, in the order of the file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.errors import InvalidData, InvalidRequest, TandemError, UnusableLabel
from preprocessing.assignment.evaluated_values import Evaluated, read_evaluated
from preprocessing.assignment.work import Work
from preprocessing.spark.evaluate_expressions import Expressions, evaluate
from preprocessing.sql_names import quoted
from preprocessing.work_plan import plan_expressions

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TEXT = "n,w,a`b\n1,one,0.5\n2,,\n,three,2.5\n4,four,-1\n"


def evaluated(spark: SparkSession, root: Path, **body: Any) -> tuple[Work, list[Evaluated]]:
    request, work = planned_work(root, TEXT, **body)
    evaluate(spark, work, plan_expressions(request, work), lambda parts: None)
    return work, [read_evaluated(work.folder, part) for part in range(len(work.plan.ranges))]


def test_every_value_is_staged_range_by_range(spark: SparkSession, tmp_path: Path) -> None:
    body: dict[str, Any] = {
        "label": {"expression": "n > 1"},
        "filter": "w IS NOT NULL",
        "derive": {"v": "`a``b` + 1"},
        "weight": "v",
    }
    work, parts = evaluated(spark, tmp_path, partitions=2, **body)
    assert len(parts) == 2
    assert sum(part.rows for part in parts) == 4
    values: Any = parts
    labels, keep, weights = (
        np.concatenate([getattr(part, name) for part in values]) for name in ("label", "keep", "weight")
    )
    np.testing.assert_array_equal(keep, [1, 0, 1, 1])
    np.testing.assert_array_equal(labels, [0, np.nan, np.nan, 1])
    np.testing.assert_array_equal(weights, [1.5, np.nan, 3.5, 0])
    assert len(work.folder.files.files(work.folder.done)) == 2


def test_a_filter_alone_stages_nothing_else(spark: SparkSession, tmp_path: Path) -> None:
    _, (part,) = evaluated(spark, tmp_path, label={"column": "n"}, filter="w > 'g'")
    assert part.label is None
    assert part.weight is None
    assert part.keep is not None
    assert part.keep.tolist() == [1, 0, 1, 0]  # not true for null either


def test_classes_are_text(spark: SparkSession, tmp_path: Path) -> None:
    label = {"expression": "n % 2", "kind": "multiclass"}
    values: Any = evaluated(spark, tmp_path, label=label)[1][0].label
    assert values.to_pylist() == [b"1", b"0", None, b"0"]


def test_a_label_may_be_a_derived_number(spark: SparkSession, tmp_path: Path) -> None:
    body = {"derive": {"half": "n / 2"}, "label": {"column": "half", "kind": "regression"}}
    np.testing.assert_array_equal(evaluated(spark, tmp_path, **body)[1][0].label, [0.5, 1, np.nan, 2])


def test_a_decimal_is_the_nearest_double_and_as_a_category_exact(spark: SparkSession, tmp_path: Path) -> None:
    prices = ["90.21", "-817.42", "6.81", "1000.50", None]
    accounts = [10**18 + row for row in range(5)]
    table = pa.table(
        {
            "price": pa.array([None if price is None else Decimal(price) for price in prices], pa.decimal128(10, 2)),
            "account": pa.array([Decimal(account) for account in accounts], pa.decimal128(38, 0)),
        }
    )
    pq.write_table(table, tmp_path / "d.parquet")
    body: dict[str, Any] = {
        "source": {"format": "parquet", "uris": ["d.parquet"]},
        "partitions": 1,
        "features": {"account": {"kind": "categorical"}},
        "label": {"expression": "price IN (90.21D, -817.42D, 6.81D, 1000.5D)"},
        "filter": f"account != '{accounts[3]}'",
        "derive": {"twice": "2 * price"},
        "weight": "twice",
    }
    _, (part,) = evaluated(spark, tmp_path, **body)
    values: Any = part
    np.testing.assert_array_equal(values.keep, [1, 1, 1, 0, 1])
    np.testing.assert_array_equal(values.label, [1, 1, 1, np.nan, np.nan])
    np.testing.assert_array_equal(values.weight, [2 * 90.21, 2 * -817.42, 2 * 6.81, np.nan, np.nan])


N: dict[str, Any] = {"label": {"column": "n"}}
IS_LARGE: dict[str, Any] = {"label": {"expression": "n > 1"}}
LABEL = "/label/expression"

BAD: dict[str, tuple[dict[str, Any], type[TandemError], str, str]] = {
    "label of no column": ({"label": {"expression": "1 > 0"}}, InvalidRequest, "Its columns: n, w, a`b", LABEL),
    "filter of no column": ({**N, "filter": "true"}, InvalidRequest, "names no column of the source", "/filter"),
    "label of text": (
        {"label": {"expression": "w"}},
        InvalidRequest,
        "label's expression must be a boolean or a number. Received: string",
        LABEL,
    ),
    "filter of numbers": (
        {**IS_LARGE, "filter": "n"},
        InvalidRequest,
        "filter must be a boolean. Received: long",
        "/filter",
    ),
    "weight of text": (
        {**N, "derive": {"v": "w"}, "weight": "v"},
        InvalidRequest,
        "the weight must be a number. Received: string",
        "/weight",
    ),
    "filter with chance": ({**N, "filter": "rand() < n"}, InvalidRequest, "filter must be deterministic", "/filter"),
    "filter with a subquery": (
        {**N, "filter": "n > (SELECT 1)"},
        InvalidRequest,
        "filter must hold no subquery",
        "/filter",
    ),
    "filter of an unknown column": ({**N, "filter": "z > n"}, InvalidRequest, "filter is not valid.*`z`", "/filter"),
    "derived from itself": (
        {**N, "derive": {"m": "m + n"}, "weight": "m"},
        InvalidRequest,
        "derived column 'm' is not valid.*`m`",
        "/derive/m",
    ),
    "derived by Java": (
        {**N, "derive": {"v": "length(reflect('java.lang.System', 'getenv', w))"}, "weight": "v"},
        InvalidRequest,
        "derived column 'v' must be deterministic",
        "/derive/v",
    ),
    "window": (
        {**N, "derive": {"v": "row_number() OVER (ORDER BY n)"}, "weight": "v"},
        InvalidRequest,
        "derived column 'v' must look at one row at a time. Received: a window",
        "/derive/v",
    ),
    "aggregate": (
        {**N, "derive": {"v": "sum(n)"}, "weight": "v"},
        InvalidRequest,
        "derived column 'v' must look at one row",
        "/derive/v",
    ),
    "other label": ({"label": {"expression": "n"}}, UnusableLabel, "must be 0 or 1.* Received: 2", LABEL),
    "label that fails": (
        {"label": {"expression": "cast(w AS int)"}},
        InvalidData,
        "^the label's expression failed: .*CAST_INVALID_INPUT",
        LABEL,
    ),
    "filter that fails": (
        {**IS_LARGE, "filter": "cast(w AS int) > 0"},
        InvalidData,
        "^the filter failed: .*CAST_INVALID_INPUT",
        "/filter",
    ),
    "filter that divides by zero": (
        {**N, "filter": "1 / (n - 1) > 0"},
        InvalidData,
        "^the filter failed: .*DIVIDE_BY_ZERO",
        "/filter",
    ),
    "derived column that is no number": (
        {**N, "derive": {"v": "cast(w AS int)"}, "weight": "v"},
        InvalidData,
        "^derived column 'v' failed: .*CAST_INVALID_INPUT",
        "/derive/v",
    ),
    "derived column that fails": (
        {**IS_LARGE, "derive": {"v": "n / (n - 1)"}, "weight": "v"},
        InvalidData,
        "^derived column 'v' failed: .*DIVIDE_BY_ZERO",
        "/derive/v",
    ),
}


@pytest.mark.parametrize(("body", "kind", "words", "pointer"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_named(
    spark: SparkSession, tmp_path: Path, body: dict[str, Any], kind: type[TandemError], words: str, pointer: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        evaluated(spark, tmp_path, **body)
    assert caught.value.pointer == pointer
    assert "\n" not in str(caught.value)


def test_values_are_listed_in_the_order_of_their_columns() -> None:
    def expressions(**given: str) -> Expressions:
        all_: dict[str, Any] = {"filter": None, "label": None, "weight": None, **given}
        return Expressions(columns=[], derive={}, label_pointer="", label_kind="binary", **all_)

    assert expressions().values == []
    assert expressions(weight="w", filter="f").values == ["keep", "weight"]
    assert expressions(weight="w", filter="f", label="l").values == ["label", "keep", "weight"]


def test_a_quoted_name_may_hold_backticks() -> None:
    assert quoted("a") == "`a`"
    assert quoted("a`b``") == "`a``b`````"


def test_classes_of_an_expression_are_read_by_the_labels_rule(spark: SparkSession, tmp_path: Path) -> None:
    label = {"expression": "concat(' ', upper(w))", "kind": "multiclass", "strip": True, "fold_case": True}
    values: Any = evaluated(spark, tmp_path, label=label)[1][0].label
    assert values.to_pylist() == [b"one", None, b"three", b"four"]
