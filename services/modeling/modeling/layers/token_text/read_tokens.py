"""Tokens inside the graph as their features read text, for signatures that other servers call, and for records of raw features.

This service reads tokens by the same rules before it calls a graph, see `modeling.decoding.raw_fields`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import tensorflow as tf

from contracts.features import TextRule
from contracts.schema import Schema
from modeling.layers.missing_token import MissingToken
from modeling.layers.token_text.canonical_tokens import canonical_tokens
from modeling.layers.token_text.lower_case import lower_case


def read_tokens(tokens: tf.Tensor, schema: Schema) -> tf.Tensor:
    """Return text, string [batch, tokens] in the order of the raw columns that are tokens, as the features read it.

    A column that is no feature by itself is read as it is written.

    Spaces and upper case go where the feature has it so, then numbers and booleans get their canonical spelling. A null token
    counts as it is written, too, and then becomes empty; reading twice is reading once.
    """
    columns = schema.raw_columns("token")
    features = [schema.features.get(name) for name in columns]
    rules = [(None if feature is None else feature.text_rule) or TextRule() for feature in features]
    strips, folds = [rule.strip for rule in rules], [rule.fold_case for rule in rules]
    is_ruled = [strip or fold for strip, fold in zip(strips, folds, strict=True)]
    if any(is_ruled):
        is_missing = MissingToken([schema.column_nulls(name) for name in columns])(tokens)
        tokens = tf.where(is_missing & tf.constant(is_ruled), "", tokens)
    tokens = _in_columns(strips, tf.strings.strip, tokens)
    tokens = _in_columns(folds, lower_case, tokens)
    spell = partial(canonical_tokens, point=schema.decimal_point)
    return _in_columns([feature is not None and feature.respells for feature in features], spell, tokens)


def _in_columns(chosen: Sequence[bool], read: Callable[[tf.Tensor], tf.Tensor], tokens: tf.Tensor) -> tf.Tensor:
    """Return the matrix with the chosen columns read."""
    if not any(chosen):
        return tokens
    return read(tokens) if all(chosen) else tf.where(tf.constant(np.array(chosen)), read(tokens), tokens)
