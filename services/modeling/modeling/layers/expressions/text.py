"""Functions of text. Those of characters have no value for bytes that are not UTF-8."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from contracts.expressions.nodes.text import Concatenate, Length, Substring, TextFunction
from contracts.expressions.patterns.literals import UTF8
from modeling.layers.expressions.nullable import Nullable, all_valid
from modeling.layers.expressions.unicode.character_case import in_lower_case, in_upper_case
from modeling.layers.expressions.unicode.decomposition import decomposed


def characters(operand: Nullable) -> Nullable:
    """Return text that is UTF-8; invalid and empty where it is not."""
    is_utf8 = tf.strings.regex_full_match(operand.values, UTF8)
    return Nullable(tf.where(is_utf8, operand.values, ""), operand.valid & is_utf8)


def _lower(operand: Nullable) -> Nullable:
    text = characters(operand)
    return Nullable(in_lower_case(text.values), text.valid)


def _upper(operand: Nullable) -> Nullable:
    text = characters(operand)
    return Nullable(in_upper_case(text.values), text.valid)


def _ltrim(operand: Nullable) -> Nullable:
    return Nullable(tf.strings.regex_replace(operand.values, r"\A +", "", replace_global=False), operand.valid)


def _rtrim(operand: Nullable) -> Nullable:
    return Nullable(tf.strings.regex_replace(operand.values, r" +\z", "", replace_global=False), operand.valid)


def _trim(operand: Nullable) -> Nullable:
    return _rtrim(_ltrim(operand))


def _nfkd(operand: Nullable) -> Nullable:
    text = characters(operand)
    return Nullable(decomposed(text.values), text.valid)


FUNCTIONS: dict[str, Callable[[Nullable], Nullable]] = {
    "lower": _lower,
    "upper": _upper,
    "trim": _trim,
    "ltrim": _ltrim,
    "rtrim": _rtrim,
    "nfkd": _nfkd,
}


def text_function(node: TextFunction, operand: Nullable) -> Nullable:
    """Return text in another case, or without spaces."""
    return FUNCTIONS[node.op](operand)


def length(node: Length, operand: Nullable) -> Nullable:
    """Return the number of characters."""
    del node
    text = characters(operand)
    return Nullable(_length(text.values), text.valid)


def substring(node: Substring, operand: Nullable) -> Nullable:
    """Return characters from a position on."""
    text = characters(operand)
    count = _length(text.values)
    start = tf.fill(tf.shape(count), tf.constant(node.start - 1, tf.int64)) if node.start > 0 else count + node.start
    start = tf.zeros_like(count) if node.start == 0 else start
    stop = tf.clip_by_value(start + node.length, tf.zeros_like(count), count)
    start = tf.clip_by_value(start, tf.zeros_like(count), count)
    part = tf.strings.substr(text.values, start, tf.maximum(stop - start, 0), unit="UTF8_CHAR")
    return Nullable(part, text.valid)


def concatenate(node: Concatenate, *parts: Nullable) -> Nullable:
    """Return the texts, one after the other."""
    del node
    return Nullable(tf.strings.join([part.values for part in parts]), all_valid(*parts))


def _length(text: tf.Tensor) -> tf.Tensor:
    """Return the number of characters of UTF-8, int64 [rows]."""
    return tf.cast(tf.strings.length(text, unit="UTF8_CHAR"), tf.int64)
