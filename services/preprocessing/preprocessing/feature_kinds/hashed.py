"""Hashed features: the id of a token is its FarmHash fingerprint modulo the number of buckets, plus 1."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from contracts.features import Hashed
from contracts.input_rules import NumberRules
from preprocessing.feature_kinds.base import FeatureKind, RunTokens
from preprocessing.feature_kinds.tokens import ids_of_rows
from preprocessing.vocabularies.runs import StagedRows, hashed_ids
from sources.arrays import Int64s


class HashedFeatures(FeatureKind):
    """Tokens without a vocabulary; a missing one has the id 0."""

    def __init__(self, features: Mapping[str, Hashed]) -> None:
        self._features = features

    def token_ids(self, run: RunTokens) -> dict[str, Int64s]:
        """Return the ids from the fingerprints that were staged with the run's tokens."""
        return {name: hashed_ids(run.tokens[name], feature.buckets) for name, feature in self._features.items()}

    def model_inputs(self, rows: StagedRows, rules: NumberRules, ids: Mapping[str, Int64s]) -> dict[str, pa.Array]:
        """Return the ids of the rows' tokens, as lists where values are lists."""
        del rules
        return ids_of_rows(self._features, rows, ids)
