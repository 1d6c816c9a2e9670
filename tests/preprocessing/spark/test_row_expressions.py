"""Expressions that are functions of one row, by Spark's own analyzer; no job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contracts.errors import InvalidRequest
from preprocessing.engine import SparkEngine
from preprocessing.spark.row_expressions import plain, value_kind

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@pytest.fixture(scope="module")
def rows(engine: SparkEngine) -> DataFrame:
    assert engine.session is not None
    return engine.session.range(1).selectExpr(
        "id AS n", "cast(id AS double) AS x", "'a' AS word", "array(1, 2) AS many"
    )


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("n > 1", "boolean"),
        ("n + 1", "long"),
        ("x * n", "double"),
        ("concat(word, 'b') -- a comment", "string"),
        ("CASE WHEN x IS NULL THEN 1 ELSE 0 END", "integer"),
        ("size(filter(many, e -> e > 1))", "integer"),
        ("transform(many, e -> e + n)", "array"),
        ("cast(x AS decimal(9, 2))", "decimal"),
    ],
)
def test_a_function_of_one_row_has_its_type(rows: DataFrame, expression: str, kind: str) -> None:
    assert value_kind(rows, expression, "the filter", "/filter") == kind


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("rand() > 0.5", "the filter must be deterministic: the same row must always get the same value"),
        ("java_method('java.util.UUID', 'randomUUID')", "the filter must be deterministic"),
        ("max(n)", "the filter must look at one row at a time. Received: an aggregate"),
        ("row_number() OVER (ORDER BY n)", "the filter must look at one row at a time. Received: a window"),
        ("explode(many)", "the filter must return one value for a row. Received: a generator"),
        ("n = (SELECT 1)", "the filter must hold no subquery"),
        ("nosuch > 1", "the filter is not valid here: [UNRESOLVED_COLUMN"),
        ("n >", "the filter is not valid here: "),
        ("1), (2", "the filter is not valid here: "),
    ],
)
def test_what_is_none_is_refused_with_the_reason(rows: DataFrame, expression: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        value_kind(rows, expression, "the filter", "/filter")
    assert str(caught.value).startswith(words)
    assert caught.value.pointer == "/filter"
    assert "Project" not in str(caught.value), "the plan is left out"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("[SOME_CLASS] of words.; line 1 pos 3;\n'Project [x]\n+- Range", "[SOME_CLASS] of words.; line 1 pos 3"),
        ("it failed\n\nJVM stacktrace:\norg.apache.spark.X\n\tat a.b(C.java:1)", "it failed"),
        ("it failed\n\tat a.b(C.java:1)", "it failed"),
        (
            "An error occurred while calling o1.load.\n: java.io.IOException: no file\n\tat a.b",
            "java.io.IOException: no file",
        ),
        ("An error occurred while calling o1.load", "An error occurred while calling o1.load"),
        (" two\nlines ", "two\nlines"),
    ],
)
def test_messages_are_shown_without_plan_and_stack(message: str, shown: str) -> None:
    assert plain(message) == shown
