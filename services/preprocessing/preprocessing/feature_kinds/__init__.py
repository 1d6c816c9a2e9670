"""Each kind of feature to inputs of the model, in Spark's tasks: a module per kind, and the match that chooses it.

The numpy and numba side of `contracts.features` and `contracts.input_rules`. A kind works on all of its features of a batch
together. Values arrive as they were staged: numbers as float32, tokens as their number in the run.
"""

from __future__ import annotations

from typing import assert_never

from contracts.features import Categorical, Feature, Hashed, Numeric
from contracts.schema import Schema
from preprocessing.feature_kinds.base import FeatureKind, RunTokens
from preprocessing.feature_kinds.categorical import CategoricalFeatures
from preprocessing.feature_kinds.hashed import HashedFeatures
from preprocessing.feature_kinds.numeric import NumericFeatures

__all__ = ["FeatureKind", "RunTokens", "feature_kinds"]


def feature_kinds(schema: Schema) -> list[FeatureKind]:
    """Return the kinds that the schema has features of, each with all of them, in the order of the model's inputs."""
    one_of_each = {feature.kind: feature for _, feature in schema.by_kind()}
    return [_of_kind(feature, schema) for feature in one_of_each.values()]


def _of_kind(feature: Feature, schema: Schema) -> FeatureKind:
    match feature:
        case Categorical():
            return CategoricalFeatures(schema.of_kind(Categorical))
        case Hashed():
            return HashedFeatures(schema.of_kind(Hashed))
        case Numeric():
            return NumericFeatures(schema.of_kind(Numeric))
        case _:
            assert_never(feature)
