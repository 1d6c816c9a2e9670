"""An invalid request is answered with the path, the value received and the remedy."""

from __future__ import annotations

from string import Formatter
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import core_schema
from pydantic_core._pydantic_core import list_all_errors

from contracts.messages.datasets import DatasetRequest
from contracts.messages.trainings import TrainingRequest
from contracts.validation.invalid_fields import WORDS, InvalidField, invalid_fields

DATASET: dict[str, Any] = {
    "name": "d",
    "source": {"format": "csv", "uris": ["a.csv"]},
    "label": {"column": "y"},
}

NAME_WORDS = (
    "must be letters, digits, `_`, `.` and `-`, begin with a letter or digit, and have at most 100 characters. "
    "Received: '-'"
)


def refused(model: type[BaseModel], body: object) -> list[InvalidField]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return invalid_fields(caught.value.errors(), model, body)


def of_dataset(**fields: Any) -> list[InvalidField]:
    return refused(DatasetRequest, {**DATASET, **fields})


def test_an_unknown_field_that_resembles_one_is_named_with_it() -> None:
    assert refused(TrainingRequest, {"model": "m", "dataset": "d", "clas_weights": "balanced"}) == [
        InvalidField(("clas_weights",), "unknown field `clas_weights`; did you mean `class_weights`?")
    ]
    assert of_dataset(source={**DATASET["source"], "delimeter": ";"}) == [
        InvalidField(("source", "delimeter"), "unknown field `delimeter`; did you mean `delimiter`?")
    ]


def test_an_unknown_field_that_resembles_none_is_named_with_all() -> None:
    assert of_dataset(label={"column": "y", "zzz": 1}) == [
        InvalidField(
            ("label", "zzz"), "unknown field `zzz`; known: column, expression, kind, positive, strip, fold_case"
        )
    ]


def test_an_unknown_kind_is_named_with_the_kinds_at_the_field_that_says_it() -> None:
    assert of_dataset(features={"a": {"kind": "number"}, "b": {}}) == [
        InvalidField(
            ("features", "a", "kind"),
            "must be one of 'numeric', 'categorical', 'hashed', 'datetime', 'text'. Received: 'number'",
        ),
        InvalidField(
            ("features", "b", "kind"),
            "is required, and must be one of 'numeric', 'categorical', 'hashed', 'datetime', 'text'",
        ),
    ]


@pytest.mark.parametrize(
    ("fields", "path", "detail"),
    [
        ({"records": True}, ("records",), "must be 'none', 'raw' or 'transformed'. Received: true"),
        ({"name": "-"}, ("name",), NAME_WORDS),
        ({"name": None}, ("name",), "must be text. Received: null"),
        ({"source": {"format": "csv", "uris": []}}, ("source", "uris"), "must have at least 1 entry. Received: a list of 0"),
        ({"splits": {"train": "x"}}, ("splits", "train"), "must be a number. Received: 'x'"),
        ({"exclude": {"a": 1}}, ("exclude",), "must be a list. Received: an object"),
        ({"label": {}}, ("label",), "exactly one of column and expression must be given"),
        ({"partitions": 0}, ("partitions",), "must be at least 1. Received: 0"),
        ({"features": {"a": {"kind": "numeric", "impute": "x"}}}, ("features", "a", "impute"),
         "must be 'mean', 'median' or 'none', or must be an object. Received: 'x'"),
    ],
)  # fmt: skip
def test_path_words_and_value(fields: dict[str, Any], path: tuple[str, ...], detail: str) -> None:
    assert of_dataset(**fields) == [InvalidField(path, detail)]


def test_members_of_a_union_that_the_value_does_not_resemble_are_not_named() -> None:
    body = {"model": "m", "dataset": "d", "class_weights": {"1": -1}}
    assert refused(TrainingRequest, body) == [
        InvalidField(("class_weights", "1"), "must be at least 0.0. Received: -1")
    ]


def test_what_is_no_object_at_all() -> None:
    assert refused(TrainingRequest, [1]) == [InvalidField((), "must be an object. Received: a list of 1")]


def test_long_values_are_cut() -> None:
    detail = of_dataset(records="x" * 10_000)[0].detail
    assert len(detail) < 200


def test_the_table_holds_pydantics_types_and_their_context() -> None:
    known = {error["type"]: error for error in list_all_errors()}
    assert set(WORDS) <= set(get_args(core_schema.ErrorType))
    for kind, words in WORDS.items():
        named = {field for _, field, _, _ in Formatter().parse(words) if field}
        assert named <= (known[kind].get("example_context") or {}).keys(), kind
