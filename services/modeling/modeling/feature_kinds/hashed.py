"""Tokens that are hashed to ids, without a vocabulary."""

from __future__ import annotations

from contracts.features import FIRST_ID, Hashed
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.token import TokenFeatures


class HashedFeatures(TokenFeatures[Hashed]):
    """The hashed features of a schema."""

    def first_known_id(self, feature: Hashed) -> int:
        """Return the first id of all: no token is unknown."""
        del feature
        return FIRST_ID

    def describe_ids(self, feature: Hashed) -> str:
        """Return the sentence on the buckets."""
        return f"All others are hashed to {feature.buckets:,} ids."

    def count_out_of_vocabulary(self, ids: ModelInputIds) -> dict[str, int]:
        """Return nothing: there is no vocabulary."""
        del ids
        return {}
