"""The one place that chooses a feature's kind: where `Feature` has a member that is not matched here, pyright reports it."""

from __future__ import annotations

from typing import Any, assert_never

from contracts.features import Categorical, Hashed, Numeric
from contracts.schema import Schema
from modeling.feature_kinds.base import DriftMeasure, FeatureKind
from modeling.feature_kinds.categorical import CategoricalFeatures
from modeling.feature_kinds.feature_rows import FeatureRows
from modeling.feature_kinds.hashed import HashedFeatures
from modeling.feature_kinds.numeric import NumericFeatures


class FeatureKinds:
    """The features of a schema by kind: each of the kinds, also those without a feature, in a fixed order."""

    def __init__(self, schema: Schema) -> None:
        numeric: dict[str, Numeric] = {}
        categorical: dict[str, Categorical] = {}
        hashed: dict[str, Hashed] = {}
        for name, feature in schema.features.items():
            match feature:
                case Numeric():
                    numeric[name] = feature
                case Categorical():
                    categorical[name] = feature
                case Hashed():
                    hashed[name] = feature
                case _:
                    assert_never(feature)
        self.all: list[FeatureKind[Any]] = [
            NumericFeatures(schema, numeric),
            CategoricalFeatures(schema, categorical),
            HashedFeatures(schema, hashed),
        ]
        kind_of = {name: kind for kind in self.all for name in kind.features}
        self.by_feature: dict[str, FeatureKind[Any]] = {name: kind_of[name] for name in schema.features}
        """The kind of each feature, in the order of the schema."""
        self.rows = FeatureRows(schema)

    def measured_by(self, measure: DriftMeasure) -> list[str]:
        """Return the features whose distributions are counted that way, in the order of the schema."""
        return [name for name, kind in self.by_feature.items() if kind.drift == measure]
