"""States of numeric columns for tests, added up as a task does it, and their statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hypothesis import strategies as st

from contracts.statistics import NumericStatistics
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.describe import numeric_statistics
from preprocessing.statistics.numeric_columns import NumberColumn, NumberState

Values = Sequence[float | None] | Sequence[int | None] | npt.NDArray[Any]

DOUBLES = st.one_of(
    st.none(),
    st.floats(),
    st.floats(-1e6, 1e6),
    st.integers(-3, 3).map(float),
    st.sampled_from([-0.0, 0.0, 1e39, -3.5e38, 5e-324, float("inf"), float("-inf"), float("nan")]),
)
INTEGERS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9))


def state_of(values: Values, labels: list[int] | None = None, codes: list[int] | None = None) -> NumberState:
    """One task's state; the rows come in two batches, the second of which is a slice."""
    kind = (
        pa.int64()
        if any(type(v) is int for v in values) or getattr(values, "dtype", None) == np.int64
        else pa.float64()
    )
    array = pa.array(values, kind, from_pandas=False)
    column = NumberColumn(integers=kind == pa.int64())
    positives = np.array(labels if labels is not None else [0] * len(array), np.bool_)
    splits = np.array(codes if codes is not None else [1] * len(array), np.uint8)
    half = len(array) // 2
    for part in (slice(0, half), slice(half, None)):
        rows = np.bincount(splits[part], minlength=4)[1:]
        begins = np.concatenate([[0], np.cumsum(rows)[:-1]])
        column.add(array[part], splits[part], positives[part], begins)
    return column.extract()


def described(state: NumberState, rows: int, positives: int = 0, split: int = 0) -> NumericStatistics:
    return numeric_statistics(state, split, RowSums(rows, positives, 0))


def reproducible(found: NumericStatistics) -> NumericStatistics:
    return found.model_copy(update={"quantile_sketch": None})


def is_kept(value: float) -> bool:
    """Whether float32 can hold it."""
    with np.errstate(over="ignore"):
        return bool(np.isfinite(np.float32(value)))
