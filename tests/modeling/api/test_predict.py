"""TensorFlow Serving's predict over HTTP: rows and columns, and bodies that are refused."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from tests.modeling.api.asking import post
from tests.modeling.made_records import byte_list, serialized

WORD_AS_NUMBER = base64.b64encode(serialized({"distance km": byte_list([b"\xff far"])})).decode()


def test_every_form_of_predict_agrees(client: httpx.Client) -> None:
    rows = [{"distance km": 1200.5, "class": 3, "carrier/日本": "null"}, {"class": None}, {}]
    columns = {"distance km": [1200.5, None, None], "class": [3, None, None], "carrier/日本": ["null", "", None]}
    by_row = post(client, "/v1/models/m:predict", {"instances": rows}).json()["predictions"]
    by_column = post(client, "/v1/models/m/versions/2:predict", {"inputs": columns}).json()["outputs"]
    assert by_row == by_column
    assert by_row[1] == by_row[2]
    nan = post(client, "/v1/models/m:predict", b'{"instances": [{"distance km": NaN, "class": "NA"}]}').json()
    assert nan["predictions"] == pytest.approx(by_row[1:2], rel=1e-6)
    transformed = post(client, "/v1/models/m:predict", {"instances": rows, "signature_name": "transform"}).json()
    assert transformed["predictions"][2]["categorical"] == [0, 0, 0]
    assert transformed["predictions"][2]["numeric"][-3:] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("m", {"instances": [{}, {"distance km": "far"}]}, 400, "instances[1].distance km: must be a number"),
        ("m", {"instances": [{"distence km": 1}]}, 400, "the nearest known field is 'distance km'"),
        ("m", {"instances": [{}], "signature_name": "x"}, 400, "known: serving_default, transform, examples"),
        ("m", {"instances": ["x"], "signature_name": "examples"}, 400, "Examples of raw features; row 0 is not one"),
        ("m", {"instances": [{"b64": ""}, {"b64": "////"}], "signature_name": "examples"}, 400, "row 1 is not one"),
        ("m", {"instances": [{"b64": WORD_AS_NUMBER}], "signature_name": "examples"}, 400, "tf.train.Examples of raw"),
        ("m", {"instances": [{}], "signature_name": 0}, 400, "signature_name must be text. Received: 0"),
        ("a" * 300, {"instances": [{}]}, 404, "there is no model named"),
        ("m", b"{", 400, "not JSON"),
        ("m", b"", 400, "empty"),
        ("nothing", {"instances": [{}]}, 404, "there is no model named 'nothing'"),
        ("m/versions/9", {"instances": [{}]}, 404, "model 'm' has no version 9"),
        ("m/versions/x", {"instances": [{}]}, 400, "whole number"),
    ],
)
def test_bad_predicts(client: httpx.Client, path: str, body: Any, status: int, message: str) -> None:
    reply = post(client, f"/v1/models/{path}:predict", body)
    assert reply.status_code == status, reply.text
    assert list(reply.json()) == ["error"]
    assert message in reply.json()["error"]
