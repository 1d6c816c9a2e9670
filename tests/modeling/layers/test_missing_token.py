"""Missing tokens: empty text, and each column's own null tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modeling.made import NASTY

from modeling.layers.missing_token import MissingToken

SPELLINGS = ["NA", "-", "", "null", "日本"]
NULLS = st.lists(st.lists(st.sampled_from(SPELLINGS), max_size=4), min_size=1, max_size=4)


def test_a_columns_null_tokens_are_missing_in_that_column_alone() -> None:
    tokens = tf.constant([[b"a", b"a", b"a"], [b"\xff\n\0", b"\xff\n\0", b"\xff\n\0"], [b"", b"NA", b"NA"]], tf.string)
    missing = MissingToken([[], ["NA"], ["-"]])(tokens)
    assert missing.numpy().tolist() == [[False] * 3, [False] * 3, [True, True, False]]


@settings(max_examples=20)
@given(nulls=NULLS, asked=st.lists(st.sampled_from([*NASTY, *(text.encode() for text in SPELLINGS), b"na", b" NA"])))
def test_equals_membership_in_a_set(nulls: list[list[str]], asked: list[bytes]) -> None:
    """Columns with fewer null tokens than others are no different, nor is a batch without rows."""
    tokens = tf.reshape(tf.constant([[token] * len(nulls) for token in asked], tf.string), [len(asked), len(nulls)])
    missing = MissingToken(nulls)(tokens)
    assert missing.shape == (len(asked), len(nulls))
    expected = [[token in {b"", *(text.encode() for text in own)} for own in nulls] for token in asked]
    assert missing.numpy().tolist() == expected


def test_without_columns_there_is_nothing_to_tell() -> None:
    assert MissingToken([])(tf.zeros([3, 0], tf.string)).shape == (3, 0)


def test_survives_saving_and_loading(tmp_path: Path) -> None:
    module: Any = tf.Module()
    module.run = tf.function(
        MissingToken([["NA"], []]), input_signature=[tf.TensorSpec([None, 2], tf.string, name="tokens")]
    )
    tf.saved_model.save(module, str(tmp_path))
    loaded: Any = tf.saved_model.load(str(tmp_path))
    assert loaded.run(tf.constant([["NA", "NA"], ["", ""]])).numpy().tolist() == [[True, False], [True, True]]
