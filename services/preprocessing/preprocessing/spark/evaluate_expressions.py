"""Label, filter, weight and derived columns in Spark SQL: only the columns that they name cross to the JVM.

Python reads those columns, Spark evaluates all expressions at once, and Python stores a few bytes per row next to the data. All
of it is one stage of narrow steps, so the rows stay in the order of the file. An expression that is not a function of its row
alone is refused before it runs (`row_expressions`). Label and weight are evaluated only where the filter is true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

import numpy.typing as npt
import pyarrow as pa

from contracts.errors import InvalidData, InvalidRequest, pointer
from contracts.features import TextRule
from contracts.label_kinds import label_traits
from contracts.schema import LabelKind, ValueType
from preprocessing.assignment.evaluated_values import Value, write_evaluated
from preprocessing.assignment.work import Work, source_batches
from preprocessing.label_kinds import label_type, labels_of_kind
from preprocessing.label_kinds.base import NUMBER_TYPES
from preprocessing.spark.row_expressions import plain, value_kind
from preprocessing.spark.run_parts import Batches, collect, mark_done, reporting
from preprocessing.sql_names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


_SQL_TYPES: dict[ValueType, str] = {"int64": "bigint", "float64": "double", "bytes": "binary", "instant": "bigint"}


@dataclass(frozen=True)
class Expressions:
    """Expressions to evaluate on each row. `columns`: the source's columns that they read."""

    columns: Sequence[str]
    derive: Mapping[str, str]
    filter: str | None
    label: str | None
    """An expression, or the name of a derived column in backticks."""
    weight: str | None
    label_pointer: str
    label_kind: LabelKind
    label_rule: TextRule | None = None

    @property
    def values(self) -> list[Value]:
        """Names of the values that are requested."""
        expressions: dict[Value, str | None] = {"label": self.label, "keep": self.filter, "weight": self.weight}
        return [name for name, text in expressions.items() if text is not None]


def evaluate(spark: SparkSession, work: Work, expressions: Expressions, progress: Callable[[int], None]) -> None:
    """Evaluate the expressions, and stage each range's values for `range_tasks.scan`.

    Raises `InvalidRequest`, pointing at the expression, when Spark cannot resolve it, when it is not a function of one row, or
    has the wrong type; `UnusableLabel` for a binary label other than 0 or 1; `InvalidData` when one fails on some row.
    """
    from pyspark.errors import PySparkException, PythonException  # noqa: PLC0415  the API process has no Spark

    try:
        collect(spark, _evaluation(spark, work, expressions), work.folder, progress)
    except PythonException:
        raise  # a bug of ours in a task, not an error of the expression
    except PySparkException as error:
        what, place = _failed(error, expressions)
        raise InvalidData(f"{what} failed: {plain(str(error)).partition(chr(10))[0]}", pointer=place) from error


def check_label(rows: DataFrame, text: str, kind: LabelKind, place: str) -> None:
    """Raise `InvalidRequest`, pointing at `place`, where an expression of these rows is no label of the kind by its type."""
    received = value_kind(rows, text, "the label's expression", place)
    expected = labels_of_kind(kind).expression_type
    if received not in expected.allowed:
        raise InvalidRequest(f"the label's expression must be {expected.words}. Received: {received}", pointer=place)


def label_sql(text: str, kind: LabelKind) -> str:
    """Return the SQL of the label: text of a class, or a double."""
    return f"CAST(({text}\n) AS {'string' if label_traits(kind).has_classes else 'double'})"


