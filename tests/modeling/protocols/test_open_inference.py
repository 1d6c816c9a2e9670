from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from modeling.protocols.open_inference import HEADER_LENGTH, infer
from modeling.protocols.tensor_codec import DTYPES
from modeling.serving.inference_request import Reply
from modeling.serving.predictor import Predictor


def tensor(name: str = "class", datatype: str = "INT64", data: Any = (3, None), **more: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [2], "data": list(data), **more}


def binary(name: str, datatype: str, size: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [2], "parameters": {"binary_data_size": size}, **more}


def ask(predictor: Predictor, document: Any, data: bytes = b"", **options: Any) -> Reply:
    head = json.dumps(document).encode()
    length = str(len(head)) if data else None
    return predictor.answer("m", infer(head + data, options.pop("length", length), **options))


def scores(reply: Reply) -> list[float]:
    return json.loads(reply.body)["outputs"][0]["data"]


def test_every_type_means_the_same_number(predictor: Predictor) -> None:
    expected = scores(ask(predictor, {"inputs": [tensor(data=[3, 4])]}))
    assert expected[0] != expected[1]
    for datatype in DTYPES:
        if datatype in {"BOOL", "BYTES"}:
            continue
        array = np.array([3, 4], DTYPES[datatype])
        data = array.tobytes()
        assert scores(ask(predictor, {"inputs": [tensor(datatype=datatype, data=array.tolist())]})) == expected
        assert scores(ask(predictor, {"inputs": [binary("class", datatype, len(data))]}, data)) == expected


def test_categories_may_be_text_whole_numbers_or_booleans(predictor: Predictor) -> None:
    known = scores(ask(predictor, {"inputs": [tensor("origin", "BYTES", ["origin 1", None])]}))
    assert known[0] != known[1]
    encoded = [{"b64": "b3JpZ2luIDE="}, ""]
    assert scores(ask(predictor, {"inputs": [tensor("origin", "BYTES", encoded)]})) == known
    text = scores(ask(predictor, {"inputs": [tensor("origin", "BYTES", ["12", "true"])]}))
    assert scores(ask(predictor, {"inputs": [tensor("origin", "INT32", [12, 12])]}))[0] == text[0]
    assert scores(ask(predictor, {"inputs": [tensor("origin", "BOOL", [True, True])]}))[1] == text[1]
    whole = {"inputs": [binary("origin", "FP64", 16)]}
    assert scores(ask(predictor, whole, np.array([12, np.nan]).tobytes())) == [text[0], known[1]]


def test_missing_in_every_type(predictor: Predictor) -> None:
    expected = scores(ask(predictor, {"inputs": [tensor("always", "BYTES", ["", None])]}))
    for datatype in DTYPES:
        assert scores(ask(predictor, {"inputs": [tensor("origin", datatype, [None, ""])]})) == expected
        if datatype != "BOOL":
            assert scores(ask(predictor, {"inputs": [tensor("class", datatype, [None, ""])]})) == expected
    nan = np.array([np.nan, np.inf], np.float32).tobytes()
    for name in ("class", "origin"):
        assert scores(ask(predictor, {"inputs": [binary(name, "FP32", 8)]}, nan)) == expected
        assert scores(ask(predictor, {"inputs": [binary(name, "BYTES", 8)]}, bytes(8))) == expected


