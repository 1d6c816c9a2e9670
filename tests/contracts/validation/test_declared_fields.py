"""Which fields and kinds a message declares at a path."""

from __future__ import annotations

from contracts.messages.comparisons import CompareRequest
from contracts.messages.datasets import DatasetRequest
from contracts.messages.trainings import TrainingRequest
from contracts.source import DelimitedText, Source
from contracts.validation.declared_fields import choices_of, fields_at, tags_at


def test_fields_of_a_message_and_of_what_it_holds() -> None:
    assert fields_at(TrainingRequest, []) == list(TrainingRequest.model_fields)
    assert fields_at(DatasetRequest, ["label"]) == ["column", "expression", "kind", "positive", "strip", "fold_case"]
    assert {"patience", "metric"} & set(fields_at(TrainingRequest, ["early_stopping"]))
    assert fields_at(DatasetRequest, ["crosses", 3])[:2] == ["features", "buckets"]


def test_a_kind_in_the_path_chooses_the_member_of_a_union() -> None:
    assert "hidden" in fields_at(TrainingRequest, ["network", "dnn"])
    assert "hidden" not in fields_at(TrainingRequest, ["network", "linear"])
    assert "delimiter" in fields_at(DatasetRequest, ["source", "csv"])
    assert "buckets" in fields_at(DatasetRequest, ["features", "any name", "hashed"])


def test_a_field_is_named_as_in_json() -> None:
    assert fields_at(CompareRequest, [])[0] == "with"


def test_nothing_is_declared_inside_plain_values() -> None:
    assert fields_at(TrainingRequest, ["epochs"]) == []
    assert fields_at(None, ["a"]) == []


def test_kinds_are_those_of_the_members() -> None:
    assert tags_at(TrainingRequest, ["network"], "kind") == ["linear", "dnn", "wide_deep", "dcn_v2", "tabm"]
    assert tags_at(Source, [], "format")[:2] == ["csv", "tsv"]
    assert tags_at(DelimitedText, [], "no such field") == []
    assert choices_of(["a", "b"]) == "one of 'a', 'b'"
