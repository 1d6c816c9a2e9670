"""Lists of words or characters that follow one another, as their text, by the rules of `sources.expressions.ngrams`."""

from __future__ import annotations

import tensorflow as tf

from contracts.expressions.nodes.ngrams import SEPARATOR, NGrams
from contracts.features import EMPTY_LIST
from modeling.layers.expressions.nullable import Nullable
from modeling.layers.expressions.text import characters
from sources.expressions.ngrams import SPACE, WORD
from sources.expressions.unicode_tables import class_edges

_SPACE = ord(" ")


def ngrams(node: NGrams, operand: Nullable) -> Nullable:
    """Return the text of the list of a text's n-grams."""
    text = characters(operand)
    is_words = node.unit == "words"
    spaced = _spaced(text.values, WORD if is_words else SPACE, keeps=is_words)
    units = tf.strings.split(spaced) if is_words else _characters(spaced)
    lists = tf.strings.ngrams(
        units[:, : node.max], (*range(node.shortest, node.longest + 1),), separator=" " if is_words else ""
    )
    tokens, rows = lists.flat_values, lists.value_rowids()
    if node.distinct:
        tokens, rows = _distinct(tokens, rows)
    joined = tf.strings.unsorted_segment_join(tokens, rows, lists.nrows(), SEPARATOR)
    texts = tf.where(tf.equal(joined, EMPTY_LIST), EMPTY_LIST + SEPARATOR, joined)
    return Nullable(tf.where(tf.equal(lists.row_lengths(), 0), EMPTY_LIST, texts), text.valid)


def _distinct(tokens: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the tokens that their row does not have before, and their rows."""
    keys, numbers = tf.unique(tf.strings.join([tf.strings.as_string(rows), tokens], SEPARATOR))
    first = tf.math.unsorted_segment_min(tf.range(tf.size(tokens)), numbers, tf.size(keys))
    return tf.gather(tokens, first), tf.gather(rows, first)


def _spaced(text: tf.Tensor, characters_of: str, *, keeps: bool) -> tf.Tensor:
    """Return text with a space for each character that is of the class, or that is not, where it keeps the class."""
    decoded = tf.strings.unicode_decode(text, "UTF-8")
    points = decoded.flat_values
    is_member = tf.searchsorted(tf.constant(class_edges(characters_of)), points, side="right") % 2 == 1
    return tf.strings.unicode_encode(decoded.with_flat_values(tf.where(is_member == keeps, points, _SPACE)), "UTF-8")


def _characters(spaced: tf.Tensor) -> tf.RaggedTensor:
    """Return the characters with one space for several, and none at both ends."""
    single = tf.strings.regex_replace(spaced, " +", " ")
    return tf.strings.unicode_split(tf.strings.regex_replace(single, r"\A | \z", ""), "UTF-8")
