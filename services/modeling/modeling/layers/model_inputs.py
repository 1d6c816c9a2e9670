"""The layers of this package put together: raw values in, model inputs out."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from contracts.input_rules import id_sizes, number_rules
from contracts.schema import Schema
from contracts.statistics import Statistics
from contracts.vocabulary import Vocabulary
from modeling.layers.crossing import Crossing
from modeling.layers.hashing import Hashing
from modeling.layers.missing_token import MissingToken
from modeling.layers.numeric_inputs import ModelNumbers
from modeling.layers.vocabulary_lookup import VocabularyLookup


class ModelInputs(keras.layers.Layer):
    """Packed raw tensors to packed model inputs.

    `numeric`: float32 [batch, N], NaN where missing, and `categorical`: string [batch, M], empty where missing, in the order of
    `schema.numeric` and `schema.categorical`. To float32 [batch, `schema.number_inputs`] and int64 [batch, `schema.id_inputs`].
    Without features of a kind its width is 0. `number_width`: how many inputs are numbers; `sizes`: how many ids each of the
    others has, `named_sizes`: the same by the input's name.
    """

    def __init__(
        self, schema: Schema, statistics: Statistics, vocabularies: dict[str, Vocabulary], **options: Any
    ) -> None:
        super().__init__(trainable=False, **options)
        rules = number_rules(schema, statistics)
        self.number_width = len(schema.number_inputs)
        self.sizes = id_sizes(schema, rules.buckets, {name: len(found) for name, found in vocabularies.items()})
        self.named_sizes = dict(zip(schema.id_inputs, self.sizes, strict=True))
        at = {name: column for column, name in enumerate(schema.categorical)}
        self._known_at = [at[name] for name in schema.vocabularies]
        self._hashed_at = [at[name] for name in schema.hashed]
        self.numbers = ModelNumbers(schema, rules)
        self.look_up = VocabularyLookup(
            [vocabularies[name] for name in schema.vocabularies],
            [schema.nulls_of(name) for name in schema.vocabularies],
            [feature.oov_buckets for feature in schema.vocabularies.values()],
        )
        self.missing = MissingToken([schema.nulls_of(name) for name in schema.categorical])
        self.hash = Hashing([feature.buckets for feature in schema.hashed.values()]) if schema.hashed else None
        pairs = [(at[cross.features[0]], at[cross.features[1]]) for cross in schema.crosses]
        self.cross = Crossing(pairs, [cross.buckets for cross in schema.crosses]) if pairs else None
        self.built = True

    def call(self, numeric: tf.Tensor, categorical: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """See the class."""
        numbers, buckets = self.numbers(numeric)
        known = categorical if self.hash is None else tf.gather(categorical, self._known_at, axis=1)
        ids = [self.look_up(known)]
        missing = None if self.hash is None and self.cross is None else self.missing(categorical)
        if self.hash is not None:
            hashed = tf.gather(categorical, self._hashed_at, axis=1)
            ids.append(self.hash(hashed, tf.gather(missing, self._hashed_at, axis=1)))
        if buckets is not None:
            ids.append(buckets)
        if self.cross is not None:
            ids.append(self.cross(categorical, missing))
        return numbers, ids[0] if len(ids) == 1 else tf.concat(ids, axis=1)
