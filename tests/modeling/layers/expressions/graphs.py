"""Expressions computed by a graph that TensorFlow has optimized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from tests.expression_cases import KINDS, Case, as_written, parsed

from modeling.layers.expressions.compile_graph import compile_graph
from modeling.layers.expressions.nullable import DTYPES, Nullable

FILLS: dict[str, object] = {"double": 0.0, "integer": 0, "boolean": False, "text": b"", "instant": 0}


def nullable(name: str, values: Sequence[Any]) -> Nullable:
    kind = KINDS[name]
    filled: list[Any] = [FILLS[kind] if value is None else value for value in values]
    return Nullable(tf.constant(filled, DTYPES[kind]), tf.constant([value is not None for value in values], tf.bool))


def results(cases: Sequence[Case]) -> dict[str, list[object]]:
    """The results of each case, doubles as their bits; None where they are invalid."""
    graphs = {text: compile_graph(parsed(text)) for text, _, _ in cases}
    columns = {text: {name: nullable(name, values) for name, values in given.items()} for text, given, _ in cases}
    tensors = {text: {name: (c.values, c.valid) for name, c in given.items()} for text, given in columns.items()}
    signature = tf.nest.map_structure(lambda tensor: tf.TensorSpec([None], tensor.dtype), tensors)

    @tf.function(input_signature=[signature])
    def compute(given: dict[str, dict[str, tuple[tf.Tensor, tf.Tensor]]]) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        computed = {
            text: graph({name: Nullable(*pair) for name, pair in given[text].items()}) for text, graph in graphs.items()
        }
        return {text: (result.values, result.valid) for text, result in computed.items()}

    return {
        text: as_written(
            [
                value if is_valid else None
                for value, is_valid in zip(values.numpy().tolist(), valid.numpy(), strict=True)
            ]
        )
        for text, (values, valid) in compute(tensors).items()
    }
