"""Normalization form KD in the graph: every character of Unicode, and marks in any order, as Arrow has them."""

from __future__ import annotations

import random
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from modeling.layers.expressions.unicode.decomposition import decomposed
from sources.expressions.unicode_tables import decomposition

CHARACTERS = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]


def normal(texts: list[str]) -> list[str]:
    return [text.decode() for text in decomposed(tf.constant(texts)).numpy().tolist()]


def test_each_character() -> None:
    assert normal(CHARACTERS) == pc.utf8_normalize(pa.array(CHARACTERS), form="NFKD").to_pylist()


def test_marks_are_put_in_order_within_their_row() -> None:
    tables, draw = decomposition(), random.Random(1)
    marks, changed = ([chr(point) for point in points] for points in (tables.marks, tables.changed))
    any_of = [*"ae " * 20, *marks, *changed[::20]]
    texts = ["".join(draw.choices(any_of, k=12)) for _ in range(5000)]
    texts += ["", "\u0301", "\u0323\u0301", "\u0301\u0323", ""]
    assert normal(texts) == pc.utf8_normalize(pa.array(texts), form="NFKD").to_pylist()


def test_known_texts() -> None:
    texts = ["\uff21\uff4c", "ﬁn", "Å", "한국어", "x²", "ệ"]
    assert normal(texts) == [unicodedata.normalize("NFKD", text) for text in texts]
