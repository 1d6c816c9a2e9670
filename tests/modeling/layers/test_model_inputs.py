from __future__ import annotations

import numpy as np
import tensorflow as tf
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import oracle, raw_matrices

from contracts.schema import Bucketize, Numeric
from modeling.layers.model_inputs import ModelInputs


def test_equals_the_oracle_on_missing_constant_infinite_and_unknown_values() -> None:
    rows = make_rows(200)
    rows[0]["distance km"] = float("inf")
    rows[1]["distance km"] = 1e300
    rows[2]["class"] = 2**63 - 1
    rows[3]["origin"] = b"NA"
    made = Made(rows, [1] * 200)
    layer = ModelInputs(made.schema, made.statistics, made.vocabularies)
    numeric, tokens = raw_matrices(made.schema, rows)
    found = tf.function(layer)(tf.constant(numeric), tf.constant(tokens))
    expected = oracle(made, rows)
    assert np.array_equal(found[0].numpy(), expected[0])
    assert np.array_equal(found[1].numpy(), expected[1])
    assert np.all(np.isfinite(found[0].numpy()))


def test_an_almost_constant_column_is_not_blown_up() -> None:
    schema = SCHEMA.model_copy(update={"features": {"x": Numeric(dtype="float64")}})
    rows = [{"x": value, "late": 0} for value in (1e-45, 1e-45, 2e-45)]
    made = Made(rows, [1, 1, 1], schema=schema)
    found, _ = ModelInputs(schema, made.statistics, {})(tf.constant([[1e-45], [np.nan]]), tf.zeros([2, 0], tf.string))
    assert np.all(np.isfinite(found.numpy()))
    assert np.all(np.abs(found.numpy()) < 1e-30)


def test_a_schema_whose_every_number_is_bucketized_has_ids_alone() -> None:
    schema = SCHEMA.model_copy(update={"features": {"x": Numeric(dtype="float64", bucketize=Bucketize(bounds=[0]))}})
    made = Made([{"x": value, "late": 0} for value in (-1.0, 1.0)], [1, 1], schema=schema)
    layer = ModelInputs(schema, made.statistics, {})
    numbers, ids = tf.function(layer)(tf.constant([[-1.0], [0.0], [np.nan]]), tf.zeros([3, 0], tf.string))
    assert numbers.shape == (3, 0)
    assert ids.numpy().tolist() == [[1], [2], [0]]
