"""Hashed tokens: nothing is out of vocabulary, only missing."""

from __future__ import annotations

import numpy as np
from tests.modeling.made import Made

from contracts.schema import Categorical, Hashed, Label, Schema
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.hashed import HashedFeatures
from modeling.feature_kinds.raw_values import RawColumns, RawRows, RawValues

SCHEMA = Schema(features={"word": Categorical(), "tail": Hashed(buckets=2000)}, label=Label(column="y"))
KIND = HashedFeatures(SCHEMA, SCHEMA.of_kind(Hashed))
TOKENS = np.array([["a", "N1"], ["b", ""], ["c", "N2"]], object)
ROWS = RawRows(RawColumns.of(SCHEMA), RawValues(np.empty((3, 0), np.float32), TOKENS))
IDS = ModelInputIds(SCHEMA, lambda: np.array([[0, 1], [1, 0], [2, 2000]]))


def test_every_bucket_is_known_and_there_is_no_vocabulary_to_be_out_of() -> None:
    assert KIND.first_known_id(SCHEMA.of_kind(Hashed)["tail"]) == 1
    assert KIND.count_out_of_vocabulary(IDS) == {}


def test_missing_values_are_counted_and_explained_for_hashed_features_alone() -> None:
    statistics = Made([], [], schema=Schema(features={"word": Categorical()}, label=Label(column="y"))).statistics
    assert KIND.count_imputed(ROWS, IDS) == {"tail": 1}
    explained = [(row, name, entry) for row, name, entry in KIND.explain(ROWS, IDS, statistics)]
    assert explained == [(1, "tail", {"reasons": ["missing"], "value": None, "used": 0})]


def test_the_page_names_the_number_of_buckets() -> None:
    described = KIND.json_schemas(None)["tail"]["description"]
    assert described.endswith("It has an id of its own. All others are hashed to 2,000 ids.")
