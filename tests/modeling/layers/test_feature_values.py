"""Features in the graph are those of Arrow, bit by bit, on any values."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modeling.feature_kinds.test_feature_rows import COMPUTED, PLAIN, VALUES

from contracts.features import Categorical, Numeric
from contracts.schema import Label, Schema
from modeling.feature_kinds.feature_rows import FeatureRows
from modeling.feature_kinds.raw_values import RawColumns, RawValues
from modeling.layers.feature_values import FeatureValues
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.matrices import MISSING_INTEGER

GRAPH = tf.function(
    FeatureValues(COMPUTED),
    input_signature=[
        tf.TensorSpec([None, 1], tf.float32),
        tf.TensorSpec([None, 2], tf.string),
        tf.TensorSpec([None, 2], tf.int64),
    ],
)
ARROW = FeatureRows(COMPUTED)
NUMBERS = st.one_of(
    st.floats(width=32, allow_infinity=False), st.sampled_from([0.0, -0.0, 3.0e38, 1e-45, -1e-45, 1.2e-38])
)
TOKENS = st.sampled_from([b"", b"NA", b"a", "ü".encode(), b"\xff", b"na"])
INTEGERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, -1, MISSING_INTEGER, 2**53 + 1]))
TIMES = st.one_of(st.integers(-(2**55), 2**55), st.just(MISSING_INTEGER))


def of_graph(values: RawValues) -> tuple[np.ndarray, list[list[Any]]]:
    numbers, tokens = GRAPH(*(tf.constant(matrix) for matrix in values.matrices))
    return numbers.numpy(), tokens.numpy().tolist()


def flushed(numbers: np.ndarray) -> np.ndarray:
    """The bits of float32, of subnormal numbers those of 0 with their sign."""
    smallest = np.finfo(np.float32).smallest_normal
    return np.where(np.abs(numbers) < smallest, np.copysign(np.float32(0), numbers), numbers).view(np.int32)


def test_columns_stand_in_the_order_of_the_schema() -> None:
    numbers, tokens = of_graph(VALUES)
    np.testing.assert_array_equal(numbers, [[1.5, 2, 0], [np.nan, 4, 1], [np.nan, np.nan, np.nan]])
    assert tokens == [[b"a", b"a-b"], [b"NA", b""], [b"d", b""]]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NUMBERS, TOKENS, TOKENS, INTEGERS, TIMES), max_size=30))
def test_the_graph_equals_arrow(rows: list[tuple[Any, ...]]) -> None:
    numeric = np.array([[row[0]] for row in rows], np.float32).reshape(len(rows), 1)
    tokens = np.array([list(row[1:3]) for row in rows], object).reshape(len(rows), 2)
    integers = np.array([list(row[3:]) for row in rows], np.int64).reshape(len(rows), 2)
    expected = ARROW.of(RawValues(numeric, tokens, integers)).values
    made_numbers, made_tokens = of_graph(RawValues(numeric, tokens, integers))
    np.testing.assert_array_equal(flushed(made_numbers), flushed(expected.numeric))
    assert made_tokens == expected.tokens.tolist()


def test_without_computed_features_tensors_are_passed_on() -> None:
    numbers, tokens = tf.zeros([2, 2]), tf.constant([["a"], [""]])
    made = FeatureValues(PLAIN)(numbers, tokens)
    assert made[0] is numbers
    assert made[1] is tokens


def test_a_schema_may_be_computed_from_tokens_alone() -> None:
    schema = Schema(
        features={"size": Numeric(dtype="int64"), "is_a": Numeric(dtype="int64"), "up": Categorical()},
        label=Label(column="y"),
        computed={
            "size": parse_expression("length(s)", {"s": "text"}),
            "is_a": parse_expression("s = 'a'", {"s": "text"}),
            "up": parse_expression("upper(s)", {"s": "text"}),
        },
        columns={"s": "bytes"},
    )
    assert RawColumns.of(schema) == RawColumns([], ["s"], [])
    numbers, tokens = FeatureValues(schema)(tf.zeros([3, 0]), tf.constant([["a"], ["été"], [""]]))
    np.testing.assert_array_equal(numbers.numpy(), [[1, 1], [3, 0], [np.nan, np.nan]])
    assert tokens.numpy().tolist() == [[b"A"], ["ÉTÉ".encode()], [b""]]