def test_outputs_that_are_asked_for_in_the_form_that_is_asked_for(predictor: Predictor) -> None:
    inputs = [tensor()]
    both = {"inputs": inputs, "parameters": {"signature_name": "transform"}}
    assert [each["name"] for each in json.loads(ask(predictor, both).body)["outputs"]] == ["categorical", "numeric"]
    wanted = [{"name": "numeric"}, {"name": "categorical", "parameters": {"binary_data": True}}]
    reply = ask(predictor, {**both, "outputs": wanted})
    head = json.loads(reply.body[: int(reply.headers[HEADER_LENGTH])])
    assert [each["name"] for each in head["outputs"]] == ["numeric", "categorical"]
    assert head["outputs"][1]["parameters"] == {"binary_data_size": 2 * 3 * 8}
    assert len(reply.body) == int(reply.headers[HEADER_LENGTH]) + 48
    assert reply.media_type == "application/octet-stream"
    assert (head["model_name"], head["model_version"], "id" in head) == ("m", "2", False)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "JSON object with inputs"),
        ({}, "must hold inputs"),
        ({"inputs": []}, "at least one tensor"),
        ({"inputs": [1]}, r"inputs\[0\]: must be an object"),
        ({"inputs": [tensor(None)]}, r"inputs\[0\]: name must be text"),  # pyright: ignore[reportArgumentType]
        ({"inputs": [tensor(), tensor()]}, "there is a tensor named 'class' already"),
        ({"inputs": [tensor("klass")]}, r"inputs\.klass: unknown field 'klass'; the nearest known field is 'class'"),
        ({"inputs": [tensor(dtype="FP32")]}, "unknown field 'dtype'"),
        ({"inputs": [tensor(datatype="FP8")]}, "datatype must be one of BOOL, UINT8"),
        ({"inputs": [tensor(shape=[2, 2])]}, r"shape must be \[rows\] or \[rows, 1\]"),
        ({"inputs": [tensor(shape=[])]}, "shape must be"),
        ({"inputs": [tensor(shape=[-2])]}, "shape must be"),
        ({"inputs": [tensor(shape=[True])]}, "shape must be"),
        ({"inputs": [tensor(shape=[2.0])]}, "shape must be"),
        ({"inputs": [tensor(shape=[10**30])]}, "must have 1000"),
        ({"inputs": [tensor(shape=[3])]}, "must have 3 elements"),
        ({"inputs": [tensor(shape=[0], data=[])]}, "at least one column of at least one row"),
        ({"inputs": [{"name": "class", "datatype": "INT64", "shape": [1]}]}, "neither data nor"),
        ({"inputs": [tensor(), tensor("origin", "BYTES", ["a"], shape=[1])]}, r"inputs\.origin: must have 2 values"),
        ({"inputs": [tensor(datatype="BOOL", data=[True, False])]}, r"inputs\.class\[0\]: must be a number"),
        ({"inputs": [tensor(datatype="BYTES", data=["", "x"])]}, r"inputs\.class\[1\]: must be a number"),
        ({"inputs": [tensor("origin", "BYTES", ["", {"b64": "?"}])]}, r"inputs\.origin\[1\]: b64 is not base64"),
        ({"inputs": [tensor()], "id": 7}, "id must be text"),
        ({"inputs": [tensor()], "parameters": 7}, "parameters must be an object"),
        ({"inputs": [tensor()], "parameters": {"binary_data_output": 1}}, "must be true or false"),
        ({"inputs": [tensor()], "parameters": {"signature_name": "x"}}, "known: serving_default"),
        ({"inputs": [tensor()], "input": []}, "unknown field 'input'"),
        (
            {"inputs": [tensor()], "outputs": [{"name": "x"}]},
            r"outputs\.x: the model has no output.*known: predictions",
        ),
        ({"inputs": [tensor()], "outputs": [{"name": "predictions"}] * 2}, "there is a tensor named"),
        (
            {"inputs": [tensor()], "outputs": [{"name": "predictions", "parameters": {"classification": 2}}]},
            "does not know the parameter classification",
        ),
        ({"inputs": [tensor(parameters={"shared_memory_region": "x"})]}, "shares no memory"),
        ({"inputs": [tensor(parameters={"binary_data_size": 16})]}, "send one of them"),
        ({"inputs": [binary("class", "INT64", -1)]}, "must be a whole number"),
        ({"inputs": [binary("class", "INT64", 16)]}, r"inputs\.class: binary_data_size is 16, but only 0 bytes"),
    ],
)
def test_wrong_requests_say_which_tensor(predictor: Predictor, document: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        ask(predictor, document)


@pytest.mark.parametrize(
    ("data", "length", "message"),
    [
        (b"\0" * 15, None, "only 15 bytes of binary data are left"),
        (b"\0" * 17, None, "1 bytes of binary data belong to no input"),
        (b"\0" * 16, "0", "the body is empty"),
        (b"\0" * 16, "5", "not JSON"),
        (b"\0" * 16, "-1", "must be a whole number"),
        (b"\0" * 16, "9" * 18, "but the body has"),
        (b"\0" * 16, "٣", "must be a whole number"),
    ],
)
def test_truncated_bodies(predictor: Predictor, data: bytes, length: str | None, message: str) -> None:
    options = {} if length is None else {"length": length}
    with pytest.raises(InvalidRequest, match=message):
        ask(predictor, {"inputs": [binary("class", "INT64", 16)]}, data, **options)
