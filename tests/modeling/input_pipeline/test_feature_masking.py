"""Masked model inputs are those of rows without the masked values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import raw_matrices

from contracts.schema import Bucketize, Categorical, Cross, Hashed, Numeric
from modeling.input_pipeline.feature_masking import FeatureMasking
from modeling.layers.model_inputs import ModelInputs

EVERY_KIND = SCHEMA.model_copy(
    update={
        "features": {
            "distance km": Numeric(dtype="float64", indicator=True),
            "carrier/日本": Categorical(oov_buckets=3),
            "class": Numeric(dtype="int64", bucketize=Bucketize(bounds=[0, 10, 20])),
            "constant": Numeric(dtype="float64"),
            "origin": Categorical(),
            "hash": Hashed(buckets=50),
        },
        "crosses": [
            Cross(features=["origin", "hash"], buckets=1000),
            Cross(features=["carrier/日本", "origin"], buckets=7),
        ],
    }
)
ROWS = [{**row, "hash": b"%d" % index} for index, row in enumerate(make_rows(300))]
MADE = Made(ROWS, [1] * len(ROWS), schema=EVERY_KIND)
LAYER = ModelInputs(EVERY_KIND, MADE.statistics, MADE.vocabularies)
MASKING = FeatureMasking(LAYER)
NONE_MASKED = np.zeros((len(ROWS), len(EVERY_KIND.features)), bool)

Pair = tuple[np.ndarray, np.ndarray]


def inputs_of(rows: list[dict[str, Any]]) -> Pair:
    numeric, tokens = raw_matrices(EVERY_KIND, rows)
    numbers, ids = LAYER(tf.constant(numeric), tf.constant(tokens, tf.string))
    return numbers.numpy(), ids.numpy()


def masked(missing: np.ndarray, unseen: np.ndarray | None = None, **options: Any) -> Pair:
    numbers, ids = MASKING.masked(inputs_of(ROWS), missing, unseen, **options)
    return numbers.numpy(), ids.numpy()


def column(name: str) -> int:
    return EVERY_KIND.id_inputs.index(name)


def only(*features: str) -> np.ndarray:
    return NONE_MASKED | np.isin(MASKING.features, features)


@pytest.mark.parametrize("in_graph", [False, True])
def test_missing_features_are_those_of_rows_without_them(in_graph: bool) -> None:
    missing = np.random.default_rng(0).random(NONE_MASKED.shape) < 0.4
    emptied = [
        {name: value for name, value in row.items() if name == "late" or not gone[MASKING.features.index(name)]}
        for row, gone in zip(
            [{name: row[name] for name in (*MASKING.features, "late")} for row in ROWS], missing, strict=True
        )
    ]
    apply = tf.function(MASKING.masked) if in_graph else MASKING.masked
    before = inputs_of(ROWS)
    numbers, ids = apply((tf.constant(before[0]), tf.constant(before[1])), tf.constant(missing))
    expected = inputs_of(emptied)
    assert np.array_equal(numbers.numpy(), expected[0])
    assert np.array_equal(ids.numpy(), expected[1])


def test_nothing_masked_changes_nothing() -> None:
    for found, expected in zip(masked(NONE_MASKED, NONE_MASKED), inputs_of(ROWS), strict=True):
        assert np.array_equal(found, expected)


def test_an_unseen_token_is_out_of_vocabulary_and_numbers_cannot_be_unseen() -> None:
    numbers, ids = masked(NONE_MASKED, ~NONE_MASKED)
    expected = inputs_of([{**row, "origin": b"never", "carrier/日本": b"never"} for row in ROWS])
    assert np.array_equal(numbers, expected[0])
    assert np.array_equal(ids[:, column("class")], expected[1][:, column("class")])
    assert set(ids[:, column("origin")]) == {1}
    assert set(ids[:, column("carrier/日本")]) == {1, 2, 3}
    assert ids[:, column("hash")].min() >= 1
    assert ids[:, column("hash")].max() <= 50
    assert MASKING.can_be_unseen.tolist() == [False, True, False, False, True, True]
    assert MASKING.has_vocabulary.tolist() == [False, True, False, False, True, False]


def test_a_cross_follows_its_parts() -> None:
    before, missing = inputs_of(ROWS)[1], masked(only("carrier/日本"))[1]
    assert set(missing[:, column("carrier/日本_x_origin")]) == {0}
    assert np.array_equal(missing[:, column("origin_x_hash")], before[:, column("origin_x_hash")])
    unseen = masked(NONE_MASKED, only("hash"))[1][:, column("origin_x_hash")]
    assert len(set(unseen)) > 0.8 * len(ROWS), "each row has a bucket of its own, as if hashed"
    assert unseen.min() >= 1
    assert unseen.max() <= 1000
    assert set(masked(only("origin"), only("hash"))[1][:, column("origin_x_hash")]) == {0}, "missing wins"
    pairs = masked(NONE_MASKED, only("hash"), unseen_pairs="missing")[1]
    assert set(pairs[:, column("origin_x_hash")]) == {0}
    assert pairs[:, column("hash")].min() >= 1


def test_the_buckets_of_unseen_tokens_follow_from_the_draws_alone() -> None:
    draws = tf.range(len(ROWS), dtype=tf.int64) * 7 + 3
    first = masked(NONE_MASKED, ~NONE_MASKED, draws=draws)[1]
    assert np.array_equal(first, masked(NONE_MASKED, ~NONE_MASKED, draws=draws)[1])
    assert not np.array_equal(first, masked(NONE_MASKED, ~NONE_MASKED)[1])
    counts = np.bincount(first[:, column("carrier/日本")], minlength=4)[1:]
    assert counts.min() > len(ROWS) / 6, "buckets are about equally likely"


def test_a_dataset_without_numbers_or_without_tokens() -> None:
    for features in ({"class": Numeric(dtype="int64")}, {"origin": Categorical()}):
        schema = SCHEMA.model_copy(update={"features": features})
        made = Made(ROWS, [1] * len(ROWS), schema=schema)
        layer = ModelInputs(schema, made.statistics, made.vocabularies)
        numeric, tokens = raw_matrices(schema, ROWS)
        inputs = layer(tf.constant(numeric), tf.constant(tokens, tf.string))
        every = np.ones((len(ROWS), 1), bool)
        numbers, ids = FeatureMasking(layer).masked(inputs, every, every)
        assert numbers.shape == inputs[0].shape
        assert not ids.numpy().any()
        assert len(np.unique(numbers.numpy(), axis=0)) == 1
