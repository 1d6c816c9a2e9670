"""Categorical features: tokens become their places in the vocabulary, or ids of out-of-vocabulary buckets."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from contracts.features import Categorical
from contracts.input_rules import NumberRules
from preprocessing.feature_kinds.base import FeatureKind, RunTokens
from preprocessing.feature_kinds.tokens import ids_of_rows
from preprocessing.vocabularies.runs import StagedRows, token_ids
from sources.arrays import Int64s


class CategoricalFeatures(FeatureKind):
    """Tokens with a vocabulary; a missing one has the id 0."""

    def __init__(self, features: Mapping[str, Categorical]) -> None:
        self._features = features

    def token_ids(self, run: RunTokens) -> dict[str, Int64s]:
        """Return the ids that the merge staged for the run's tokens."""
        return {
            name: token_ids(run.folder, run.index, run.tokens[name], run.ids[name], feature.first_token_id)
            for name, feature in self._features.items()
        }

    def model_inputs(self, rows: StagedRows, rules: NumberRules, ids: Mapping[str, Int64s]) -> dict[str, pa.Array]:
        """Return the ids of the rows' tokens, as lists where values are lists."""
        del rules
        return ids_of_rows(self._features, rows, ids)
