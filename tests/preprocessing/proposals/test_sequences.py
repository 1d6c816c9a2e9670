"""Proposals for TFRecord files of SequenceExamples: feature lists are refused, or as the request has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.sources.columnar.tfrecord.test_feature_lists import sequence
from tests.sources.columnar.tfrecord.written import feature, write

from contracts.errors import InvalidData, InvalidRequest
from contracts.messages.schemas import InferRequest
from preprocessing.proposals.propose import propose


@pytest.fixture
def root(tmp_path: Path) -> Path:
    records = [
        sequence({"tags": [feature(b"t%d" % (row % 7))] * (row % 3)}, y=feature(row % 2), x=feature(row / 8))
        for row in range(200)
    ]
    write(tmp_path / "t.tfrecord", records)
    write(tmp_path / "t.tfrecord.gz", records, "GZIP")
    (tmp_path / "t.csv").write_text("a,y\n1,0\n2,1\n")
    return tmp_path


def proposed(root: Path, uri: str = "t.tfrecord", **given: Any) -> dict[str, Any]:
    body = {"uris": [uri], "label": {"column": "y"}, **given}
    return propose(InferRequest.model_validate(body), [str(root)]).request


def test_feature_lists_are_named_with_the_field_that_reads_them(root: Path) -> None:
    with pytest.raises(InvalidData, match=r"record 1: a SequenceExample .* with feature_lists read") as caught:
        proposed(root)
    assert caught.value.pointer == "/feature_lists"


@pytest.mark.parametrize("uri", ["t.tfrecord", "t.tfrecord.gz"])
@pytest.mark.parametrize(("feature_lists", "features"), [("read", {"tags", "x"}), ("ignore", {"x"})])
def test_feature_lists_are_read_or_left_out(root: Path, uri: str, feature_lists: str, features: set[str]) -> None:
    request = proposed(root, uri, feature_lists=feature_lists)
    assert request["source"] == {"uris": [uri], "format": "tfrecord", "feature_lists": feature_lists}
    assert request["features"].keys() == features
    if feature_lists == "read":
        assert request["features"]["tags"] == {"kind": "categorical", "many": {}}


def test_columns_may_have_types(root: Path) -> None:
    columns = {"y": "int64", "tags": "list"}
    request = proposed(root, feature_lists="read", columns=columns)
    assert (request["source"]["columns"], request["features"].keys()) == (columns, {"tags"})
    with pytest.raises(InvalidRequest, match="must be an object") as caught:
        proposed(root, columns=["y", "x"])
    assert caught.value.pointer == "/columns"


def test_only_record_files_have_feature_lists(root: Path) -> None:
    for given in ({}, {"format": "csv"}):
        with pytest.raises(InvalidRequest, match="feature_lists") as caught:
            proposed(root, "t.csv", feature_lists="read", **given)
        assert caught.value.pointer == "/feature_lists"


def test_lists_of_floats_are_vectors_or_statistics_and_lists_of_tokens_have_evidence(tmp_path: Path) -> None:
    records = [
        sequence(
            {
                "vector": [feature(row / 8), feature(1.5), feature(float(row))],
                "floats": [feature(row / 8)] * (1 + row % 4),
                "codes": [feature(row % 5)] * (1 + row % 3),
                "tags": [feature(b"a|%d" % (row % 7))] * (row % 40),
            },
            y=feature(row % 2),
        )
        for row in range(200)
    ]
    write(tmp_path / "t.tfrecord", records)
    features = proposed(tmp_path, feature_lists="read")["features"]
    assert features == {
        "codes": {"kind": "categorical", "many": {}},
        "floats": {"kind": "numeric", "many": {}},
        "tags": {"kind": "categorical", "many": {"max": 78, "separator": ";"}},
        "vector": {"kind": "numeric", "shape": [3]},
    }
