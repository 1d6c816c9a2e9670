"""Scikit-learn's digits as vectors of 64 pixels over HTTP: real services, from Parquet to predictions by every protocol."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits
from tests.system.servers import Server, learn, replica

from tandem.client import Tandem

Pair = tuple[Server, Server]
SIZE = 64


def digits() -> pd.DataFrame:
    table: Any = load_digits()
    return pd.DataFrame(
        {"id": range(len(table.data)), "pixels": list(table.data.astype(np.float32)), "digit": table.target}
    )


@pytest.fixture(scope="module")
def model(tandem: Tandem, pair: Pair) -> str:
    """The service's model of digits, made as the how-to makes it."""
    for server in pair:
        digits().to_parquet(server.sources / "digits.parquet")
    proposal = tandem.infer_dataset(["digits.parquet"], {"label": {"column": "digit", "kind": "multiclass"}})
    features = proposal.request["features"]
    assert features["pixels"] == {"kind": "numeric", "shape": [SIZE]}
    assert [flag.evidence for flag in proposal.flags if flag.kind == "vector"] == [{"elements": SIZE}]
    features = {"pixels": {**features["pixels"], "scale": "minmax"}}
    trained = learn(tandem, {**proposal.request, "features": features, "exclude": ["id"]}, "digits", epochs=10)
    assert trained["evaluation"]["test"]["accuracy"] > 0.9
    return f"{pair[1].url}/v1/models/digits"


@pytest.fixture(scope="module")
def invocations(model: str, pair: Pair) -> Iterator[str]:
    with replica(pair[1], "digits") as url:
        yield f"{url}/invocations"


def test_every_protocol_takes_the_list(model: str, invocations: str, tandem: Tandem, pair: Pair) -> None:
    table = digits().head(20)
    rows = [row.tolist() for row in table["pixels"]]
    rows[3] = [None, *rows[3][1:]]
    given: list[Any] = [*rows, None]
    expected: list[Any] = tandem.predict("digits", [{"pixels": row} for row in given])
    classes = [answer["class"] for answer in expected]
    assert sum(map(np.equal, classes, [*table["digit"], -1])) >= 19
    v2 = f"{pair[1].url}/v2/models/digits"
    (described,) = httpx.get(v2).json()["inputs"]
    assert described == {"name": "pixels", "datatype": "FP32", "shape": [-1, SIZE]}
    names = [f"pixels[{place}]" for place in range(SIZE)]
    flat = [dict(zip(names, row or [], strict=False)) for row in given]
    cells = [",".join("" if value is None else str(value) for value in row or [None] * SIZE) for row in given]
    present = [row or [None] * SIZE for row in given]
    raw = np.array(present, np.float64).astype("<f4").tobytes()
    binary: dict[str, Any] = {"name": "pixels", "shape": [21, SIZE], "datatype": "FP32"}
    head = json.dumps({"inputs": [{**binary, "parameters": {"binary_data_size": len(raw)}}]}).encode()
    examples = [
        tf.train.Example(
            features=tf.train.Features(
                feature={}
                if row is None
                else {
                    "pixels": tf.train.Feature(
                        float_list=tf.train.FloatList(value=[np.nan if x is None else x for x in row])
                    )
                }
            )
        )
        for row in given
    ]
    encoded = [{"b64": b64encode(one.SerializeToString()).decode()} for one in examples]
    split = {"dataframe_split": {"columns": ["pixels"], "data": [[row] for row in given]}}
    answers: dict[str, httpx.Response] = {
        "bare rows": httpx.post(f"{model}:predict", json={"instances": given}),
        "columns": httpx.post(f"{model}:predict", json={"inputs": {"pixels": given}}),
        "flat rows": httpx.post(f"{model}:predict", json={"instances": flat}),
        "examples": httpx.post(
            f"{model}:predict",
            json={"signature_name": "examples", "instances": [{"examples": one} for one in encoded]},
        ),
        "tensors": httpx.post(f"{v2}/infer", json={"inputs": [{**binary, "data": present}]}),
        "binary tensors": httpx.post(
            f"{v2}/infer", content=head + raw, headers={"Inference-Header-Content-Length": str(len(head))}
        ),
        "dataframe_split": httpx.post(invocations, json=split),
        "dataframe_records": httpx.post(invocations, json={"dataframe_records": [{"pixels": row} for row in given]}),
        "CSV": httpx.post(
            invocations,
            content="\n".join([",".join(names), *cells]),
            headers={"Content-Type": "text/csv", "Accept": "application/json"},
        ),
        "classify": httpx.post(f"{model}:classify", json={"examples": [{"pixels": row} for row in given]}),
    }
    wanted = np.array([answer["probabilities"] for answer in expected])
    for way, reply in answers.items():
        assert reply.status_code == 200, (way, reply.text)
        np.testing.assert_allclose(probabilities(reply.json()), wanted, atol=1e-6, err_msg=way)
    frame = pd.DataFrame({"pixels": list(digits()["pixels"].head(3))})
    assert tandem.predict("digits", frame)["class"].tolist() == classes[:3]


def probabilities(reply: dict[str, Any]) -> Any:
    """The probabilities of a reply in any protocol, [rows, classes]."""
    if "results" in reply:
        return [[score for _, score in row] for row in reply["results"]]
    if "predictions" in reply:
        return [row["probabilities"] for row in reply["predictions"]]
    if isinstance(reply["outputs"], dict):
        return reply["outputs"]["probabilities"]
    return next(np.reshape(one["data"], one["shape"]) for one in reply["outputs"] if one["name"] == "probabilities")


