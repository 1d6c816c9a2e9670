"""Expressions: the kernel has the results of Spark, but for the differences of docs/reference/expressions.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.errors import PySparkException
from tests.parity.drawn_expressions import COLUMNS, NASTY_INSTANTS, NASTY_TEXTS, ZONE, Drawing, column
from tests.parity.test_expressions import KINDS, QUICK, parse

from contracts.expressions import Expression
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.node import walk
from preprocessing.engine import SparkEngine
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.expressions.compile_arrow import compile_arrow

DOUBLES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.5,
    -2.5,
    0.1,
    2.675,
    1.005,
    0.49999999999999994,
    123456.789,
    1e10,
    float("nan"),
    float("inf"),
    -1e300,
]
INTEGERS = [0, 1, -1, 2, 3, -7, 10, 17]
READ_BY_JAVA = {b"1d", b"NaN", b"inf", b"4.9e-324", b".5"}
ENDS_OF_INT64 = {b"9223372036854775807", b"-9223372036854775808"}
"""Whole numbers that `-`, `abs` and sums take out of int64: null here, and wrapped around in Spark."""
TEXTS = [text for text in NASTY_TEXTS[:-6] if text not in READ_BY_JAVA | ENDS_OF_INT64 and not {*text} & {*b"\n\r\x00"}]
"""Those that are UTF-8, without line ends, which `$` of Java skips, and numbers that Java alone reads."""
INSTANTS = [i for i in NASTY_INSTANTS if abs(i) < 4 * 10**15]
POOLS: dict[str, tuple[list[Any], pa.DataType]] = {
    "double": (DOUBLES, pa.float64()),
    "integer": (INTEGERS, pa.int64()),
    "text": ([*TEXTS], pa.binary()),
    "instant": (INSTANTS, pa.int64()),
    "boolean": ([False, True], pa.bool_()),
}
HARMLESS: dict[str, tuple[list[Any], pa.DataType]] = {
    **POOLS,
    "double": ([1.0, 2.5, -3.5, 0.5, 7.0], pa.float64()),
    "integer": ([1, 2, 3, -7, 10], pa.int64()),
    "text": ([b"12", b"7", b"-3", b"5"], pa.binary()),
}
"""Values of which few expressions are errors to Spark with ANSI."""
ROWS = 120
SQL_TYPES = {"double": "double", "integer": "bigint", "text": "binary", "instant": "bigint", "boolean": "boolean"}
READS = {"text": "cast(`{0}` AS STRING)", "instant": "timestamp_micros(`{0}`)"}
WRITES = {
    "text": "cast({0} AS BINARY)",
    "instant": "unix_micros(cast({0} AS TIMESTAMP))",
    "integer": "cast({0} AS BIGINT)",
}


class Spark:
    """A table of nasty values in Spark, and in Arrow."""

    def __init__(self, session: Any, pools: Mapping[str, tuple[list[Any], pa.DataType]] = POOLS) -> None:
        random = np.random.default_rng(7)
        self.columns = {name: column(random, *pools[kind], ROWS) for name, kind in COLUMNS.items()}
        names = list(self.columns)
        schema = ", ".join(f"`{name}` {SQL_TYPES[COLUMNS[name]]}" for name in names)
        table = list(zip(*(self.columns[name].to_pylist() for name in names), strict=True))
        frame = session.createDataFrame([(*row, i) for i, row in enumerate(table)], f"{schema}, `row` int")
        reads = [f"{READS.get(COLUMNS[name], '`{0}`').format(name)} AS `{name}`" for name in names]
        self.frame = frame.selectExpr(*reads, "`row`").coalesce(1).cache()

    def row(self, i: int) -> dict[str, Any]:
        return {name: array[i].as_py() for name, array in self.columns.items()}

    def __call__(self, expressions: Mapping[str, Expression]) -> list[list[Any]]:
        written = [
            f"{WRITES.get(expression.result_type, '{0}').format(text)} AS `{i}`"
            for i, (text, expression) in enumerate(expressions.items())
        ]
        collected = self.frame.selectExpr(*written, "`row`").collect()
        collected.sort(key=lambda row: row[-1])
        return [[value(row[i]) for row in collected] for i in range(len(written))]


def value(read: Any) -> Any:
    if isinstance(read, bytearray):
        return bytes(read)
    return None if isinstance(read, float) and not math.isfinite(read) else read


@pytest.fixture(scope="module")
def spark(engine: SparkEngine) -> Iterator[Spark]:
    assert engine.session is not None
    session = engine.session.newSession()
    settings = {"spark.sql.ansi.enabled": "false", "spark.sql.session.timeZone": ZONE}
    for name, setting in settings.items():
        session.conf.set(name, setting)
    spark = Spark(session)
    yield spark
    spark.frame.unpersist()


def assert_as_spark(spark: Spark, texts: list[str], close: float = 0) -> None:
    expressions = {text: parsed for text in texts if (parsed := parse(text)) is not None}
    if not expressions:
        return
    for (text, expression), expected in zip(expressions.items(), spark(expressions), strict=True):
        kernel = compile_arrow(expression)(spark.columns).to_pylist()
        wrong = [
            f"{text}: {ours!r} in the kernel, {theirs!r} in Spark, row {spark.row(i)}"
            for i, (ours, theirs) in enumerate(zip(kernel, expected, strict=True))
            if not alike(ours, theirs, close)
        ]
        assert not wrong, "\n".join(wrong[:3])


def alike(ours: Any, theirs: Any, close: float) -> bool:
    if ours is None or theirs is None or not close:
        return ours == theirs
    return math.isclose(ours, theirs, rel_tol=close, abs_tol=2.0**-1022)  # below, kernel and graph have zeros


DRAWING = Drawing(for_spark=True)
DRAWN = st.lists(st.one_of([DRAWING.of(kind, 2) for kind in KINDS]), min_size=25, max_size=25)


@given(DRAWN)
@settings(max_examples=10, **QUICK)
def test_the_kernel_has_the_results_of_spark(spark: Spark, texts: list[str]) -> None:
    assert_as_spark(spark, texts)


@given(st.lists(DRAWING.inexact(1), min_size=25, max_size=25))
@settings(max_examples=4, **QUICK)
def test_functions_that_are_not_rounded_exactly_are_close_to_spark(spark: Spark, texts: list[str]) -> None:
    assert_as_spark(spark, texts, close=4e-15)


def with_settings(engine: SparkEngine, **settings: str) -> Any:
    assert engine.session is not None
    session = engine.session.newSession()
    for name, setting in settings.items():
        session.conf.set(f"spark.sql.{name.replace('_', '.')}", setting)
    session.conf.set("spark.sql.session.timeZone", ZONE)
    return session


@pytest.fixture(scope="module")
def ansi(engine: SparkEngine) -> Iterator[Spark]:
    spark = Spark(with_settings(engine, ansi_enabled="true"), HARMLESS)
    yield spark
    spark.frame.unpersist()


@given(DRAWN)
@settings(max_examples=3, **QUICK)
def test_with_ansi_spark_has_the_same_results_or_an_error_where_there_is_a_null(ansi: Spark, texts: list[str]) -> None:
    expressions = {text: parsed for text in texts if (parsed := parse(text)) is not None}
    errors, reason = 0, ""
    for text, expression in expressions.items():
        kernel = compile_arrow(expression)(ansi.columns).to_pylist()
        try:
            ((*expected,),) = ansi({text: expression})
        except PySparkException as error:
            reason = str(error)
            expected = []
        if not expected:
            errors += 1
            assert "DATATYPE_MISMATCH" in reason or has_a_null(ansi, expression), f"{text}: {reason}"
            continue
        wrong = [i for i, pair in enumerate(zip(kernel, expected, strict=True)) if not alike(*pair, 0)]
        assert not wrong, f"{text}: row {ansi.row(wrong[0])}, {kernel[wrong[0]]!r}, {expected[wrong[0]]!r}"
    assert errors <= len(expressions) / 2


def has_a_null(spark: Spark, expression: Expression) -> bool:
    """Whether an operation within the expression is null for some row of present operands."""
    return any(
        None in compile_arrow(Expression(root=node, zone=expression.zone))(spark.columns).to_pylist()
        for node in walk(expression.root)
        if any(isinstance(leaf, Column) for leaf in walk(node))
    )


@pytest.mark.parametrize(
    "text",
    ["1 / (n - n)", "n % (m - m)", "cast(s || 'x' AS DOUBLE)", "n + 9223372036854775807", "element_at(l, 9)"],
)
def test_errors_of_ansi_are_nulls(ansi: Spark, engine: SparkEngine, text: str) -> None:
    if "(l" in text:
        frame = with_settings(engine, ansi_enabled="true").createDataFrame([(["a"],)], "l array<string>")
    else:
        frame = ansi.frame.where("n > 0")
    with pytest.raises(PySparkException):
        frame.selectExpr(f"{text} AS x").collect()
    columns = {**ansi.columns, "l": pa.array([b"a"] * ROWS, pa.binary())}
    kernel = compile_arrow(parse_expression(text, {**COLUMNS, "l": "text"}, ZONE, lists={"l": "|"}))(columns)
    positive = [n is not None and n > 0 for n in ansi.columns["n"].to_pylist()]
    assert kernel.filter(pa.array(positive)).null_count == sum(positive)


LISTS: list[list[str | None] | None] = [["a", "b"], ["b"], [], ["a", None], [None, "b"], ["a", "b", "c"], None]


@pytest.mark.parametrize(
    "text",
    ["array_size(l)", "element_at(l, 2)", "element_at(l, -1)", "element_at(l, -3)", "array_contains(l, 'a')"],
)
def test_functions_of_lists_have_the_results_of_spark(engine: SparkEngine, text: str) -> None:
    session = with_settings(engine, ansi_enabled="false")
    frame = session.createDataFrame([(row, i) for i, row in enumerate(LISTS)], "l array<string>, i int").coalesce(1)
    expected = [row[0] for row in frame.selectExpr(f"{text} AS x", "i").orderBy("i").collect()]
    texts = [None if row is None else ("|".join(token or "" for token in row) + "|" if row else "[]") for row in LISTS]
    kernel = compile_arrow(parse_expression(text, {"l": "text"}, lists={"l": "|"}))
    found = kernel({"l": pa.array([text and text.encode() for text in texts], pa.binary())}).to_pylist()
    assert [token.decode() if isinstance(token, bytes) else token for token in found] == expected
