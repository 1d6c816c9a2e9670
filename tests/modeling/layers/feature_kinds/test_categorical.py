"""Tokens are looked up, each feature in its own column and vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from contracts.dataset.vocabulary import Vocabulary
from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from modeling.layers.feature_kinds.categorical import CategoricalInputs
from modeling.layers.feature_kinds.kind_inputs import RawTensors
from modeling.layers.missing_token import MissingToken

SCHEMA = Schema(
    features={
        "carrier": Categorical(null_values=["-"], oov_buckets=3),
        "tail": Hashed(buckets=5),
        "km": Numeric(dtype="float64"),
        "origin": Categorical(),
    },
    label=Label(column="late"),
    null_tokens=["NA"],
)
VOCABULARIES = {"carrier": Vocabulary.of([b"UA", b"AA"], [9, 5]), "origin": Vocabulary.of([b"UA", b"\xff\n"], [2, 1])}
TOKENS = [
    [b"UA", b"x", b"UA"],
    [b"AA", b"x", b"\xff\n"],
    [b"NA", b"x", b""],
    [b"-", b"x", b"-"],
    [b"??", b"x", b"??"],
]


def raw(tokens: tf.Tensor) -> RawTensors:
    missing = MissingToken([SCHEMA.nulls_of(name) for name in SCHEMA.token_columns])
    return RawTensors(tf.zeros([len(TOKENS), 1]), tokens, missing)


@pytest.mark.parametrize("in_graph", [False, True])
def test_known_missing_and_unknown_tokens(in_graph: bool) -> None:
    layer = CategoricalInputs(SCHEMA, VOCABULARIES)

    def ids_of(tokens: tf.Tensor) -> tf.Tensor:
        parts = layer.inputs_of(raw(tokens))
        assert parts.numbers is None
        assert parts.indicators is None
        assert parts.ids is not None
        return parts.ids

    ids: Any = (tf.function(ids_of) if in_graph else ids_of)(tf.constant(TOKENS, tf.string))
    bucket = 1 + int(tf.strings.to_hash_bucket_fast("??", 3))
    assert ids.numpy().tolist() == [[4, 2], [5, 3], [0, 0], [0, 1], [bucket, 1]]


def test_the_tables_are_saved_with_the_graph(tmp_path: Path) -> None:
    layer = CategoricalInputs(SCHEMA, VOCABULARIES)
    module: Any = tf.Module()
    module.tables = layer.tables
    module.run = tf.function(
        lambda tokens: layer.inputs_of(raw(tokens)).ids, input_signature=[tf.TensorSpec([None, 3], tf.string)]
    )
    tf.saved_model.save(module, str(tmp_path))
    loaded: Any = tf.saved_model.load(str(tmp_path))
    assert loaded.run(tf.constant(TOKENS[:3], tf.string)).numpy().tolist() == [[4, 2], [5, 3], [0, 0]]
