"""Requests and replies of schema inference: what was given is not guessed, null included."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.messages.datasets import DatasetRequest
from contracts.messages.schemas import InferRequest, Proposal


def test_the_documents_examples_are_requests_and_a_proposal() -> None:
    for example in InferRequest.model_json_schema()["examples"]:
        assert InferRequest.model_validate(example).uris == example["uris"]
    (example,) = Proposal.model_json_schema()["examples"]
    proposal = Proposal.model_validate(example)
    assert Proposal.model_validate_json(proposal.model_dump_json()) == proposal
    assert DatasetRequest.model_validate(proposal.request).features.keys() == example["request"]["features"].keys()


def test_null_is_given_where_it_was_asked_for() -> None:
    request = InferRequest.model_validate_json(
        '{"uris": ["a"], "name": "d", "sample_rows": 100, "quote": null, "header": false, "skip_lines": 0}'
    )
    assert request.given == {"quote": None, "header": False, "skip_lines": 0}
    assert InferRequest(uris=["a"]).given == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"uris": []}, "at least 1 item"),
        ({"name": "a b"}, "match pattern"),
        ({"label": {}}, "exactly one of column and expression"),
        ({"sample_rows": 99}, "greater than or equal to 100"),
        ({"sample_rows": 50_001}, "less than or equal to 50000"),
        ({"ragged": "truncate"}, "'error' or 'null_padding'"),
        ({"compression": "lz4"}, "'auto', 'none', 'gzip', 'bzip2' or 'zstd'"),
        ({"features": {}}, "Extra"),
    ],
)
def test_a_request_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        InferRequest.model_validate({"uris": ["a"], **change})