def _evaluation(spark: SparkSession, work: Work, expressions: Expressions) -> DataFrame:
    """Build the lazy query, which returns one row per range."""
    from pyspark.sql.functions import expr  # noqa: PLC0415  the API process has no Spark

    if not expressions.columns:
        other = "/filter" if expressions.filter is not None else "/weight"
        raise InvalidRequest(
            f"the expression names no column of the source. Its columns: {', '.join(work.plan.columns)}",
            pointer=expressions.label_pointer if expressions.label is not None else other,
        )
    known: dict[str, ValueType] = {**work.columns, **work.filter_columns}
    kinds: dict[str, ValueType] = {name: known[name] for name in expressions.columns}
    schema = ", ".join(f"{quoted(name)} {_SQL_TYPES[kind]}" for name, kind in kinds.items())
    parts = len(work.plan.ranges)
    rows = spark.range(0, parts, 1, parts).mapInArrow(_reader(work, expressions), schema)
    for name, kind in kinds.items():
        if kind == "bytes":  # Spark knows bytes as binary; expressions are written for text
            rows = rows.withColumn(name, rows[quoted(name)].cast("string"))
        if kind == "instant":
            rows = rows.withColumn(name, expr(f"timestamp_micros({quoted(name)})"))
    for name, text in expressions.derive.items():
        value_kind(rows, text, f"derived column {name!r}", pointer("derive", name))
        rows = rows.selectExpr("*", f"({text}\n) AS {quoted(name)}")
    _check_kinds(rows, expressions)
    only = f"CASE WHEN ({expressions.filter}\n) THEN" if expressions.filter is not None else "CASE WHEN true THEN"
    selected: dict[Value, str] = {
        "label": label_sql(f"{only} ({expressions.label}\n) END", expressions.label_kind),
        "keep": f"COALESCE(({expressions.filter}\n), false)",
        "weight": f"CAST({only} ({expressions.weight}\n) END AS double)",
    }
    values = rows.selectExpr(*(f"{selected[value]} AS {value}" for value in expressions.values))
    return values.mapInArrow(_writer(work, expressions), "part bigint")


def _check_kinds(rows: DataFrame, expressions: Expressions) -> None:
    if expressions.filter is not None:
        kind = value_kind(rows, expressions.filter, "the filter", "/filter")
        if kind != "boolean":
            raise InvalidRequest(f"the filter must be a boolean. Received: {kind}", pointer="/filter")
    if expressions.label is not None:
        check_label(rows, expressions.label, expressions.label_kind, expressions.label_pointer)
    if expressions.weight is not None:
        kind = value_kind(rows, expressions.weight, "the weight", "/weight")
        if kind not in NUMBER_TYPES:
            raise InvalidRequest(f"the weight must be a number. Received: {kind}", pointer="/weight")


def _failed(error: Any, expressions: Expressions) -> tuple[str, str]:
    """Return a description of the expression that failed on a row, and its pointer, by the fragment of SQL in Spark's error."""
    named = [("the label's expression", expressions.label_pointer, expressions.label or "")]
    named += [(f"derived column {name!r}", pointer("derive", name), text) for name, text in expressions.derive.items()]
    named += [("the filter", "/filter", expressions.filter or "")]
    message = str(error)
    fragments = [context.fragment() for context in error.getQueryContext() or []]
    for what, place, text in named:
        if text and (any(fragment in text for fragment in fragments) or f"({text}\n)" in message):
            return what, place
    for name in expressions.derive:  # of a weight, Spark shows what is around the column's name
        weight = quoted(name)
        if weight == expressions.weight and any(f"({weight}\n)" in fragment for fragment in fragments):
            return f"derived column {name!r}", pointer("derive", name)
    given = [(what, place) for what, place, text in named if text]
    return given[0] if len(given) == 1 else ("an expression", "")


def _reader(work: Work, expressions: Expressions) -> Callable[[Batches], Batches]:
    def read(parts: Batches) -> Batches:
        for batch in parts:
            for part in batch.column(0).to_pylist():
                with reporting(work.folder, part):
                    yield from source_batches(work, part, expressions.columns)

    return read


def _writer(work: Work, expressions: Expressions) -> Callable[[Batches], Batches]:
    def write(batches: Batches) -> Batches:
        from pyspark import TaskContext  # noqa: PLC0415  exists only inside a task

        context = TaskContext.get()
        part = context.partitionId() if context else 0
        with reporting(work.folder, part):
            values = (
                [_kept(batch.column(value), value, expressions) for value in expressions.values] for batch in batches
            )
            write_evaluated(work.folder, part, expressions.values, values, label=_label_type(expressions.label_kind))
        mark_done(work.folder, part)
        yield pa.RecordBatch.from_pydict({"part": [part]})

    return write


def _label_type(kind: LabelKind) -> pa.DataType:
    return pa.binary() if label_traits(kind).has_classes else label_type(kind)


def _kept(column: pa.Array, value: Value, expressions: Expressions) -> npt.NDArray[Any] | pa.Array:
    """Return the values as they are staged, NaN for null. Raises `UnusableLabel` for what the label's kind does not have."""
    match value:
        case "label":
            kind = labels_of_kind(expressions.label_kind)
            return kind.from_expression(column, expressions.label_pointer, expressions.label_rule)
        case "keep":
            return column.cast(pa.uint8()).to_numpy()
        case "weight":
            return column.fill_null(float("nan")).to_numpy()
        case _:
            assert_never(value)
