"""Lists of tokens in the graph."""

from __future__ import annotations

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidRequest
from contracts.expressions.expression import Expression
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.lists import ListStatistic
from contracts.features import Many
from contracts.schema import Categorical, Label, Numeric, Schema
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_rows
from modeling.layers.token_text.token_lists import checked_lists, list_ids, undivided
from sources.values.list_text import text_of

WIDTH = 4


def lengths_of(tokens: tf.Tensor) -> tf.Tensor:
    """Return for each token its number of bytes as an id, plus 1."""
    return tf.cast(tf.strings.length(tokens), tf.int64) + 1


@given(
    lists=st.lists(st.one_of(st.none(), st.lists(st.binary(max_size=3), max_size=WIDTH)), min_size=1, max_size=6),
    separator=st.sampled_from(["|", ", ", "é"]),
)
def test_ids_are_those_of_the_tokens_and_one_above(lists: list[list[bytes] | None], separator: str) -> None:
    mark = separator.encode()
    lists = [None if own is None else [token for token in own if mark not in token] for own in lists]
    texts = [b"" if own is None else text_of(own, separator) or b"" for own in lists]
    missing = tf.constant([own is None for own in lists])
    ids = list_ids(tf.constant(texts, tf.string), missing, separator, WIDTH, lengths_of).numpy().tolist()
    wanted = [[1] if own is None else [len(token) + 2 for token in own] for own in lists]
    assert ids == [own + [0] * (WIDTH - len(own)) for own in wanted]


def test_a_graph_refuses_lists_that_are_too_long() -> None:
    schema = Schema(features={"c": Categorical(), "l": Categorical(many=Many(max=2))}, label=Label(column="y"))
    tokens = tf.constant([["a|b|c", "a|b|"], ["", "[]"], ["", ""]])
    assert checked_lists(tokens, schema).numpy().tolist() == tokens.numpy().tolist()
    with pytest.raises(tf.errors.InvalidArgumentError, match="l: must have at most 2 tokens"):
        tf.function(lambda given: checked_lists(given, schema))(tf.constant([["", "a|b|c"]]))


NUMBERS = Schema(
    features={"mean": Numeric(dtype="float64")},
    computed={
        "mean": Expression(root=ListStatistic(op="list_mean", operand=Column(name="l", type="text"), separator="|"))
    },
    columns={"l": "bytes"},
    null_tokens=["", "NA"],
    label=Label(column="y"),
)


@given(text=st.one_of(st.text("1-+.e|naif [] xNA", max_size=8), st.sampled_from(["[]", "NA", "1|NA", "1||3|", "[]|"])))
def test_a_graph_refuses_lists_of_other_than_numbers_as_requests_do(text: str) -> None:
    try:
        read_rows([{"l": "1|2"}, {"l": text}], Fields.of(NUMBERS), "instances")
    except InvalidRequest:
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"l: must be a list of numbers, or their text with '\|'"
        ):
            checked_lists(tf.constant([["1|2"], [text]]), NUMBERS)
    else:
        assert checked_lists(tf.constant([[text]]), NUMBERS).numpy().tolist() == [[text.encode()]]


def test_tokens_of_several_may_not_hold_the_separator() -> None:
    for lists, is_right in {
        (("a|b",), ("c", "d")): True,
        (("a", "b|"),): False,
        ((), ("a",), ("", "x|y")): False,
    }.items():
        tokens = tf.constant([token for own in lists for token in own])
        rows = tf.constant([row for row, own in enumerate(lists) for _ in own], tf.int64)
        if is_right:
            undivided(tokens, rows, tf.constant(len(lists), tf.int64), "l", "|")
            continue
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"l: a token of the list holds the separator '\|'"):
            undivided(tokens, rows, tf.constant(len(lists), tf.int64), "l", "|")


def test_of_longer_lists_the_first_tokens_count() -> None:
    ids = list_ids(tf.constant(["a|bb|c|d|e|f"]), tf.constant([False]), "|", WIDTH, lengths_of)
    assert ids.numpy().tolist() == [[3, 4, 3, 3]]
