"""Tokens that are looked up in vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.dataset.vocabulary import Vocabulary
from contracts.schema import Schema
from modeling.layers.feature_kinds.kind_inputs import InputParts, KindInputs, RawTensors, gather_columns, own_columns
from modeling.layers.vocabulary_lookup import VocabularyLookup


class CategoricalInputs(KindInputs):
    """The features that have a vocabulary, all through one lookup."""

    def __init__(self, schema: Schema, vocabularies: Mapping[str, Vocabulary], **options: Any) -> None:
        super().__init__(**options)
        features = {name: feature for name, feature in schema.vocabularies.items() if feature.bag is None}
        self._columns = own_columns(list(features), list(schema.token_columns))
        self.look_up = VocabularyLookup(
            [vocabularies[name] for name in features],
            [schema.nulls_of(name) for name in features],
            [feature.oov_buckets for feature in features.values()],
        )

    @property
    def tables(self) -> tuple[Any, ...]:
        """The vocabularies' hash tables."""
        return self.look_up.tables

    def inputs_of(self, raw: RawTensors) -> InputParts:
        """Return ids."""
        return InputParts(ids=self.look_up(gather_columns(raw.tokens, self._columns)))
