from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields
from modeling.protocols.json_body import check_names, parse_object, render
from modeling.protocols.tensorflow_predict import KEYS, read, render_columns, render_rows

FIELDS = Fields(["distance", "delay"], ["carrier"], ["NA"])
ONE = Fields([], ["examples"], [])


def call(body: Any, fields: Fields = FIELDS) -> Any:
    document = parse_object(body if isinstance(body, bytes) else json.dumps(body).encode(), "instances or inputs")
    check_names(document, KEYS)
    return read(document, fields)


def test_rows_with_what_is_left_out_missing() -> None:
    found = call({"instances": [{"distance": 1400, "carrier": "UA"}, {"delay": None, "carrier": 7}, {}]})
    assert np.array_equal(found.numeric, np.array([[1400, np.nan]] + [[np.nan] * 2] * 2, np.float32), equal_nan=True)
    assert found.numeric.dtype == np.float32
    assert found.tokens.tolist() == [[b"UA"], [b"7"], [b""]]


def test_columns_with_what_is_left_out_missing() -> None:
    found = call(b'{"inputs": {"carrier": ["UA", null, 7], "delay": [1, NaN, "NA"]}}')
    assert np.array_equal(found.numeric[:, 1], np.array([1, np.nan, np.nan], np.float32), equal_nan=True)
    assert np.all(np.isnan(found.numeric[:, 0]))
    assert found.tokens.tolist() == [[b"UA"], [b""], [b"7"]]


def test_rows_and_columns_mean_the_same() -> None:
    rows = call({"instances": [{"distance": 1.5, "delay": 2, "carrier": "A"}, {"distance": 10**400, "delay": 1e39}]})
    columns = call({"inputs": {"distance": [1.5, 10**400], "delay": [2, 1e39], "carrier": ["A", None]}})
    assert np.array_equal(rows.numeric, columns.numeric, equal_nan=True)
    assert rows.tokens.tolist() == columns.tokens.tolist()


@pytest.mark.parametrize(
    "body",
    [
        {"instances": ["a", {"b64": "Yg=="}]},
        {"instances": [{"examples": "a"}, {"examples": "b"}]},
        {"inputs": ["a", "b"]},
        {"inputs": {"examples": ["a", {"b64": "Yg=="}]}},
    ],
)
def test_a_single_input_needs_no_name(body: Any) -> None:
    assert call(body, ONE).tokens.tolist() == [[b"a"], [b"b"]]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"instances": [{"distance": 1}]', "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (
            b'{"instances": [{}, {"distance": 1, "delay": 2, "distance": 1}]}',
            r"instances\[1\]: has the name 'distance' twice",
        ),
        (b'{"instances": [{}], "instances": [{}]}', "the body: has the name 'instances' twice"),
        (b'{"instances": [{"a": 1, "a": 1}', "has a name twice"),
        (b'{"instances": [{"carrier": "\\ud800"}]}', "not JSON"),
        (b'{"instances": [{"carrier": "\xff"}]}', "not JSON"),
        (b'{"instances": NaN}', "list of rows"),
        ({"instances": [{"carrier": "x" * 10**6, "c" * 10**6: 1}]}, "unknown field 'ccc"),
        ({"instances": [{"distance": "x" * 10**6}]}, r"instances\[0\]\.distance.*x…$"),
        (b"[]", "JSON object"),
        (b"null", "JSON object"),
        ({}, "instances"),
        ({"instances": [{}], "inputs": {}}, "not both"),
        ({"instances": [{}], "signature": "x"}, "unknown field 'signature'"),
        ({"instances": {}}, "list of rows"),
        ({"instances": []}, "at least one row"),
        ({"instances": [1]}, r"instances\[0\]: must be an object"),
        ({"instances": [{}, {"distance": "far"}]}, r'instances\[1\]\.distance: must be a number.*Received: "far"'),
        ({"instances": [{"distance": True}]}, r"instances\[0\]\.distance: must be a number.*Received: true"),
        ({"instances": [{"distance": [1]}]}, r"instances\[0\]\.distance"),
        ({"instances": [{"carrier": [1.5]}]}, r"instances\[0\]\.carrier: must be text"),
        ({"instances": [{"carrier": {"b64": "?"}}]}, r"instances\[0\]\.carrier: b64"),
        (
            {"instances": [{"distence": 1}]},
            r"instances\[0\]: unknown field 'distence'; the nearest known field is 'distance'",
        ),
        ({"inputs": 1}, "object of columns"),
        ({"inputs": {}}, "at least one column"),
        ({"inputs": {"distance": []}}, "at least one"),
        ({"inputs": {"distance": 1}}, r"inputs\.distance: must be a list"),
        ({"inputs": {"distance": [1, 2], "delay": [1]}}, r"inputs\.delay: must have 2 values.*Received: 1"),
        ({"inputs": {"distance": [1, "x"]}}, r"inputs\.distance\[1\]: must be a number"),
        ({"inputs": {"carrier": ["a", {}]}}, r"inputs\.carrier\[1\]: must be text"),
        ({"inputs": {"carier": ["a"]}}, "nearest known field is 'carrier'"),
    ],
)
def test_bad_bodies_say_row_and_field(body: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        call(body)


def test_replies() -> None:
    one = {"predictions": np.array([0.5, np.nan], np.float32)}
    assert render_rows(one) == {"predictions": pytest.approx([0.5, np.nan], nan_ok=True)}
    assert json.loads(render(render_columns(one))) == {"outputs": [0.5, None]}
    two = {"a": np.array([1, 2]), "b": np.array([[1.0], [2.0]])}
    assert render_rows(two) == {"predictions": [{"a": 1, "b": [1.0]}, {"a": 2, "b": [2.0]}]}
    assert render_columns(two) == {"outputs": {"a": [1, 2], "b": [[1.0], [2.0]]}}


def test_outputs_of_bytes_are_text_or_base64_by_their_name() -> None:
    text = np.array([[b"a", "日".encode()], [b"\xff", b""]], object)
    assert render_columns({"names": text}) == {"outputs": [["a", "日"], ["\ufffd", ""]]}
    assert render_columns({"names_bytes": text[1]}) == {"outputs": [{"b64": "/w=="}, {"b64": ""}]}
