"""Numbers: what stays a number is imputed, clipped and scaled; the rest falls into buckets."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from contracts.features import Numeric, null_numbers
from contracts.input_rules import NumberRules
from contracts.schema import Schema
from modeling.layers.bucketize import BucketizeNumbers
from modeling.layers.clip import Clip
from modeling.layers.feature_kinds.kind_inputs import InputParts, KindInputs, RawTensors, gather_columns, own_columns
from modeling.layers.impute import Impute
from modeling.layers.log_scaling import LogScaling
from modeling.layers.missing_indicator import MissingIndicator
from modeling.layers.null_numbers import NullNumbers
from modeling.layers.standard_scaling import StandardScaling
from modeling.layers.zero_missing import ZeroMissing
from sources.matrices import places_of


class NumericInputs(KindInputs):
    """The numeric features, by the formulas of `contracts.input_rules`.

    NaN, or one of the column's own numbers, is missing. Only the steps that some feature asks for are in the graph.
    """

    def __init__(self, schema: Schema, rules: NumberRules, **options: Any) -> None:
        super().__init__(**options)
        features = schema.of_kind(Numeric)
        names = list(features)
        scaled = rules.scaled
        self._columns = own_columns(names, list(schema.number_columns))
        self._scaled_at = own_columns([rule.feature for rule in scaled], names)
        self._bucketized_at = places_of([rule.feature for rule in rules.buckets], names)
        nulls = [null_numbers(feature.null_values) for feature in features.values()]
        self.nulls = NullNumbers(nulls) if any(nulls) else None
        self.impute = Impute([0.0 if rule.fill is None else rule.fill for rule in scaled])
        clips = any(rule.low is not None for rule in scaled)
        self.clip = Clip([rule.low for rule in scaled], [rule.high for rule in scaled]) if clips else None
        self.log = LogScaling([rule.log for rule in scaled]) if any(rule.log for rule in scaled) else None
        self.scale = StandardScaling(
            [rule.center for rule in scaled], [rule.divisor for rule in scaled], [rule.bound for rule in scaled]
        )
        unfilled = [rule.fill is None for rule in scaled]
        self.zero = ZeroMissing(unfilled) if any(unfilled) else None
        indicated = [column for column, feature in enumerate(features.values()) if feature.indicator]
        self.indicate = MissingIndicator(indicated) if indicated else None
        self.bucketize = BucketizeNumbers(rules.buckets) if rules.buckets else None

    def inputs_of(self, raw: RawTensors) -> InputParts:
        """Return numbers, indicators, and the ids of buckets."""
        numeric = gather_columns(raw.numeric, self._columns)
        if self.nulls is not None:
            numeric = self.nulls(numeric)
        buckets = None
        if self.bucketize is not None:
            buckets = self.bucketize(tf.gather(numeric, self._bucketized_at, axis=1))
        indicators = None if self.indicate is None else self.indicate(numeric)
        every_number_is_bucketized = self._scaled_at == []
        scaled = None if every_number_is_bucketized else self._scaled(gather_columns(numeric, self._scaled_at))
        return InputParts(scaled, indicators, buckets)

    def _scaled(self, numeric: tf.Tensor) -> tf.Tensor:
        values = self.impute(numeric)
        if self.clip is not None:
            values = self.clip(values)
        if self.log is not None:
            values = self.log(values)
        scaled = self.scale(values)
        return scaled if self.zero is None else self.zero(numeric, scaled)
