from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.made import SCHEMA, Made, make_rows

from contracts.schema import Schema
from modeling.messages import Dnn, Linear, NetworkSpec
from modeling.network import build_network, embedding_width

MADE = Made(make_rows(30), [1] * 30)


def only(kind: str) -> Schema:
    chosen = {name: feature for name, feature in SCHEMA.features.items() if feature.kind == kind}
    return SCHEMA.model_copy(update={"features": chosen})


def sizes(schema: Schema) -> list[int]:
    return [len(MADE.vocabularies[name]) + 2 for name in schema.categorical]


@pytest.mark.parametrize("spec", [Linear(kind="linear"), Dnn(kind="dnn", hidden=[4], dropout=0.5)])
@pytest.mark.parametrize("schema", [SCHEMA, only("numeric"), only("categorical")])
def test_gives_one_number_per_row(spec: NetworkSpec, schema: Schema) -> None:
    width = len(schema.numeric) + len(schema.indicators)
    network = build_network(spec, width, sizes(schema))
    inputs = (tf.ones([5, width]), tf.ones([5, len(schema.categorical)], tf.int64))
    found = network(inputs, training=False)
    assert found.shape == (5,)
    assert np.array_equal(found.numpy(), network(inputs, training=False).numpy())


def test_a_linear_network_has_a_weight_per_number_and_per_id_and_begins_at_even_odds() -> None:
    network = build_network(Linear(kind="linear"), 7, sizes(SCHEMA))
    ids = sum(len(vocabulary) + 2 for vocabulary in MADE.vocabularies.values())
    assert sum(int(np.prod(weight.shape)) for weight in network.weights) == 4 + 3 + 1 + 1 + ids
    found = network((tf.ones([2, 7]), tf.ones([2, 3], tf.int64)))
    assert found.numpy().tolist() == [0.0, 0.0]


def test_embedding_widths_are_powers_of_two() -> None:
    widths = [embedding_width(size) for size in range(2, 3000)]
    assert set(widths) <= {2, 4, 8, 16}
    assert widths == sorted(widths)
