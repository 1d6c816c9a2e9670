"""Ids of crosses: computed from both columns, staged, and given to the model as they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.preprocessing.runs import staged

from contracts.schema import Categorical, Cross, Hashed, Label, Schema
from preprocessing.feature_kinds.crosses import cross_inputs, stage_crosses
from preprocessing.kernels.token_hashing import crossed

SCHEMA = Schema(
    features={"a": Categorical(), "b": Hashed(buckets=9)},
    crosses=[Cross(features=["a", "b"], buckets=1000), Cross(features=["b", "a"], buckets=7, name="back")],
    label=Label(column="y"),
)
BATCH = pa.RecordBatch.from_pydict(
    {
        "b": pa.array([b"x", b"y", None, b"x"], pa.binary()),
        "a": pa.array([b"1", b"", b"3", b"1"], pa.binary()),
    }
)


def test_each_cross_has_ids_of_its_own_features_in_its_order() -> None:
    ids = stage_crosses(SCHEMA, BATCH)
    assert list(ids) == ["a_x_b", "back"]
    assert ids["a_x_b"].tolist() == crossed(BATCH.column("a"), BATCH.column("b"), 1000).tolist()
    assert ids["back"].tolist() == crossed(BATCH.column("b"), BATCH.column("a"), 7).tolist()
    assert ids["a_x_b"].tolist()[1:3] == [0, 0]
    assert ids["a_x_b"][0] == ids["a_x_b"][3] > 0


def test_staged_ids_are_inputs_of_the_model() -> None:
    staged_ids = {"back": np.array([0, 7], np.int32), "a_x_b": np.array([1000, 1], np.int32)}
    inputs = cross_inputs(staged({"x": [0.0, 0.0]}, {}, staged_ids))
    assert {name: column.to_pylist() for name, column in inputs.items()} == {"back": [0, 7], "a_x_b": [1000, 1]}
    assert {column.type for column in inputs.values()} == {pa.int64()}
