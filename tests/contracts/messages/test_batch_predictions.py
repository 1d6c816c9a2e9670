"""Requests of batch predictions: one version or label, distinct keys, and every format of rows."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.errors import pointer
from contracts.messages.batch_predictions import BatchRequest
from contracts.source import DelimitedText, Parquet, TfRecordFiles
from contracts.validation.invalid_fields import invalid_fields

BODY: dict[str, Any] = {"name": "june", "model": "m", "source": {"format": "csv", "uris": ["a.csv"]}}


def test_the_documents_example_is_a_request() -> None:
    (example,) = BatchRequest.model_json_schema()["examples"]
    request = BatchRequest.model_validate(example)
    assert request.name == example["name"]
    assert BatchRequest.model_validate_json(request.model_dump_json()) == request


def test_what_is_left_out() -> None:
    request = BatchRequest.model_validate(BODY)
    assert (request.version, request.label, request.keys, request.timeout) == (None, None, [], None)
    assert (request.absent_columns, request.format, request.batch_size) == ("error", "parquet", 4096)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ({"format": "tsv", "uris": ["a"]}, DelimitedText),
        ({"format": "parquet", "uris": ["a"]}, Parquet),
        ({"format": "tfrecord", "uris": ["a"], "compression": "gzip"}, TfRecordFiles),
    ],
)
def test_the_format_chooses_the_description_of_the_rows(source: dict[str, Any], kind: type) -> None:
    assert type(BatchRequest.model_validate({**BODY, "source": source}).source) is kind


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 1, "label": "champion"}, "only one of version and label may be given"),
        ({"version": 0}, "greater than or equal to 1"),
        ({"label": "a/b"}, "match pattern"),
        ({"keys": ["a", "b", "a"]}, "keys must be distinct"),
        ({"keys": [""]}, "at least 1 character"),
        ({"keys": [str(number) for number in range(101)]}, "at most 100"),
        ({"source": {"format": "orc", "uris": ["a"]}}, "'csv', 'tsv', 'jsonl', 'parquet', 'arrow', 'tfrecord'"),
        ({"source": {"format": "tfrecord", "uris": []}}, "at least 1 item"),
        ({"source": {"format": "tfrecord", "uris": ["a"], "compression": "zstd"}}, "'auto', 'none' or 'gzip'"),
        ({"format": "csv"}, "'parquet' or 'jsonl'"),
        ({"batch_size": 1_000_001}, "less than or equal to 1000000"),
        ({"rows": 1}, "Extra"),
    ],
)
def test_a_request_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BatchRequest.model_validate({**BODY, **change})


def test_keys_that_occur_twice_are_pointed_at() -> None:
    body = {**BODY, "keys": ["a", "b", "a"]}
    with pytest.raises(ValidationError, match="Received twice: 'a'") as caught:
        BatchRequest.model_validate(body)
    (field,) = invalid_fields(caught.value.errors(), BatchRequest, body)
    assert pointer(*field.path) == "/keys"
