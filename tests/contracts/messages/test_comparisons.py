"""Requests of comparisons: the other dataset is `with` in JSON, and limits are shares."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages.comparisons import CompareRequest, FeatureDrift, FeatureThresholds, Thresholds


def test_the_other_dataset_is_named_by_a_word_that_python_keeps() -> None:
    request = CompareRequest.model_validate_json('{"with": "old", "other_split": "test"}')
    assert (request.with_, request.split, request.other_split) == ("old", "train", "test")
    sent = json.loads(request.model_dump_json(by_alias=True))
    assert sent["with"] == "old"
    assert CompareRequest.model_validate(sent) == CompareRequest(with_="old", other_split="test")


def test_the_documents_example_is_a_request() -> None:
    (example,) = CompareRequest.model_json_schema()["examples"]
    assert CompareRequest.model_validate(example).with_ == example["with"]


def test_every_column_has_a_limit_and_an_override_replaces_all_three() -> None:
    limits = Thresholds.model_validate({"missing_share": None, "features": {"a": {"l_infinity": 0.01}}})
    assert (limits.l_infinity, limits.jensen_shannon, limits.missing_share) == (0.1, 0.1, None)
    assert limits.features["a"] == FeatureThresholds(l_infinity=0.01, jensen_shannon=None, missing_share=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"with": "a/b"}, "match pattern"),
        ({"with": None}, "valid string"),
        ({"split": "holdout"}, "'train', 'validation' or 'test'"),
        ({"thresholds": {"l_infinity": 1.1}}, "less than or equal to 1"),
        ({"thresholds": {"features": {"a": {"jensen_shannon": -0.1}}}}, "greater than or equal to 0"),
        ({"thresholds": {"kolmogorov_smirnov": 0.1}}, "Extra"),
    ],
)
def test_a_request_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CompareRequest.model_validate({"with": "old", **change})


def test_a_drift_without_values_survives_json() -> None:
    drift = FeatureDrift(
        feature="a",
        kind="numeric",
        l_infinity=None,
        l_infinity_at=None,
        jensen_shannon=None,
        missing_share=[None, 1.0],
        exceeded=[],
    )
    assert FeatureDrift.model_validate_json(drift.model_dump_json()) == drift
    assert drift.complete
    assert (drift.new, drift.vanished, drift.kolmogorov_smirnov) == (None, None, None)
