"""Tokens that stand for a missing value, as the prediction log keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from contracts.features import Many
from contracts.schema import Categorical, Hashed, Label, Schema
from contracts.statistics import Statistics
from modeling.feature_kinds.base import ModelInputIds
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.feature_kinds.raw_values import RawValues

SCHEMA = Schema(
    features={"isle": Categorical(null_values=["-"]), "tail": Hashed(buckets=5)},
    label=Label(column="late"),
    null_tokens=["NA"],
)
KINDS = FeatureKinds(SCHEMA)


def test_empty_text_and_null_tokens_are_missing_whether_bytes_or_text() -> None:
    tokens = np.array([[b"a", "-"], ["", b"NA"], ["-", b"\xff"]], object)
    rows = KINDS.rows.of(RawValues(np.empty((3, 0), np.float32), tokens))
    logged = {name: KINDS.by_feature[name].logged(rows, ())[name].to_pylist() for name in SCHEMA.features}
    assert logged == {"isle": [b"a", None, None], "tail": [b"-", None, b"\xff"]}


def test_ids_are_the_datasets_and_no_training_changes_them() -> None:
    with pytest.raises(InvalidRequest, match="only numeric features") as error:
        KINDS.by_feature["tail"].overridden("tail", {"scale": "none"})
    assert error.value.pointer == "/features/tail"


LISTS = Schema(features={"l": Categorical(many=Many(max=3)), "c": Categorical()}, label=Label(column="y"))


def test_lists_are_explained_and_counted_by_row() -> None:
    kinds = FeatureKinds(LISTS)
    tokens = np.array([["a|zz", "x"], ["", "x"], ["[]", "x"], ["a|b", ""]], object)
    rows = kinds.rows.of(RawValues(np.empty((4, 0), np.float32), tokens))
    ids = ModelInputIds(LISTS, lambda: np.array([[2, 3, 2, 0], [2, 1, 0, 0], [2, 0, 0, 0], [0, 3, 4, 0]], np.int64))
    kind = kinds.by_feature["l"]
    noted = {(each.row, each.feature): each.entry for each in kind.explain(rows, ids, Statistics(splits={}))}
    assert noted == {
        (0, "l"): {"reasons": ["out_of_vocabulary"], "value": ["zz"], "used": [3, 2]},
        (1, "l"): {"reasons": ["missing"], "value": None, "used": [1]},
        (3, "c"): {"reasons": ["missing"], "value": None, "used": 0},
    }
    assert kind.count_imputed(rows, ids) == {"l": 1, "c": 1}
    assert kind.count_out_of_vocabulary(ids) == {"l": 1, "c": 0}
    (schema,) = (kind.json_schemas(None)[name] for name in ("l",))
    assert "array" in schema["type"]
    assert schema["description"].startswith("A list of at most 3 tokens, or their text with `|` between them")
