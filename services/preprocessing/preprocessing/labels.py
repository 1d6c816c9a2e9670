"""A label that is a Spark SQL expression: the only values that cross to the JVM are those of the columns it names.

Python reads those columns, Spark evaluates the expression, and Python keeps one float32 per row beside the data. All of it
is one stage of narrow steps, so the rows stay in the order of the file. An expression whose plan holds anything but such
steps (a window, an aggregate, a subquery, which could read other files) or that is not deterministic (which calling into
Java is, too) is refused before it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contracts.errors import InvalidData, InvalidRequest, UnusableLabel
from contracts.schema import ValueType
from preprocessing.row_expressions import plain, value_kind
from preprocessing.spark import collect, mark_done, reporting
from preprocessing.tasks import Work, source_batches, write_labels

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SQL_TYPES: dict[ValueType, str] = {"int64": "bigint", "float64": "double", "bytes": "binary"}
_NUMBERS = ("boolean", "byte", "short", "integer", "long", "float", "double", "decimal")


def evaluate_labels(spark: SparkSession, work: Work, columns: Sequence[str], progress: Callable[[int], None]) -> None:
    """Evaluate the expression over the named columns, and leave each range's labels in staging for `tasks.scan`.

    Raises `InvalidRequest`, pointing at the expression, when Spark cannot resolve it or when it is neither a boolean nor a
    number; `UnusableLabel` for a value that is neither 0 nor 1; `InvalidData` when it fails on some row.
    """
    from pyspark.errors import PySparkException, PythonException  # noqa: PLC0415  the API process has no Spark

    if not columns:
        known = ", ".join(work.plan.columns)
        raise InvalidRequest(
            f"the label's expression names no column of the source. Its columns: {known}", pointer="/label/expression"
        )
    try:
        collect(spark, _evaluation(spark, work, columns), work.folder, progress)
    except PythonException:
        raise  # a fault of ours in a task, not of the expression
    except PySparkException as error:
        reason = plain(str(error)).partition("\n")[0]
        raise InvalidData(f"the label's expression failed: {reason}", pointer="/label/expression") from error


def _evaluation(spark: SparkSession, work: Work, columns: Sequence[str]) -> DataFrame:
    """The lazy job: one row per range."""
    expression = work.schema.label.expression or ""
    kinds: dict[str, ValueType] = {name: work.columns[name] for name in columns}
    schema = ", ".join(f"`{_quoted(name)}` {_SQL_TYPES[kind]}" for name, kind in kinds.items())
    parts = len(work.plan.ranges)
    read = spark.range(0, parts, 1, parts).mapInArrow(_reader(work, kinds), schema)
    texts = [name for name, kind in kinds.items() if kind == "bytes"]
    # Spark knows bytes as binary; expressions are written for text.
    for name in texts:
        read = read.withColumn(name, read[f"`{_quoted(name)}`"].cast("string"))
    kind = value_kind(read, expression, "the label's expression", "/label/expression")
    if kind not in _NUMBERS:
        raise InvalidRequest(
            f"the label's expression must give a boolean or a number. Received: {kind}", pointer="/label/expression"
        )
    evaluated = read.selectExpr(f"CAST(({expression}\n) AS double) AS label")
    return evaluated.mapInArrow(_writer(work), "part bigint")


def _quoted(name: str) -> str:
    return name.replace("`", "``")


def _reader(work: Work, kinds: dict[str, ValueType]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(parts: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in parts:
            for part in batch.column(0).to_pylist():
                with reporting(work.folder, part):
                    yield from source_batches(work, part, list(kinds))

    return read


def _writer(work: Work) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext  # noqa: PLC0415  exists only inside a task

        context = TaskContext.get()
        part = context.partitionId() if context else 0
        with reporting(work.folder, part):
            write_labels(work, part, (_checked(batch.column(0)) for batch in batches))
        mark_done(work.folder, part)
        yield pa.RecordBatch.from_pydict({"part": [part]})

    return write


def _checked(column: pa.Array) -> npt.NDArray[np.float32]:
    """The labels, NaN for null. Raises `UnusableLabel` for a value that is neither 0 nor 1."""
    values = column.fill_null(float("nan")).to_numpy()
    wrong = values[~(np.isnan(values) | (values == 0) | (values == 1))]
    if len(wrong):
        raise UnusableLabel(
            f"the label's expression must give 0 or 1, false or true. Received: {wrong[0]:g}",
            pointer="/label/expression",
        )
    return values.astype(np.float32)
