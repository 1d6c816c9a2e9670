"""Tokens are hashed, each feature with its own buckets and its own null tokens."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from contracts.schema import Categorical, Hashed, Label, Schema
from modeling.layers.feature_kinds.hashed import HashedInputs
from modeling.layers.feature_kinds.kind_inputs import RawTensors
from modeling.layers.missing_token import MissingToken

SCHEMA = Schema(
    features={"tail": Hashed(buckets=1000, null_values=["-"]), "origin": Categorical(), "flight": Hashed(buckets=7)},
    label=Label(column="late"),
    null_tokens=["NA"],
)
TOKENS = [[b"N1", b"a", b"N1"], [b"\xff\n", b"a", b"\xff\n"], [b"", b"a", b"NA"], [b"-", b"a", b"-"]]


@pytest.mark.parametrize("in_graph", [False, True])
def test_ids_are_one_more_than_the_hash_and_zero_where_missing(in_graph: bool) -> None:
    layer = HashedInputs(SCHEMA)
    missing = MissingToken([SCHEMA.nulls_of(name) for name in SCHEMA.token_columns])

    def ids_of(tokens: tf.Tensor) -> tf.Tensor:
        parts = layer.inputs_of(RawTensors(tf.zeros([len(TOKENS), 0]), tokens, missing))
        assert parts.numbers is None
        assert parts.indicators is None
        assert parts.ids is not None
        return parts.ids

    ids: Any = (tf.function(ids_of) if in_graph else ids_of)(tf.constant(TOKENS, tf.string))

    def bucket(token: bytes, buckets: int) -> int:
        return 1 + int(tf.strings.to_hash_bucket_fast(token, buckets))

    assert ids.numpy().tolist() == [
        [bucket(b"N1", 1000), bucket(b"N1", 7)],
        [bucket(b"\xff\n", 1000), bucket(b"\xff\n", 7)],
        [0, 0],
        [0, bucket(b"-", 7)],
    ]


def test_there_is_no_table_to_save() -> None:
    assert HashedInputs(SCHEMA).tables == ()
