"""Tokens that are looked up in the training split's vocabulary."""

from __future__ import annotations

from contracts.features import Categorical
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.token import TokenFeatures


class CategoricalFeatures(TokenFeatures[Categorical]):
    """The features of a schema that have a vocabulary."""

    def first_known_id(self, feature: Categorical) -> int:
        """Return the id of the vocabulary's first token."""
        return feature.first_token_id

    def describe_ids(self, feature: Categorical) -> str:
        """Return the sentence on tokens out of vocabulary."""
        ids = "one id" if feature.oov_buckets == 1 else f"{feature.oov_buckets:,} ids by their hash"
        return f"Tokens that are not in the vocabulary share {ids}."

    def count_out_of_vocabulary(self, ids: ModelInputIds) -> dict[str, int]:
        """Return in how many rows there is a token that the vocabularies do not hold."""
        return {name: int(self.is_unknown(name, ids).sum()) for name in self.features}
