"""The canonical spelling of numbers and booleans inside the graph: `contracts.features.spelling`, for signatures that take text.

This service spells tokens before it calls a graph. The operations are for other servers, and for records of raw features.
"""

from __future__ import annotations

import re

import tensorflow as tf

from contracts.features.spelling import LARGE, PLAIN, SMALL, WORDS

_INTEGER = "-?(?:0|[1-9][0-9]*)"
_REWRITES = [
    *((word, token) for word, token in WORDS.items()),
    (r"(\.[0-9]+)", r"0\1"),
    (r"-(\.[0-9]+)", r"-0\1"),
    (rf"({_INTEGER}\.[0-9]*[1-9])0+", r"\1"),
    (rf"({_INTEGER})\.0+", r"\1"),
    ("-0", "0"),
]
"""Texts, and what they become, one after the other."""
_TINY = r"-?0\.0000[0-9]+"
_LARGE_EXAMPLE, _SMALL_EXAMPLE = "1.0e+05", "1.0e-05"
_FIRST_EXPONENT = 5
"""Smaller numbers than ten to minus this have an exponent."""


def canonical_tokens(tokens: tf.Tensor, point: str = ".") -> tf.Tensor:
    """Return tokens, string of any shape, in their canonical spelling. `point`: the decimal point of text.

    >>> canonical_tokens(tf.constant(["101.0", "6.50", "1.2345678E7", "True", "06"])).numpy().tolist()
    [b'101', b'6.5', b'12345678', b'true', b'06']
    """
    if point != ".":
        return _with_point(tokens, point)
    for text, rewrite in _REWRITES:
        tokens = tf.strings.regex_replace(tokens, f"^(?:{text})$", rewrite, replace_global=False)
    is_large = tf.strings.regex_full_match(tokens, LARGE)
    is_small = tf.strings.regex_full_match(tokens, SMALL)
    is_tiny = tf.strings.regex_full_match(tokens, _TINY)
    tokens = tf.where(is_large, _large(tf.where(is_large, tokens, _LARGE_EXAMPLE)), tokens)
    small = tf.where(is_small, tokens, _SMALL_EXAMPLE)
    digits, exponent = _mantissa(small), _exponent(small)
    tiny = tf.where(is_tiny, tokens, "0.00001")
    rest = tf.strings.regex_replace(tiny, r"^-?0\.0*", "", replace_global=False)
    zeros = tf.strings.length(tiny) - tf.strings.length(rest) - tf.strings.length(_sign(tiny)) - len("0.")
    below_one = _below_one(tokens, tf.where(is_tiny, rest, digits), tf.where(is_tiny, zeros + 1, exponent))
    return tf.where(is_small | is_tiny, below_one, tokens)


def _with_point(tokens: tf.Tensor, point: str) -> tf.Tensor:
    mark = re.escape(point)
    has_dot = tf.not_equal(tf.strings.regex_replace(tokens, r"\.", "", replace_global=False), tokens)
    dotted = tf.strings.regex_replace(tokens, mark, ".")
    is_number = tf.strings.regex_full_match(dotted, f"(?:{PLAIN}|{LARGE}|{SMALL})")
    spelled = canonical_tokens(tf.where(is_number, dotted, tokens))
    return tf.where(has_dot, tokens, spelled)


def _sign(tokens: tf.Tensor) -> tf.Tensor:
    return tf.where(tf.strings.substr(tokens, 0, 1) == "-", "-", "")


def _mantissa(tokens: tf.Tensor) -> tf.Tensor:
    """Return the digits of scientific notation, without zeros at the end."""
    digits = tf.strings.regex_replace(tokens, r"^-?([1-9])\.?([0-9]*)[eE].*$", r"\1\2", replace_global=False)
    return tf.strings.regex_replace(digits, "0+$", "", replace_global=False)


def _exponent(tokens: tf.Tensor) -> tf.Tensor:
    """Return the exponent of scientific notation without its sign, int32."""
    return tf.strings.to_number(tf.strings.regex_replace(tokens, "^.*[eE][+-]?", "", replace_global=False), tf.int32)


def _large(tokens: tf.Tensor) -> tf.Tensor:
    """Return numbers of 1 and more in plain notation: a whole one as its double, a fraction with its own digits."""
    digits, point = _mantissa(tokens), _exponent(tokens) + 1
    count = tf.strings.length(digits)
    whole = tf.strings.as_string(tf.strings.to_number(tokens, tf.float64), precision=0)
    point = tf.minimum(point, count)
    before = tf.strings.substr(digits, tf.zeros_like(point), point)
    after = tf.strings.substr(digits, point, count - point)
    return tf.where(point == count, whole, tf.strings.join([_sign(tokens), before, ".", after]))


def _below_one(tokens: tf.Tensor, digits: tf.Tensor, exponent: tf.Tensor) -> tf.Tensor:
    """Return numbers in plain notation down to 0.0001, and with an exponent of two digits or more below."""
    more = tf.strings.substr(digits, 1, 1 << 30)
    mantissa = tf.strings.join([tf.strings.substr(digits, 0, 1), tf.where(more == "", "", "."), more])
    scientific = tf.strings.join([mantissa, "e-", tf.strings.as_string(exponent, width=2, fill="0")])
    plain = tf.strings.join(["0.000", digits])
    return tf.strings.join([_sign(tokens), tf.where(exponent < _FIRST_EXPONENT, plain, scientific)])