WRONG: list[tuple[Any, str]] = [
    ([1.0] * 63, r"instances[1].pixels: must be a list of 64 numbers, with null where one is missing. Received: a list of 63"),
    ([[1.0]] * 64, r"instances[1].pixels[0]: must be a number, or null where it is missing. Received: [1.0]"),
    (["far", *[1.0] * 63], r'instances[1].pixels[0]: must be a number, or null where it is missing. Received: "far"'),
    (1.5, r"instances[1].pixels: must be a list of 64 numbers, or null where it is missing. Received: 1.5"),
    ("1,2", r'instances[1].pixels: must be a list of 64 numbers, or null where it is missing. Received: "1,2"'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "message"), WRONG)
def test_what_is_no_vector_is_named(model: str, value: Any, message: str) -> None:
    reply = httpx.post(f"{model}:predict", json={"instances": [{"pixels": None}, {"pixels": value}]})
    assert (reply.status_code, reply.json()["error"]) == (400, message)


def test_other_wrong_requests_are_named(model: str, invocations: str, pair: Pair) -> None:
    both = {"pixels": [0.0] * SIZE, "pixels[3]": 1}
    reply = httpx.post(f"{model}:predict", json={"instances": [both]})
    assert reply.status_code == 400
    assert "instances[0].pixels[3]: is in 'pixels', too" in reply.json()["error"]
    reply = httpx.post(f"{model}:predict", json={"inputs": {"pixels": [[0.0]], "pixels[3]": [1]}})
    assert "inputs.pixels[3]: is in 'pixels', too" in reply.json()["error"]
    for shape in ([1], [1, 63], [64]):
        tensor = {"name": "pixels", "shape": shape, "datatype": "FP32", "data": [0.0] * int(np.prod(shape))}
        reply = httpx.post(f"{pair[1].url}/v2/models/digits/infer", json={"inputs": [tensor]})
        assert reply.status_code == 400
        assert "inputs.pixels: shape must be [rows, 64]" in reply.json()["error"]
    reply = httpx.post(invocations, content="pixels\n1\n", headers={"Content-Type": "text/csv; header=present"})
    assert reply.status_code == 400
    assert "CSV has a column for each element of the vector 'pixels', 'pixels[0]' to 'pixels[63]'" in reply.text
    features = {"pixels": tf.train.Feature(float_list=tf.train.FloatList(value=[1.0]))}
    one = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    body = {"signature_name": "examples", "instances": [{"examples": {"b64": b64encode(one).decode()}}]}
    reply = httpx.post(f"{model}:predict", json=body)
    assert reply.status_code == 400
    assert "pixels: must have 64 numbers" in reply.json()["error"]


def test_the_openapi_page_has_an_array_with_a_row_to_try(model: str, pair: Pair) -> None:
    document = httpx.get(f"{pair[1].url}/openapi.json").json()
    content = document["paths"]["/v1/models/digits:predict"]["post"]["requestBody"]["content"]["application/json"]
    place = content["schema"]["properties"]["instances"]["items"]["$ref"].rpartition("/")[2]
    field = document["components"]["schemas"][place]["properties"]["pixels"]
    assert (field["type"], field["items"], field["minItems"]) == (["array", "null"], {"type": ["number", "null"]}, SIZE)
    row = content["examples"]["row"]["value"]
    assert len(row["instances"][0]["pixels"]) == SIZE
    assert httpx.post(f"{model}:predict", json=row).status_code == 200
    assert httpx.post(f"{model}:predict", json=content["examples"]["columns"]["value"]).status_code == 200


def test_files_are_predicted_by_their_lists(model: str, tandem: Tandem, pair: Pair) -> None:
    table = digits().head(40)
    expected = tandem.predict("digits", [{"pixels": row.tolist()} for row in table["pixels"]])
    table.to_parquet(pair[1].sources / "some.parquet")
    lines = [{"id": i, "pixels": row.tolist()} for i, row in enumerate(table["pixels"])]
    (pair[1].sources / "some.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    names = [f"pixels[{place}]" for place in range(SIZE)]
    columns = dict(zip(names, np.stack(list(table["pixels"])).T, strict=True))
    flat = pd.DataFrame({"id": range(40), **columns})
    flat.to_csv(pair[1].sources / "some.csv", index=False)
    with tf.io.TFRecordWriter(str(pair[1].sources / "some.tfrecord")) as out:
        for line in lines:
            features = {
                "pixels": tf.train.Feature(float_list=tf.train.FloatList(value=line["pixels"])),
                "id": tf.train.Feature(int64_list=tf.train.Int64List(value=[line["id"]])),
            }
            out.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    for kind in ("parquet", "jsonl", "csv", "tfrecord"):
        name = f"digits-{kind}"
        source = {"format": kind, "uris": [f"some.{kind}"]}
        batch = {"name": name, "model": "digits", "keys": ["id"], "format": "parquet", "source": source}
        tandem.wait(tandem.predict_files(batch))
        tables = [pq.read_table(pair[1].storage / file["path"]) for file in tandem.batch_prediction(name)["files"]]
        (got,) = tables
        assert got.column("class").to_pylist() == [answer["class"] for answer in expected], kind
    for name, text, message in (
        ("short", '{"id": 1, "pixels": [1, 2]}\n', "line 1, column 'pixels': a list of 2, and its shape is [64]"),
        ("text", "id,pixels\n1,2\n", "in delimited text a vector is a column for each element"),
    ):
        kind = "jsonl" if name == "short" else "csv"
        Path(pair[1].sources / f"wrong.{kind}").write_text(text)
        source = {"format": kind, "uris": [f"wrong.{kind}"]}
        *_, failed = tandem.follow(
            tandem.predict_files({"name": name, "model": "digits", "format": "jsonl", "source": source})
        )
        assert message in str(failed.error)
