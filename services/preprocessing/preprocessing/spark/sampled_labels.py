"""The label's expression on rows of a sample, by Spark as a dataset job evaluates it."""

# pyspark's types are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidData
from contracts.features import TextRule
from contracts.label_kinds import label_traits
from contracts.schema import ValueType
from preprocessing.label_kinds import labels_of_kind
from preprocessing.sampled_rows import SampledRows
from preprocessing.spark.evaluate_expressions import check_label, label_sql
from preprocessing.spark.row_expressions import plain

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PLACE = "/label/expression"
_TYPES: dict[ValueType, pa.DataType] = {"int64": pa.int64(), "float64": pa.float64(), "bytes": pa.string()}


def sampled_labels(spark: SparkSession, sample: SampledRows) -> list[str | float | None]:
    """Return the label of each row, None where missing: a number, or the text of a class.

    Raises `InvalidRequest` for an expression that Spark refuses, `InvalidData` where it fails, or has no label of this kind.
    After `sample.seconds` all work of the session is interrupted: it should run questions alone.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415  the API process has no Spark

    columns = [pa.array(sample.columns[name], _TYPES[kind]) for name, kind in sample.types.items()]
    # Rows from Arrow are the plan's own: Spark evaluates them in the driver, and no question waits for the tasks of a job.
    rows = spark.createDataFrame(pa.Table.from_arrays(columns, names=[*sample.types]))
    check_label(rows, sample.expression, sample.kind, _PLACE)
    deadline = threading.Timer(sample.seconds, spark.interruptAll)
    deadline.start()
    try:
        values = [
            row["label"] for row in rows.selectExpr(f"{label_sql(sample.expression, sample.kind)} AS label").collect()
        ]
    except PySparkException as error:
        raise InvalidData(f"the label's expression failed: {plain(str(error)).partition(chr(10))[0]}") from error
    finally:
        deadline.cancel()
    has_classes = label_traits(sample.kind).has_classes
    rule = TextRule(strip=sample.strip, fold_case=sample.fold_case)
    evaluated = pa.array(values, pa.string() if has_classes else pa.float64())
    labels = labels_of_kind(sample.kind).from_expression(evaluated, _PLACE, rule)
    return values if isinstance(labels, np.ndarray) else labels.cast(pa.string()).to_pylist()
