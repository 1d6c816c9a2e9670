"""A `text` of a request to the list of its n-grams, and the feature that is made of it."""

from __future__ import annotations

from contracts.expressions.nodes.ngrams import SEPARATOR
from contracts.features import Categorical, Feature, Hashed, Many, Text
from contracts.features.text import TextVocabulary
from preprocessing.sql_names import quoted


def text_features(column: str, feature: Text) -> dict[str, tuple[str, Feature]]:
    """Return the SQL and the feature, by name."""
    normal = f"nfkd({quoted(column)})"
    text = f"lower({normal})" if feature.lower else normal
    shortest, longest = feature.ngrams
    distinct = str(feature.is_weighted).lower()
    sql = f"ngrams({text}, '{feature.tokens}', {shortest}, {longest}, {feature.max}, {distinct})"
    return {f"{column}:{feature.tokens}": (sql, _feature(feature))}


def _feature(feature: Text) -> Feature:
    many = Many(
        separator=SEPARATOR,
        max=feature.most_tokens,
        combine=feature.combine,
        weights="idf" if feature.is_weighted else "count",
    )
    if feature.hash is not None:
        return Hashed(buckets=feature.hash.buckets, many=many)
    vocabulary = feature.vocabulary or TextVocabulary()
    return Categorical(min_count=vocabulary.min_count, max_size=vocabulary.max_size, many=many)
