"""Lower case is one mapping of characters: in files, in requests, in the graph, and of tokens that a request names."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features import TextRule
from modeling.layers.token_text.lower_case import lower_case
from sources.values.text_values import read_tokens

RULE = TextRule(fold_case=True)
CHOSEN = ["İ", "ΟΔΟΣ ΟΔΟΣ", "Ǆ", "ẞ", "ﬀ", "K", "\ufeffA", "\ufffdA", "\0A\0", "A\u0307", "", "\u017f", "𐐀", "日本A"]
BYTES = [b"\xffA", "É".encode() + b"\xff", b"\xed\xa0\x80A", b"\xc0\x80A", b"A\xf4\x90\x80\x80", "É".encode()[:1]]
IN_GRAPH = tf.function(lower_case, input_signature=[tf.TensorSpec([None], tf.string)])


def by_readers(texts: list[bytes]) -> list[bytes]:
    return [token or b"" for token in read_tokens(pa.array(texts, pa.binary()), RULE).to_pylist()]


def test_each_character_has_one_lower_case_in_the_graph_and_in_readers() -> None:
    characters = [chr(point) for point in range(0x20000) if not 0xD800 <= point < 0xE000]
    texts = [character.encode() for character in characters]
    read = by_readers(texts)
    assert IN_GRAPH(tf.constant(texts)).numpy().tolist() == read
    assert sum(text != token for text, token in zip(texts, read, strict=True)) > 1000
    known = [place for place, character in enumerate(characters) if unicodedata.category(character) != "Cn"]
    assert [RULE.read(characters[place]).encode() for place in known] == [read[place] for place in known]


@settings(max_examples=60)
@given(st.lists(st.text(max_size=8).map(str.encode) | st.binary(max_size=6), max_size=20))
def test_texts_and_bytes_that_are_no_text(texts: list[bytes]) -> None:
    texts = [*texts, *(text.encode() for text in CHOSEN), *BYTES]
    assert IN_GRAPH(tf.constant(texts, tf.string)).numpy().tolist() == by_readers(texts)


def test_a_matrix_keeps_its_shape() -> None:
    assert lower_case(tf.constant([["A", "b"], ["C", ""]])).numpy().tolist() == [[b"a", b"b"], [b"c", b""]]
    assert lower_case(tf.zeros([0, 2], tf.string)).shape == (0, 2)
