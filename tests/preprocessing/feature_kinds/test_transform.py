"""Staged rows to model inputs: every input of the schema, of its type, and never null."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.preprocessing.runs import counted, staged

from contracts.dataset.data_folder import DataFolder
from contracts.input_rules import BucketInput, NumberRules, NumericInput
from contracts.schema import Bucketize, Categorical, Cross, Hashed, Label, Numeric, Schema
from contracts.storage import Storage
from preprocessing.feature_kinds import RunTokens, feature_kinds
from preprocessing.feature_kinds.categorical import CategoricalFeatures
from preprocessing.feature_kinds.crosses import stage_crosses
from preprocessing.feature_kinds.hashed import HashedFeatures
from preprocessing.feature_kinds.numeric import NumericFeatures
from preprocessing.feature_kinds.transform import transform

SCHEMA = Schema(
    features={
        "x": Numeric(dtype="float64", indicator=True),
        "h": Hashed(buckets=50),
        "b": Numeric(dtype="float64", bucketize=Bucketize(bounds=[0.0])),
        "g": Hashed(buckets=3),
    },
    crosses=[Cross(features=["h", "g"], buckets=11)],
    label=Label(column="y"),
)
RULES = NumberRules((NumericInput("x", 0.0, 1.0, 2.0),), (BucketInput("b", None, (0.0,)),))
TOKEN = st.sampled_from([None, b"", b"one", b"two"])
FLOAT = st.floats(-1e6, 1e6, width=32) | st.just(float("nan"))


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(FLOAT, TOKEN, FLOAT, TOKEN), min_size=1, max_size=10))
def test_there_is_a_column_for_each_input_and_no_null(
    rows: list[tuple[float, bytes | None, float, bytes | None]],
) -> None:
    x, h, b, g = (list(values) for values in zip(*rows, strict=True))
    runs = {"h": counted(h), "g": counted(g)}
    batch = pa.RecordBatch.from_pydict({"h": pa.array(h, pa.binary()), "g": pa.array(g, pa.binary())})
    numbers = {name: numbers for name, (_, numbers) in runs.items()}
    staged_rows = staged({"x": x, "b": b}, numbers, stage_crosses(SCHEMA, batch))
    run = RunTokens(
        DataFolder(Storage("/nowhere"), "d", "j"), 0, {name: tokens for name, (tokens, _) in runs.items()}, {}
    )
    kinds = feature_kinds(SCHEMA)
    ids = {name: table for kind in kinds for name, table in kind.token_ids(run).items()}
    inputs = transform(staged_rows, kinds, RULES, ids)
    assert sorted(inputs.schema.names) == sorted([*SCHEMA.number_inputs, *SCHEMA.id_inputs])
    for name in inputs.schema.names:
        column = inputs.column(name)
        assert column.type == (pa.float32() if name in SCHEMA.number_inputs else pa.int64())
        assert column.null_count == 0
    missing = [not (first and second) for first, second in zip(h, g, strict=True)]
    assert [pair == 0 for pair in inputs.column("h_x_g").to_pylist()] == missing
    assert [i == 0 for i in inputs.column("h").to_pylist()] == [not token for token in h]
    assert inputs.column("x:missing").to_pylist() == np.isnan(x).astype(float).tolist()


def test_kinds_are_those_of_the_schema_in_the_order_of_the_models_inputs() -> None:
    assert [type(kind) for kind in feature_kinds(SCHEMA)] == [HashedFeatures, NumericFeatures]
    schema = Schema(features={"x": Numeric(dtype="int64"), "c": Categorical()}, label=Label(column="y"))
    assert [type(kind) for kind in feature_kinds(schema)] == [CategoricalFeatures, NumericFeatures]
