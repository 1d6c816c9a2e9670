"""Token numbers of rows to ids."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.preprocessing.runs import staged

from contracts.features import Categorical, Hashed
from preprocessing.feature_kinds.tokens import ids_of_rows


def test_rows_get_the_ids_of_their_tokens_and_a_missing_one_the_last() -> None:
    rows = staged(
        {}, {name: np.array(numbers, np.int32) for name, numbers in {"a": [1, -1, 0], "b": [0, 0, -1]}.items()}
    )
    ids = {"a": np.array([7, 9, 0]), "b": np.array([4, 0]), "unused": np.array([0])}
    columns = ids_of_rows({"b": Hashed(buckets=9), "a": Categorical()}, rows, ids)
    assert {name: column.to_pylist() for name, column in columns.items()} == {"b": [4, 4, 0], "a": [9, 0, 7]}
    assert all(column.type == pa.int64() and column.null_count == 0 for column in columns.values())


def test_a_run_without_tokens_has_only_missing_ones() -> None:
    rows = staged({}, {"a": np.array([-1, -1], np.int32)})
    assert ids_of_rows({"a": Categorical()}, rows, {"a": np.array([0])})["a"].to_pylist() == [0, 0]
