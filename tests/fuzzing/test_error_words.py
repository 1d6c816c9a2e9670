"""Mutated requests to both services' real applications: no reply holds pydantic's own words."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core._pydantic_core import list_all_errors
from tests.real_apps import serving_both

from contracts.validation.invalid_fields import WORDS

REQUESTS: dict[str, dict[str, Any]] = {
    "/v1/datasets": {
        "name": "d",
        "source": {"format": "csv", "uris": ["a.csv"], "delimiter": ";", "columns": ["a", "b"]},
        "label": {"expression": "a > 1", "kind": "binary"},
        "features": {
            "n": {"kind": "numeric", "impute": {"value": 1.0}, "clip": [0.1, 0.9]},
            "b": {"kind": "numeric", "bucketize": {"quantiles": 4}},
            "c": {"kind": "categorical", "max_size": 10, "reserved": ["x"]},
            "h": {"kind": "hashed", "buckets": 10},
        },
        "crosses": [{"features": ["c", "h"], "buckets": 10}],
        "splits": {"train": 0.8, "test": 0.2},
        "timeout": 3.0,
    },
    "/v1/schemas:infer": {"uris": ["a.csv"], "sample_rows": 100, "header": True, "ragged": "error"},
    "/v1/trainings": {
        "model": "m",
        "dataset": "d",
        "network": {"kind": "dnn", "hidden": [8]},
        "optimizer": {"kind": "adam", "beta_1": 0.9},
        "schedule": {"kind": "cosine"},
        "early_stopping": {"patience": 2},
        "class_weights": {"0": 1.0, "1": 5.0},
        "features": {"n": {"impute": "median"}},
        "require": {"auc": {"min": 0.7}, "better_than": {"label": "champion", "by": 0.1}},
        "importance": {"rows": 100},
        "epochs": 2,
    },
    "/v1/batch-predictions": {"name": "p", "model": "m", "source": {"format": "parquet", "uris": ["a"]}, "keys": ["k"]},
    "/v1/models/m:skew": {"since": "2026-11-23T00:00:00Z", "thresholds": {"l_infinity": 0.1}},
}
PARAMETERS = ["/v1/jobs?pageSize={}", "/v1/jobs?pageToken={}"]
PHRASES = [
    phrase
    for error in list_all_errors()
    for phrase in re.split(r"\{[^}]*\}", error["message_template_python"])
    if len(phrase.strip()) > 11
]
OTHER_VALUES = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        1e308,
        "",
        "x",
        "1",
        "é" * 200,
        [],
        [None],
        ["a", "a"],
        {},
        {"x": 1},
        {"kind": "x"},
    ]
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[httpx.Client]]:
    with serving_both(tmp_path_factory.mktemp("words")) as urls, ExitStack() as clients:
        yield [clients.enter_context(httpx.Client(base_url=url)) for url in urls.values()]


def places_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of the value and of each value inside it."""
    yield path
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        yield from places_in(inner, (*path, part))


def mutated(request: Any, path: tuple[str | int, ...], how: str, other: Any) -> Any:
    """Return the request with another value at the path, without it, or with its name misspelled."""
    if not path:
        return other
    request = copy.deepcopy(request)
    holder = request
    for part in path[:-1]:
        holder = holder[part]
    if how == "drop":
        del holder[path[-1]]
    elif how == "misspell" and isinstance(holder, dict):
        holder[f"{path[-1]}x"] = holder.pop(path[-1])
    else:
        holder[path[-1]] = other
    return request


@settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(data=st.data())
def test_no_reply_holds_pydantics_words(services: list[httpx.Client], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(REQUESTS)))
    request = REQUESTS[path]
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(list(places_in(request))))
        request = mutated(
            request, place, data.draw(st.sampled_from(["drop", "misspell", "set"])), data.draw(OTHER_VALUES)
        )
    for service in services:
        assert_own_words(service.post(path, content=json.dumps(request)), request)


@pytest.mark.parametrize("path", PARAMETERS)
@pytest.mark.parametrize("value", ["", "x", "0", "1.5", "9" * 30, "é" * 200])
def test_no_reply_about_a_parameter_does(services: list[httpx.Client], path: str, value: str) -> None:
    for service in services:
        assert_own_words(service.get(path.format(value)), value)


def assert_own_words(reply: httpx.Response, request: object) -> None:
    assert reply.status_code < 500, request
    found = [phrase for phrase in PHRASES if phrase.strip() in reply.text]
    assert found == [], (request, reply.text)
    if reply.status_code == 422:
        body = reply.json()
        assert body["detail"], request
        assert "is not a valid value" not in reply.text, ("a type of error without words of ours", request, body)


def test_pydantics_words_would_be_found() -> None:
    assert any(phrase.strip() in "Input should be a valid dictionary or instance of Dnn" for phrase in PHRASES)
    assert any(phrase.strip() in "Extra inputs are not permitted" for phrase in PHRASES)
    assert not any(phrase.strip() in words for phrase in PHRASES for words in WORDS.values())
