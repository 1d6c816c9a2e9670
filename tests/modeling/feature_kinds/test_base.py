"""Ids that the graph computes, once, for whichever kind asks first."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.features import Bucketize
from contracts.schema import Categorical, Cross, Hashed, Label, Numeric, Schema
from modeling.feature_kinds.base import ModelInputIds

SCHEMA = Schema(
    features={
        "age": Numeric(dtype="int64", bucketize=Bucketize(bounds=[18])),
        "tail": Hashed(buckets=3),
        "km": Numeric(dtype="float64"),
        "carrier": Categorical(),
    },
    crosses=[Cross(name="both", features=["tail", "carrier"], buckets=5)],
    label=Label(column="late"),
)
IDS = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])


def test_a_feature_has_the_column_of_its_model_input() -> None:
    ids = ModelInputIds(SCHEMA, lambda: IDS)
    columns = {name: ids.of(name).tolist() for name in SCHEMA.id_inputs}
    assert columns == {"carrier": [1, 5], "tail": [2, 6], "age": [3, 7], "both": [4, 8]}


def test_ids_are_computed_once_and_only_if_asked_for() -> None:
    calls: list[str] = []

    def compute() -> np.ndarray:
        calls.append("computed")
        return IDS

    ids = ModelInputIds(SCHEMA, compute)
    assert calls == []
    assert ids.of("tail").tolist() == ids.of("tail").tolist() == [2, 6]
    assert ids.of("carrier").tolist() == [1, 5]
    assert calls == ["computed"]


def test_a_number_has_no_ids() -> None:
    with pytest.raises(KeyError, match="km"):
        ModelInputIds(SCHEMA, lambda: IDS).of("km")
