"""`text` features as derived columns: the SQL and the feature."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.features import Categorical, Hashed, Many, Text
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.planning.text_features import text_features


def text(**options: Any) -> Text:
    return Text.model_validate({"kind": "text", **options})


@pytest.mark.parametrize(
    ("options", "sql"),
    [
        ({}, "ngrams(lower(nfkd(`t`)), 'words', 1, 2, 100, true)"),
        ({"lower": False, "ngrams": [1, 1], "max": 7}, "ngrams(nfkd(`t`), 'words', 1, 1, 7, true)"),
        ({"weights": "count"}, "ngrams(lower(nfkd(`t`)), 'words', 1, 2, 100, false)"),
        ({"hash": {"buckets": 9}}, "ngrams(lower(nfkd(`t`)), 'words', 1, 2, 100, false)"),
    ],
)
def test_the_expression_is_one_that_the_graph_computes(options: dict[str, Any], sql: str) -> None:
    ((name, (made, _)),) = text_features("t", text(**options)).items()
    assert (name, made) == ("t:words", sql)
    assert parse_expression(made, {"t": "text"}).columns() == {"t": "text"}


def test_a_vocabulary_has_weights_and_a_hash_has_none() -> None:
    many = Many(separator="\x1f", max=199, combine="sqrtn", weights="idf")
    ((_, feature),) = text_features("t", text(vocabulary={"min_count": 3, "max_size": 50})).values()
    assert feature == Categorical(min_count=3, max_size=50, many=many)
    ((_, feature),) = text_features("t", text(hash={"buckets": 9})).values()
    assert feature == Hashed(buckets=9, many=many.model_copy(update={"weights": "count"}))


def test_characters_are_a_feature_of_that_name() -> None:
    assert list(text_features("a`b", text(tokens="characters"))) == ["a`b:characters"]
