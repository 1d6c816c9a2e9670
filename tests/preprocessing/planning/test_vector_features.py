"""Requests of vectors as requests of their elements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contracts.errors import InvalidRequest
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.ranges import Plan, plan_ranges
from preprocessing.planning.vector_features import with_vectors
from sources.files.resolve_sources import locate


def planned(folder: Path, text: str, features: dict[str, Any], **more: Any) -> tuple[DatasetRequest, Plan]:
    source = {"format": "jsonl" if text.startswith("{") else "csv", "uris": ["t"]}
    (folder / "t").write_text(text)
    body = {"name": "d", "source": source, "label": {"column": "y"}, "features": features, **more}
    request = DatasetRequest.model_validate(body)
    source_of: Any = request.source
    plan = plan_ranges(source_of, locate(source_of.uris, [str(folder)], hive_partitioning=None))
    return with_vectors(request, plan)


def test_elements_stand_in_the_place_of_the_list(tmp_path: Path) -> None:
    features = {"b": {"kind": "numeric"}, "v": {"kind": "numeric", "shape": [2], "impute": "median"}}
    request, plan = planned(tmp_path, '{"a": 1, "v": [1, 2], "b": 2, "y": 0}\n', features)
    assert plan.columns == ["a", "v[0]", "v[1]", "b", "y"]
    assert plan.vectors == plan.elements == {"v": ["v[0]", "v[1]"]}
    assert list(request.features) == ["b", "v[0]", "v[1]"]
    element: Any = request.features["v[1]"]
    assert (element.shape, element.dtype, element.impute) == (None, "float64", "median")


def test_columns_of_elements_stay_where_they_are(tmp_path: Path) -> None:
    features = {"v": {"kind": "numeric", "shape": [2], "dtype": "int64"}}
    request, plan = planned(tmp_path, "v[1],y,v[0]\n1,0,2\n", features)
    assert plan.columns == ["v[1]", "y", "v[0]"]
    assert (plan.vectors, plan.elements) == ({}, {"v": ["v[0]", "v[1]"]})
    element: Any = request.features["v[0]"]
    assert element.dtype == "int64"


def test_a_request_without_vectors_is_unchanged(tmp_path: Path) -> None:
    request, plan = planned(tmp_path, "a,y\n1,0\n", {"a": {"kind": "numeric"}})
    assert list(request.features) == ["a"]
    assert plan.elements == {}


def test_options_that_contradict_one_another_point_at_the_vector(tmp_path: Path) -> None:
    features = {"v": {"kind": "numeric", "shape": [2], "decimal_point": ",", "thousands_separator": ","}}
    with pytest.raises(InvalidRequest, match="must differ") as caught:
        planned(tmp_path, "v[0],v[1],y\n1,0,2\n", features)
    assert caught.value.pointer == "/features/v/thousands_separator"


def test_a_cross_of_a_vector_is_refused(tmp_path: Path) -> None:
    features = {"v": {"kind": "numeric", "shape": [2]}, "k": {"kind": "categorical"}}
    with pytest.raises(InvalidRequest, match="'v' is a vector"):
        planned(tmp_path, "v[0],v[1],k,y\n1,0,a,2\n", features, crosses=[{"features": ["k", "v"], "buckets": 10}])
