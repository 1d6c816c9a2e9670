"""The layers of this package put together: raw values in, model inputs out."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from contracts.inputs import numeric_inputs
from contracts.schema import Schema
from contracts.statistics import Statistics
from contracts.vocabulary import Vocabulary
from modeling.layers.impute import Impute
from modeling.layers.missing_indicator import MissingIndicator
from modeling.layers.standard_scaling import StandardScaling
from modeling.layers.vocabulary_lookup import VocabularyLookup


class ModelInputs(keras.layers.Layer):
    """Packed raw tensors to packed model inputs, in schema order.

    `numeric`: float32 [batch, N], NaN where missing, to float32 [batch, N + indicators]: filled and scaled, then the
    indicators. `categorical`: string [batch, M] to int64 [batch, M] ids. Without features of a kind its width is 0.
    """

    def __init__(
        self, schema: Schema, statistics: Statistics, vocabularies: dict[str, Vocabulary], **options: Any
    ) -> None:
        super().__init__(trainable=False, **options)
        inputs = numeric_inputs(schema, statistics)
        self.impute = Impute([feature.fill for feature in inputs])
        self.indicate = MissingIndicator([at for at, feature in enumerate(inputs) if feature.indicator])
        self.scale = StandardScaling([feature.center for feature in inputs], [feature.divisor for feature in inputs])
        self.look_up = VocabularyLookup([vocabularies[name] for name in schema.categorical], schema.null_tokens)
        self.built = True

    def call(self, numeric: tf.Tensor, categorical: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """See the class."""
        final = self.scale(self.impute(numeric))
        if self.indicate.columns:
            final = tf.concat([final, self.indicate(numeric)], axis=1)
        return final, self.look_up(categorical)
