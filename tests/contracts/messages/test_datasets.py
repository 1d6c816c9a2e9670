"""Requests of dataset jobs: names that agree, shares that add up, and limits of what may be asked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.dataset.requested_splits import ColumnSplits
from contracts.messages.datasets import EXAMPLE, TRANSFORMS_EXAMPLE, DatasetRequest
from contracts.validation.invalid_fields import invalid_fields

BODY: dict[str, Any] = {"name": "d", "source": {"format": "csv", "uris": ["d.csv"]}, "label": {"column": "y"}}


@pytest.mark.parametrize("example", [EXAMPLE, TRANSFORMS_EXAMPLE], ids=["plain", "transforms"])
def test_the_documents_examples_are_requests(example: dict[str, Any]) -> None:
    request = DatasetRequest.model_validate(example)
    assert request.name == example["name"]
    assert DatasetRequest.model_validate_json(request.model_dump_json()) == request


def test_what_is_left_out() -> None:
    request = DatasetRequest.model_validate(BODY)
    assert request.splits == {"train": 0.8, "validation": 0.1, "test": 0.1}
    assert (request.records, request.layout, request.compression, request.remaining) == (
        "raw",
        "columns",
        "none",
        "infer",
    )
    assert (request.max_bad_records, request.partitions, request.split_key, request.timeout) == (0, None, None, None)


@pytest.mark.parametrize(
    "splits",
    [
        {"train": 1.0},
        {"train": 0.5, "test": 0.5},
        {"train": 0.7, "validation": 0.2, "test": 0.1},
        {"train": 1, "test": 0},
    ],
)
def test_shares_add_up(splits: dict[str, float]) -> None:
    assert DatasetRequest.model_validate({**BODY, "splits": splits}).splits == splits


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ({"splits": {"train": 0.8, "test": 0.1}}, "splits", "at least 0 and add up to 1"),
        ({"splits": {"train": 1.2, "test": -0.2}}, "splits", "at least 0 and add up to 1"),
        ({"splits": {}}, "splits", "add up to 1"),
        ({"splits": {"test": 1.0}}, "splits", "train must have a share"),
        ({"splits": {"train": 0, "test": 1}}, "splits", "train must have a share"),
        ({"splits": {"train": 0.5, "holdout": 0.5}}, "holdout", "'train', 'validation' or 'test'"),
        ({"splits": {"train": float("nan")}}, "train", "finite"),
        ({"splits": {"column": "fold"}}, "values", "required"),
        ({"splits": {"column": "", "values": {"train": [1]}}}, "column", "at least 1 character"),
        ({"splits": {"column": "fold", "values": {"test": [1]}}}, "values", "train must list one at least"),
        ({"splits": {"column": "fold", "values": {"train": [[1]]}}}, "train", "valid string"),
        ({"split_key": []}, "split_key", "at least 1"),
        ({"filter": ""}, "filter", "at least 1 character"),
        ({"derive": {"a": ""}}, "a", "at least 1 character"),
        ({"max_bad_records": -1}, "max_bad_records", "greater than or equal to 0"),
        ({"max_bad_records": 1_000_001}, "max_bad_records", "less than or equal to 1000000"),
        ({"partitions": 0}, "partitions", "greater than or equal to 1"),
        ({"timeout": 0}, "timeout", "greater than 0"),
        ({"label": {}}, "label", "exactly one of column and expression"),
        ({"colour": 1}, "colour", "Extra"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(change: dict[str, Any], place: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DatasetRequest.model_validate({**BODY, **change})
    errors = caught.value.errors()
    assert any(message in error["msg"] and place in error["loc"] for error in errors), errors


def test_a_column_or_a_key_decides_the_splits_and_a_key_next_to_a_column_groups() -> None:
    by_column = {"column": "fold", "values": {"train": [0, "1", 2.5, True, None]}}
    splits = DatasetRequest.model_validate({**BODY, "splits": by_column}).splits
    assert splits == ColumnSplits.model_validate(by_column)
    assert isinstance(splits, ColumnSplits)
    assert splits.texts == {"train": ["0", "1", "2.5", "true", None]}
    keyed = DatasetRequest.model_validate({**BODY, "splits": by_column, "split_key": ["who"]})
    assert keyed.split_columns == {"fold": "/splits/column"}
    assert keyed.group_columns == {"who": "/split_key/0"}
    by_key = DatasetRequest.model_validate({**BODY, "split_key": ["who"]})
    assert (by_key.split_columns, by_key.group_columns) == ({"who": "/split_key/0"}, {})


@pytest.mark.parametrize(
    ("splits", "path"),
    [
        ({"column": "fold", "values": {"train": [1]}, "seed": 1}, ("splits", "seed")),
        ({"column": "fold"}, ("splits", "values")),
        ({"column": "fold", "values": {"train": [{}]}}, ("splits", "values", "train", 0)),
        ({"train": "most"}, ("splits", "train")),
        (5, ("splits",)),
    ],
)
def test_mistakes_in_splits_are_at_their_place(splits: object, path: tuple[str | int, ...]) -> None:
    body = {**BODY, "splits": splits}
    with pytest.raises(ValidationError) as caught:
        DatasetRequest.model_validate(body)
    assert [field.path for field in invalid_fields(caught.value.errors(), DatasetRequest, body)] == [path]


NUMERIC = {"kind": "numeric"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exclude": ["a", "b", "a"]}, "exclude must be distinct. Received twice: 'a'"),
        (
            {"features": {"b": NUMERIC, "a": NUMERIC}, "exclude": ["a", "b", "c"]},
            "a column cannot be a feature and excluded. Received both: a, b",
        ),
        ({"features": {"y": NUMERIC}}, "the label cannot be a feature too. Received both: 'y'"),
        (
            {"features": {"label": NUMERIC}, "label": {"expression": "y > 1"}},
            "the feature name 'label' is taken by the label of the expression; rename the column",
        ),
        (
            {"features": {"weight": NUMERIC}, "weight": "w"},
            "the name 'weight' is taken by the weights of the rows; rename the column",
        ),
        ({"label": {"column": "weight"}, "weight": "w"}, "the name 'weight' is taken by the weights of the rows"),
    ],
)
def test_names_that_contradict_one_another_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DatasetRequest.model_validate({**BODY, **change})


def test_names_are_free_where_nothing_else_has_them() -> None:
    request = DatasetRequest.model_validate({**BODY, "features": {"label": NUMERIC, "weight": NUMERIC}})
    assert [*request.features] == ["label", "weight"]
    assert DatasetRequest.model_validate({**BODY, "exclude": ["y"]}).exclude == ["y"]
