"""The label's expression on rows of a sample, by Spark as a dataset job evaluates it."""

# pyspark's types are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from contracts.errors import InvalidData, InvalidRequest
from contracts.label_kinds import label_traits
from preprocessing.label_kinds import labels_of_kind
from preprocessing.sampled_rows import SampledRows
from preprocessing.spark.evaluate_expressions import quoted
from preprocessing.spark.row_expressions import plain, value_kind

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PLACE = "/label/expression"
_TYPES = {"int64": "bigint", "float64": "double", "bytes": "string"}


def sampled_labels(spark: SparkSession, sample: SampledRows) -> list[str | float | None]:
    """Return the label of each row, None where missing: a number, or the text of a class.

    Raises `InvalidRequest` for an expression that Spark refuses, `InvalidData` where it fails, or has no label of this kind.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415  the API process has no Spark

    schema = ", ".join(f"{quoted(name)} {_TYPES[kind]}" for name, kind in sample.types.items())
    rows = spark.createDataFrame([*zip(*(sample.columns[name] for name in sample.types), strict=True)], schema)
    received = value_kind(rows, sample.expression, "the label's expression", _PLACE)
    expected = labels_of_kind(sample.kind).expression_type
    if received not in expected.allowed:
        raise InvalidRequest(f"the label's expression must be {expected.words}. Received: {received}", pointer=_PLACE)
    has_classes = label_traits(sample.kind).has_classes
    label = f"CAST(({sample.expression}\n) AS {'string' if has_classes else 'double'}) AS label"
    try:
        values = [row["label"] for row in rows.selectExpr(label).collect()]
    except PySparkException as error:
        raise InvalidData(f"the label's expression failed: {plain(str(error)).partition(chr(10))[0]}") from error
    labels_of_kind(sample.kind).from_expression(pa.array(values, pa.string() if has_classes else pa.float64()), _PLACE)
    return values
