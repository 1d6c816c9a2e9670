"""Columns of raw matrices, and the one operation that finds missing tokens."""

from __future__ import annotations

import pytest
import tensorflow as tf

from modeling.layers.feature_kinds.kind_inputs import (
    InputParts,
    KindInputs,
    RawTensors,
    gather_columns,
    own_columns,
)
from modeling.layers.missing_token import MissingToken

MATRIX = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_all_columns_in_order_are_the_matrix_itself() -> None:
    places = own_columns(["a", "b", "c"], ["a", "b", "c"])
    assert places is None
    assert gather_columns(MATRIX, places) is MATRIX


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["c"], [[3.0], [6.0]]),
        (["c", "a"], [[3.0, 1.0], [6.0, 4.0]]),
        (["b", "a", "c"], [[2.0, 1.0, 3.0], [5.0, 4.0, 6.0]]),
    ],
)
def test_some_columns_are_gathered_in_the_order_of_the_names(names: list[str], expected: list[list[float]]) -> None:
    assert gather_columns(MATRIX, own_columns(names, ["a", "b", "c"])).numpy().tolist() == expected


def test_a_name_without_a_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="'d'"):
        own_columns(["d"], ["a", "b", "c"])


def test_missing_tokens_are_computed_once() -> None:
    raw = RawTensors(MATRIX, tf.constant([["NA", "x"], ["", "NA"]]), MissingToken([["NA"], []]))
    assert raw.missing_tokens.numpy().tolist() == [[True, False], [True, False]]
    assert raw.missing_tokens is raw.missing_tokens


def test_a_kind_makes_no_inputs_and_holds_no_tables_unless_it_says_so() -> None:
    assert InputParts() == (None, None, None)
    assert KindInputs().tables == ()
    assert not KindInputs().trainable
