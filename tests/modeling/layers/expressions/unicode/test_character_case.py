from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from modeling.layers.expressions.unicode.character_case import in_lower_case, in_upper_case

CHARACTERS = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
TEXTS = ["".join(CHARACTERS[i : i + 64]) for i in range(0, len(CHARACTERS), 64)]


def test_each_character_of_unicode_has_the_case_of_arrow() -> None:
    lower = [text.decode() for text in in_lower_case(tf.constant(TEXTS)).numpy().tolist()]
    upper = [text.decode() for text in in_upper_case(tf.constant(TEXTS)).numpy().tolist()]
    assert lower == pc.utf8_lower(pa.array(TEXTS)).to_pylist()
    assert upper == pc.utf8_upper(pa.array(TEXTS)).to_pylist()
