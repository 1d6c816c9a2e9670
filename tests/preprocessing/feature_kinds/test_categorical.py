"""Ids of categorical features: missing, out of vocabulary, reserved, then learned by count."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from tests.preprocessing.runs import merged, staged

from contracts.dataset.data_folder import DataFolder
from contracts.input_rules import NumberRules
from contracts.schema import Categorical, Label, Schema
from preprocessing.feature_kinds.categorical import CategoricalFeatures
from preprocessing.kernels.token_hashing import fingerprints

NO_RULES = NumberRules((), ())
TOKENS = [b"b", b"a", None, b"b", b"", b"rare", b"first"]


@pytest.mark.parametrize("oov_buckets", [1, 5])
def test_tokens_become_their_places_in_the_vocabulary(data_folder: DataFolder, oov_buckets: int) -> None:
    feature = Categorical(min_count=1, reserved=["first", "never"], max_size=4, oov_buckets=oov_buckets)
    schema = Schema(features={"c": feature}, label=Label(column="y"))
    run, numbers = merged(data_folder, schema, {"c": TOKENS})
    kind = CategoricalFeatures(schema.of_kind(Categorical))
    ids = kind.token_ids(run)
    assert ids["c"][-1] == 0
    inputs = kind.model_inputs(staged({}, numbers), NO_RULES, ids)
    assert list(inputs) == ["c"]
    assert inputs["c"].type == pa.int64()
    first = 1 + oov_buckets
    rare = 1 + int(fingerprints(pa.array([b"rare"], pa.binary()))[0] % np.uint64(oov_buckets))
    assert inputs["c"].to_pylist() == [first + 2, first + 3, 0, first + 2, 0, rare, first]


def test_each_feature_has_the_ids_of_its_own_tokens(data_folder: DataFolder) -> None:
    features = {"one": Categorical(), "other": Categorical(oov_buckets=3)}
    schema = Schema(features=dict(features), label=Label(column="y"))
    run, numbers = merged(data_folder, schema, {"one": [b"x", b"y", b"y"], "other": [b"y", b"x", b"y"]})
    kind = CategoricalFeatures(features)
    inputs = kind.model_inputs(staged({}, numbers), NO_RULES, kind.token_ids(run))
    assert inputs["one"].to_pylist() == [3, 2, 2]
    assert inputs["other"].to_pylist() == [4, 5, 4]
