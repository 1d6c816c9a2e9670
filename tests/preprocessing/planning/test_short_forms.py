"""Short forms of a request: derived columns and features in their place, names that are taken, columns that are not there."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import InvalidRequest, NotFound
from contracts.messages.datasets import DatasetRequest
from preprocessing.planning.short_forms import check_short_forms, short_form_behind, with_short_forms


def request(features: dict[str, Any], **more: Any) -> DatasetRequest:
    usual: dict[str, Any] = {"name": "d", "source": {"format": "csv", "uris": ["t.csv"]}, "label": {"column": "y"}}
    return DatasetRequest.model_validate({**usual, "features": features, **more})


def test_a_request_gets_the_parts_in_the_place_of_the_feature() -> None:
    asked = request(
        {"a": {"kind": "numeric"}, "t": {"kind": "datetime", "parts": ["hour", "year"]}, "b": {"kind": "categorical"}},
        derive={"late": "a > 15"},
        weight="late",
    )
    made = with_short_forms(asked)
    assert list(made.features) == ["a", "t:hour", "t:year", "b"]
    assert made.derive == {"late": "a > 15", "t:hour": "hour(`t`)", "t:year": "year(`t`)"}
    assert asked.derive == {"late": "a > 15"}, "the request stays as it was"


def test_a_request_without_dates_is_as_it_was() -> None:
    asked = request({"a": {"kind": "numeric"}})
    assert with_short_forms(asked) == asked


@pytest.mark.parametrize(
    ("others", "derive"),
    [({"t:hour": {"kind": "categorical"}}, {}), ({}, {"t:hour": "a + 1"})],
    ids=["feature", "derived"],
)
def test_a_name_that_is_taken_is_refused_at_the_feature(others: dict[str, Any], derive: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="'t:hour', which this makes, is the name of another feature") as caught:
        with_short_forms(request({"t": {"kind": "datetime"}, **others}, derive=derive))
    assert caught.value.pointer == "/features/t"


def test_two_dates_that_make_one_name_are_refused_at_the_second() -> None:
    features = {
        "t": {"kind": "datetime", "parts": ["hour"], "cyclic": True},
        "t:hour": {"kind": "datetime", "parts": [], "since": "t"},
        "t/x": {"kind": "datetime", "parts": ["hour"]},
    }
    made = with_short_forms(request(features))
    assert list(made.features) == ["t:hour:sin", "t:hour:cos", "t:hour:days_since", "t/x:hour"]
    with pytest.raises(InvalidRequest, match="'t/x:hour'") as caught:
        with_short_forms(request(features, derive={"t/x:hour": "1"}))
    assert caught.value.pointer == "/features/t~1x"


def test_a_text_is_one_feature() -> None:
    made = with_short_forms(request({"note": {"kind": "text"}}))
    assert list(made.features) == ["note:words"]
    assert made.derive == {"note:words": "ngrams(lower(nfkd(`note`)), 'words', 1, 2, 100, true)"}


def test_the_form_behind_a_derived_column_is_known() -> None:
    asked = request({"t": {"kind": "datetime"}, "note": {"kind": "text"}, "x": {"kind": "numeric"}})
    assert short_form_behind(asked, "/derive/t:hour") == "t"
    assert short_form_behind(asked, "/derive/note:words") == "note"
    assert short_form_behind(asked, "/derive/x") is None


@pytest.mark.parametrize(
    ("features", "place"),
    [
        ({"nots": {"kind": "text"}}, "/features/nots"),
        ({"when": {"kind": "datetime"}}, "/features/when"),
        ({"t": {"kind": "datetime", "since": "signup"}}, "/features/t/since"),
    ],
)
def test_columns_that_are_not_there_are_refused(features: dict[str, Any], place: str) -> None:
    with pytest.raises(NotFound) as caught:
        check_short_forms(request(features), ["note", "t"])
    assert caught.value.pointer == place


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        ({"kind": "datetime"}, "datetime reads a column"),
        ({"kind": "text"}, "text reads a column"),
        ({"kind": "numeric", "many": {}}, "numeric with many reads a column"),
    ],
)
def test_a_short_form_of_a_derived_column_is_refused_with_the_remedy(feature: dict[str, Any], said: str) -> None:
    asked = request({"both": feature}).model_copy(update={"derive": {"both": "concat(note, t)"}})
    with pytest.raises(InvalidRequest, match=f"'both' is derived, and {said}.*in SQL") as caught:
        check_short_forms(asked, ["note", "t"])
    assert caught.value.pointer == "/features/both"
