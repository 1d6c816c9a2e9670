"""Lower case inside the graph: the mapping of `sources.values.text_values`, in which each character has one of its own.

TensorFlow's own lower case is ICU's: it depends on the machine's language, and on the letters around a sigma.
"""

from __future__ import annotations

import tensorflow as tf

from sources.values.text_values import lower_case_pairs


def lower_case(tokens: tf.Tensor) -> tf.Tensor:
    """Return tokens, string of any shape, in lower case; of bytes that are not UTF-8 the ASCII letters alone have one.

    >>> [token.decode() for token in lower_case(tf.constant(["Yes", "ÉTÉ", "ΟΔΟΣ"])).numpy()]
    ['yes', 'été', 'οδοσ']
    """
    upper, lower = map(tf.constant, lower_case_pairs())
    flat = tf.reshape(tokens, [-1])
    is_utf8 = tf.equal(tf.strings.unicode_transcode(flat, "UTF-8", "UTF-8"), flat)
    text = tf.strings.unicode_decode(tf.where(is_utf8, flat, ""), "UTF-8")
    points = text.flat_values
    pairs = tf.minimum(tf.searchsorted(upper, points), tf.size(upper) - 1)
    in_lower_case = tf.where(tf.equal(tf.gather(upper, pairs), points), tf.gather(lower, pairs), points)
    encoded = tf.strings.unicode_encode(text.with_flat_values(in_lower_case), "UTF-8")
    lowered = tf.reshape(tf.where(is_utf8, encoded, tf.strings.lower(flat)), tf.shape(tokens))
    return tf.ensure_shape(lowered, tokens.shape)
