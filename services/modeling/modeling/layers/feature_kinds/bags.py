"""Lists of tokens that become lists of ids, of both kinds of tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from contracts.dataset.vocabulary import Vocabulary
from contracts.features import FIRST_ID, Categorical, Hashed
from contracts.schema import Schema
from modeling.layers.feature_kinds.kind_inputs import RawTensors
from modeling.layers.token_hash import token_hash
from modeling.layers.token_text.token_lists import list_ids
from modeling.layers.vocabulary_lookup import VocabularyLookup


class BagInputs(keras.layers.Layer):
    """The features whose values are lists of tokens, in the order of `Schema.bags`."""

    def __init__(self, schema: Schema, vocabularies: Mapping[str, Vocabulary], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        columns = list(schema.token_columns)
        self._lists = [(columns.index(name), bag) for name, bag in schema.bags.items()]
        self._lookups: list[VocabularyLookup] = []
        self._ids: list[Callable[[tf.Tensor], tf.Tensor]] = []
        for name in schema.bags:
            feature = schema.features[name]
            if isinstance(feature, Categorical):
                look_up = VocabularyLookup([vocabularies[name]], [[]], [feature.oov_buckets])
                self._lookups.append(look_up)
                self._ids.append(partial(_looked_up, look_up, feature.oov_buckets))
            else:
                assert isinstance(feature, Hashed)
                self._ids.append(partial(_hashed, feature.buckets))
        self.built = True

    @property
    def tables(self) -> tuple[Any, ...]:
        """The vocabularies' hash tables."""
        return tuple(table for look_up in self._lookups for table in look_up.tables)

    def ids(self, raw: RawTensors) -> tf.Tensor:
        """Return int64 [batch, most tokens of all lists together]."""
        made = [
            list_ids(raw.tokens[:, column], raw.missing_tokens[:, column], bag.separator, bag.max, ids_of)
            for (column, bag), ids_of in zip(self._lists, self._ids, strict=True)
        ]
        return made[0] if len(made) == 1 else tf.concat(made, axis=1)


def _hashed(buckets: int, tokens: tf.Tensor) -> tf.Tensor:
    return token_hash(tokens[:, tf.newaxis], [buckets])[:, 0] + FIRST_ID


def _looked_up(look_up: VocabularyLookup, oov_buckets: int, tokens: tf.Tensor) -> tf.Tensor:
    """Return ids of the vocabulary; of a token that is missing within a list, one that is out of it."""
    ids = look_up(tokens[:, tf.newaxis])[:, 0]
    return tf.where(tf.equal(tokens, ""), _hashed(oov_buckets, tf.constant([""])), ids)
