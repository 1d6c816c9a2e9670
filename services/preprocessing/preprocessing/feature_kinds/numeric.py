"""Numeric features: imputed, clipped and scaled, or put into buckets; and their indicators."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from contracts.features import Numeric
from contracts.input_rules import NumberRules
from preprocessing.feature_kinds.base import FeatureKind
from preprocessing.feature_kinds.number_inputs import bucket, scale
from preprocessing.vocabularies.runs import StagedRows
from sources.arrays import Int64s


class NumericFeatures(FeatureKind):
    """Numbers by the formulas of `contracts.input_rules`; a missing number becomes its fill value, scaled, or 0."""

    def __init__(self, features: Mapping[str, Numeric]) -> None:
        self._features = features

    def model_inputs(self, rows: StagedRows, rules: NumberRules, ids: Mapping[str, Int64s]) -> dict[str, pa.Array]:
        """Return scaled numbers and indicators as float32, and buckets as int64 ids."""
        del ids
        inputs = {
            rule.feature: pa.array(scale(rows.numeric[rule.feature], rule))
            for rule in rules.scaled
            if rule.feature in self._features
        }
        for name, feature in self._features.items():
            for indicator in feature.indicator_inputs(name):
                inputs[indicator] = pa.array(np.isnan(rows.numeric[name]).astype(np.float32))
        for rule in rules.buckets:
            if rule.feature in self._features:
                inputs[rule.feature] = pa.array(bucket(rows.numeric[rule.feature], rule).astype(np.int64))
        return inputs
