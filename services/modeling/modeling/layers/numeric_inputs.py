"""The layers for numbers put together: what stays a number is filled in, clipped and scaled; the rest falls into buckets."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from contracts.features import null_numbers
from contracts.input_rules import NumberRules
from contracts.schema import Schema
from modeling.layers.bucketize import BucketizeNumbers
from modeling.layers.clip import Clip
from modeling.layers.impute import Impute
from modeling.layers.log_scaling import LogScaling
from modeling.layers.missing_indicator import MissingIndicator
from modeling.layers.null_numbers import NullNumbers
from modeling.layers.standard_scaling import StandardScaling
from modeling.layers.zero_missing import ZeroMissing


class ModelNumbers(keras.layers.Layer):
    """Numeric features to the model's inputs that come from them, by the formulas of `contracts.input_rules`.

    Input: float32 [batch, N], NaN or one of the column's own numbers where missing. Output: float32 [batch,
    `schema.number_inputs`] and int64 [batch, `schema.bucketized`]. Only the steps that some feature asks for are in the graph.
    """

    def __init__(self, schema: Schema, rules: NumberRules, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        at = {name: column for column, name in enumerate(schema.numeric)}
        scaled = rules.scaled
        self._scaled_at = [at[rule.feature] for rule in scaled]
        self._bucketized_at = [at[rule.feature] for rule in rules.buckets]
        nulls = [null_numbers(feature.null_values) for feature in schema.numeric.values()]
        self.nulls = NullNumbers(nulls) if any(nulls) else None
        self.impute = Impute([0.0 if rule.fill is None else rule.fill for rule in scaled])
        self.clip = Clip([rule.low for rule in scaled], [rule.high for rule in scaled]) if _clips(rules) else None
        self.log = LogScaling([rule.log for rule in scaled]) if any(rule.log for rule in scaled) else None
        self.scale = StandardScaling([rule.center for rule in scaled], [rule.divisor for rule in scaled])
        unfilled = [rule.fill is None for rule in scaled]
        self.zero = ZeroMissing(unfilled) if any(unfilled) else None
        self.indicate = MissingIndicator([at[name] for name in schema.indicators])
        self.bucketize = BucketizeNumbers(rules.buckets) if rules.buckets else None
        self.built = True

    def call(self, numeric: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """See the class; None where no feature is put into buckets."""
        if self.nulls is not None:
            numeric = self.nulls(numeric)
        if self.bucketize is None:
            return self._numbers(numeric, numeric), None
        chosen = tf.gather(numeric, self._scaled_at, axis=1)
        return self._numbers(numeric, chosen), self.bucketize(tf.gather(numeric, self._bucketized_at, axis=1))

    def _numbers(self, numeric: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
        values = self.impute(chosen)
        if self.clip is not None:
            values = self.clip(values)
        if self.log is not None:
            values = self.log(values)
        final = self.scale(values)
        if self.zero is not None:
            final = self.zero(chosen, final)
        if self.indicate.columns:
            final = tf.concat([final, self.indicate(numeric)], axis=1)
        return final


def _clips(rules: NumberRules) -> bool:
    return any(rule.low is not None for rule in rules.scaled)
