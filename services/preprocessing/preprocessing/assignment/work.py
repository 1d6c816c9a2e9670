"""What every task of a job knows, and the rows that they all go by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.classes import ClassName
from contracts.dataset import DataFolder
from contracts.schema import Layout, Records, Schema, SplitName, ValueType
from preprocessing.assignment.evaluated_values import Evaluated
from preprocessing.planning.ranges import Plan
from sources.read_range import read_range
from sources.rejects import Rejects

Float32s = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Work:
    """What every task of a job knows."""

    plan: Plan
    schema: Schema
    columns: dict[str, ValueType]
    """What is read of the source, and as what: features, the columns of label and weight, the split key; in this order. They
    decide a row's split, and what makes two rows equal."""
    split_key: list[str]
    shares: Mapping[SplitName, float]
    records: Records
    layout: Layout
    compression: Literal["none", "gzip"]
    folder: DataFolder
    evaluated: bool
    """Whether `evaluate` leaves anything of the rows."""
    filter_columns: dict[str, ValueType]
    """What is read for the filter alone."""
    max_bad_records: int = 0
    classes: Sequence[ClassName] = ()
    """Of a multiclass label, in the order of ids, once they are known."""


def source_batches(
    work: Work, part: int, columns: Sequence[str], rejects: Rejects | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of a range that the job goes by, with the named columns: the same rows, whichever columns they are.

    Where rows may be rejected, that depends on every column that the job reads, so all of them are read.
    """
    known: dict[str, ValueType] = {**work.columns, **work.filter_columns}
    wanted: dict[str, ValueType] = {
        name: kind for name, kind in known.items() if work.max_bad_records or name in columns
    }
    if work.max_bad_records and rejects is None:
        rejects = Rejects(work.max_bad_records)
    plan = work.plan
    batches = read_range(
        plan.source, plan.files, plan.ranges[part], wanted, null_values=work.schema.null_values, rejects=rejects
    )
    for batch in batches:
        yield batch if list(wanted) == list(columns) else batch.select(list(columns))


def label_values(work: Work, batch: pa.RecordBatch, evaluated: Evaluated | None) -> Float32s | pa.Array:
    """What stands for the label of each row: what was evaluated, else the column's values.

    Of a row that the filter leaves out it does not matter what stands there: it is null.
    """
    if evaluated is not None and evaluated.label is not None:
        return evaluated.label
    values = batch.column(cast("str", work.schema.label.column))
    if evaluated is not None and evaluated.kept is not None:
        values = pc.if_else(pa.array(evaluated.kept), values, pa.scalar(None, values.type))
    return values
