"""Requests of lists of numbers as requests of their statistics."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import InvalidRequest, NotFound
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.short_forms import check_short_forms, short_form_behind, with_short_forms


def request_of(**features: Any) -> DatasetRequest:
    source = {"format": "csv", "uris": ["t"]}
    return DatasetRequest.model_validate(
        {"name": "d", "source": source, "label": {"column": "y"}, "features": features}
    )


def test_statistics_are_derived_columns_with_features() -> None:
    rule = {"separator": "'", "statistics": ["max", "count"]}
    request = with_short_forms(
        request_of(**{"a`b": {"kind": "numeric", "many": rule, "impute": "median"}}), ["a`b", "y"]
    )
    assert request.derive == {"a`b:max": "list_max(`a``b`, '\\'')", "a`b:count": "list_count(`a``b`, '\\'')"}
    feature: Any = request.features["a`b:count"]
    assert (feature.many, feature.impute) == (None, "median")


def test_errors_point_at_the_list() -> None:
    asked = request_of(x={"kind": "numeric", "many": {"statistics": ["max"]}})
    assert short_form_behind(asked, "/derive/x:max") == short_form_behind(asked, "/features/x:max/clip") == "x"
    assert short_form_behind(asked, "/derive/z") is None
    assert short_form_behind(asked, None) is None
    with pytest.raises(NotFound, match="no column 'x'"):
        check_short_forms(asked, ["z", "y"])
    with pytest.raises(InvalidRequest, match="'x:max', which this makes"):
        with_short_forms(asked, ["x", "x:max"])
