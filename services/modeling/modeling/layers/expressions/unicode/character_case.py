"""Upper and lower case by character: Arrow's mappings as tables in the graph, since TensorFlow's are ICU's.

ICU's depend on the machine's language, on the letters around (the sigma at the end of a word), and map one character to several.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from sources.values.text_values import lower_case_pairs

_LETTERS_END = 0x20000
_SURROGATES = range(0xD800, 0xE000)


@cache
def upper_case_pairs() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the characters that have another upper case, ascending, and those: code points, int32 [pairs] each."""
    points = np.array([point for point in range(_LETTERS_END) if point not in _SURROGATES], np.int32)
    characters = list(points.tobytes().decode("utf-32-le"))
    upper = "".join(cast("list[str]", pc.utf8_upper(pa.array(characters)).to_pylist()))
    upper_points = np.frombuffer(upper.encode("utf-32-le"), np.int32)
    changes = points != upper_points
    return points[changes], upper_points[changes]


def in_lower_case(text: tf.Tensor) -> tf.Tensor:
    """Return text, string [rows] of UTF-8, in lower case."""
    return _mapped(text, *lower_case_pairs())


def in_upper_case(text: tf.Tensor) -> tf.Tensor:
    """Return text, string [rows] of UTF-8, in upper case."""
    return _mapped(text, *upper_case_pairs())


def _mapped(text: tf.Tensor, characters: npt.NDArray[np.int32], others: npt.NDArray[np.int32]) -> tf.Tensor:
    table, mapped = tf.constant(characters), tf.constant(others)
    decoded = tf.strings.unicode_decode(text, "UTF-8")
    points = decoded.flat_values
    index = tf.minimum(tf.searchsorted(table, points), tf.size(table) - 1)
    changed = tf.where(tf.equal(tf.gather(table, index), points), tf.gather(mapped, index), points)
    return tf.strings.unicode_encode(decoded.with_flat_values(changed), "UTF-8")
