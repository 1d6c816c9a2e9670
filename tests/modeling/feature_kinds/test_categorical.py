"""Tokens with a vocabulary: which ids are missing, out of vocabulary and known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.modeling.made import Made

from contracts.schema import Categorical, Label, Schema
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.categorical import CategoricalFeatures
from modeling.feature_kinds.raw_values import RawColumns, RawRows, RawValues

SCHEMA = Schema(
    features={"word": Categorical(oov_buckets=3), "one": Categorical()}, label=Label(column="y"), null_tokens=["NA"]
)
KIND = CategoricalFeatures(SCHEMA, SCHEMA.vocabularies)
TOKENS = np.array([["a", b"a"], [b"NA", ""], [b"\xff", "new"], ["new", b"NA"], ["last", "a"]], object)
ROWS = RawRows(RawColumns.of(SCHEMA), RawValues(np.empty((5, 0), np.float32), TOKENS))
IDS = ModelInputIds(SCHEMA, lambda: np.array([[4, 2], [0, 0], [1, 1], [3, 0], [5, 2]]))
STATISTICS = Made([], [], schema=SCHEMA).statistics


def test_known_ids_begin_after_those_out_of_vocabulary() -> None:
    assert [KIND.first_known_id(feature) for feature in SCHEMA.vocabularies.values()] == [4, 2]


@pytest.mark.parametrize(
    ("buckets", "words"), [(1, "share one id."), (3, "share 3 ids by their hash."), (5000, "share 5,000 ids")]
)
def test_what_unknown_tokens_share_is_described(buckets: int, words: str) -> None:
    assert words in KIND.describe_ids(Categorical(oov_buckets=buckets))


def test_missing_and_unknown_tokens_are_counted_apart() -> None:
    assert KIND.count_imputed(ROWS, IDS) == {"word": 1, "one": 2}
    assert KIND.count_out_of_vocabulary(IDS) == {"word": 2, "one": 1}


def test_what_is_missing_or_unknown_is_explained_feature_by_feature() -> None:
    explained = [(row, name, entry) for row, name, entry in KIND.explain(ROWS, IDS, STATISTICS)]
    assert explained == [
        (1, "word", {"reasons": ["missing"], "value": None, "used": 0}),
        (2, "word", {"reasons": ["out_of_vocabulary"], "value": "\ufffd", "used": 1}),
        (3, "word", {"reasons": ["out_of_vocabulary"], "value": "new", "used": 3}),
        (1, "one", {"reasons": ["missing"], "value": None, "used": 0}),
        (2, "one", {"reasons": ["out_of_vocabulary"], "value": "new", "used": 1}),
        (3, "one", {"reasons": ["missing"], "value": None, "used": 0}),
    ]
