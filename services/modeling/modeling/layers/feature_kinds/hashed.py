"""Tokens that are hashed to ids."""

from __future__ import annotations

from typing import Any

from contracts.features import Hashed
from contracts.schema import Schema
from modeling.layers.feature_kinds.kind_inputs import InputParts, KindInputs, RawTensors, gather_columns, own_columns
from modeling.layers.hashing import Hashing


class HashedInputs(KindInputs):
    """The hashed features."""

    def __init__(self, schema: Schema, **options: Any) -> None:
        super().__init__(**options)
        features = {name: feature for name, feature in schema.of_kind(Hashed).items() if feature.bag is None}
        self._columns = own_columns(list(features), list(schema.token_columns))
        self.hash = Hashing([feature.buckets for feature in features.values()])

    def inputs_of(self, raw: RawTensors) -> InputParts:
        """Return ids."""
        tokens, missing = gather_columns(raw.tokens, self._columns), gather_columns(raw.missing_tokens, self._columns)
        return InputParts(ids=self.hash(tokens, missing))
