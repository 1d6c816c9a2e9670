"""Tokens that stand for a missing value, as the prediction log keeps them."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from contracts.schema import Categorical, Hashed, Label, Schema
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
