"""The same rows through every protocol of a real service, with real clients, get the same predictions, bit for bit."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import itertools
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.modeling.live import running
from tests.modeling.made import NASTY, SCHEMA, Made
from tests.modeling.trained import Trained

NUMBERS = [0.1, -0.0, 1e-30, 7, -3, 39, 1e6, 3.4e38, 1e39, -1e300, 2**53 + 1, 2**63 - 1, -(2**63)]
WORDS = [word.decode() for word in NASTY if word != b"\xff\xfe"] + [
    "origin 1",
    "origin 6",
    "NA",
    "",
    "?",
    "12",
    'a"b,c\r\n"',
]
MISSING: list[Any] = [None, math.nan, "", "NA"]

NUMERIC, TOKENS = list(SCHEMA.number_columns), list(SCHEMA.token_columns)

Row = dict[str, Any]
Send = Callable[[httpx.Client, list[Row]], list[float]]


def number(name: str) -> st.SearchStrategy[Any]:
    whole = st.integers(-(2**63), 2**63 - 1)
    if SCHEMA.number_columns[name].value_type == "int64":
        return st.one_of(st.sampled_from([each for each in NUMBERS if isinstance(each, int)]), whole, st.none())
    return st.one_of(st.sampled_from(NUMBERS), st.floats(-1e6, 1e6), whole, st.none())


def token() -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(WORDS), st.text(st.characters(codec="utf-8"), max_size=6), st.none())


ROWS = st.lists(
    st.fixed_dictionaries({name: number(name) for name in NUMERIC} | {name: token() for name in TOKENS}),
    min_size=1,
    max_size=5,
)


def is_missing(value: Any) -> bool:
    return value is None or value == ""


def spelled(rows: list[Row], spellings: list[Any] = MISSING) -> list[Row]:
    """The rows, with missing values in turn left out and spelled in each of the ways."""
    found: list[Row] = []
    turn = 0
    for row in rows:
        written: Row = {}
        for name, value in row.items():
            if not is_missing(value):
                written[name] = value
                continue
            turn += 1
            if turn % (len(spellings) + 1):
                written[name] = spellings[turn % (len(spellings) + 1) - 1]
        found.append(written)
    return found


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """By column, without those in which all is missing; `always` stays, to say how many rows there are."""
    found = {name: [row[name] for row in rows] for name in SCHEMA.features}
    return {name: values for name, values in found.items() if name == "always" or not all(map(is_missing, values))}


def post(client: httpx.Client, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = client.post(path, content=content, headers={"Content-Type": content_type, **headers})
    assert reply.status_code == 200, reply.text
    assert reply.headers["x-model-version"] == "2"
    return reply.text if reply.headers["content-type"].startswith("text/csv") else reply.json()


def examples(client: httpx.Client, rows: list[Row]) -> list[float]:
    present = [
        {
            name: value.encode() if isinstance(value, str) else value
            for name, value in row.items()
            if not is_missing(value)
        }
        for row in rows
    ]
    serialized = [
        base64.b64encode(Made([], [], layout="columns").example({"late": 0, **row})).decode()
        for row in map(_floats, present)
    ]
    body = {"signature_name": "examples", "instances": [{"b64": each} for each in serialized]}
    return post(client, "/v1/models/m:predict", body)["predictions"]


def _floats(row: Row) -> Row:
    """Numbers as a client makes float_lists of them: what float32 cannot hold, infinite."""
    with np.errstate(over="ignore"):
        return {
            name: float(np.float64(value).astype(np.float32))
            if name in SCHEMA.number_columns and SCHEMA.number_columns[name].value_type == "float64"
            else value
            for name, value in row.items()
        }


def tensors(rows: list[Row], *, nested: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    turns = itertools.cycle([None, math.nan, ""])
    for name, values in columns(rows).items():
        data = [next(turns) if is_missing(value) else value for value in values]
        datatype = (
            "BYTES"
            if name in SCHEMA.token_columns
            else "INT64"
            if SCHEMA.number_columns[name].value_type == "int64"
            else "FP64"
        )
        shape = [len(rows), 1] if nested else [len(rows)]
        found.append(
            {"name": name, "datatype": datatype, "shape": shape, "data": [[v] for v in data] if nested else data}
        )
    return found


def open_inference(client: httpx.Client, rows: list[Row], *, nested: bool) -> list[float]:
    reply = post(client, "/v2/models/m/infer", {"id": "x", "inputs": tensors(rows, nested=nested)})
    assert (reply["id"], reply["model_version"]) == ("x", "2")
    return reply["outputs"][0]["data"]


def with_triton(client: httpx.Client, rows: list[Row], compression: str | None = None, **options: bool) -> list[float]:
    inputs: list[Any] = []
    for name, values in columns(rows).items():
        if name in SCHEMA.token_columns:
            array = np.array([b"" if is_missing(value) else value.encode() for value in values], object)
            datatype = "BYTES"
        elif SCHEMA.number_columns[name].value_type == "int64" and None not in values:
            array, datatype = np.array(values, np.int64), "INT64"
        else:
            array = np.array([math.nan if value is None else float(value) for value in values])
            datatype = "FP64"
        inputs.append(triton.InferInput(name, array.shape, datatype))
        inputs[-1].set_data_from_numpy(array)
    wanted = [triton.InferRequestedOutput("predictions", **options)] if options else None
    with triton.InferenceServerClient(client.base_url.netloc.decode()) as server:
        reply = server.infer("m", inputs, outputs=wanted, request_compression_algorithm=compression)
    assert reply.get_response()["model_version"] == "2"
    found = reply.as_numpy("predictions")
    assert found is not None
    return found.tolist()


def lines_of_csv(rows: list[Row], *, header: bool) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    names = list(SCHEMA.features)[:: -1 if header else 1]
    if header:
        writer.writerow(names)
    for row in spelled(rows, ["", "NA"]):
        writer.writerow([repr(value) if isinstance(value := row.get(name, ""), float) else value for name in names])
    return sink.getvalue().encode()


def split(rows: list[Row]) -> dict[str, Any]:
    names = list(SCHEMA.features)[::-1]
    data = [[row.get(name) for name in names] for row in spelled(rows)]
    return {"dataframe_split": {"columns": names, "index": list(range(len(rows))), "data": data}}


def unescaped(body: Any) -> bytes:
    """JSON that holds text as it is; what else is in it may be read in the plain way."""
    return json.dumps(body, ensure_ascii=False).encode()


WAYS: dict[str, Send] = {
    "predict, unescaped rows": lambda c, rows: post(
        c, "/v1/models/m:predict", unescaped({"instances": spelled(rows, [None, ""])})
    )["predictions"],
    "predict, unescaped columns": lambda c, rows: post(c, "/v1/models/m:predict", unescaped({"inputs": columns(rows)}))[
        "outputs"
    ],
    "predict, columns": lambda c, rows: post(c, "/v1/models/m/versions/2:predict", {"inputs": columns(rows)})[
        "outputs"
    ],
    "classify": lambda c, rows: [
        pairs[1][1] for pairs in post(c, "/v1/models/m:classify", {"examples": spelled(rows)})["results"]
    ],
    "regress": lambda c, rows: post(c, "/v1/models/m/versions/2:regress", {"examples": spelled(rows, [None, []])})[
        "results"
    ],
    "examples": examples,
    "infer, flat": lambda c, rows: open_inference(c, rows, nested=False),
    "infer, nested": lambda c, rows: open_inference(c, rows, nested=True),
    "triton, binary": with_triton,
    "triton, binary in, JSON out": lambda c, rows: with_triton(c, rows, binary_data=False),
    "triton, gzip": lambda c, rows: with_triton(c, rows, "gzip", binary_data=True),
    "triton, deflate": lambda c, rows: with_triton(c, rows, "deflate"),
    "vertex": lambda c, rows: post(c, "/vertex/predict", {"instances": spelled(rows), "parameters": {}})["predictions"],
    "dataframe_split": lambda c, rows: post(c, "/invocations", split(rows))["predictions"],
    "dataframe_records": lambda c, rows: post(c, "/invocations", {"dataframe_records": spelled(rows)})["predictions"],
    "sagemaker, list": lambda c, rows: post(c, "/invocations", spelled(rows))["predictions"],
    "sagemaker, lines": lambda c, rows: post(
        c, "/invocations", b"\n".join(json.dumps(row).encode() for row in spelled(rows)), "application/jsonlines"
    )["predictions"],
    "csv with a header": lambda c, rows: post(c, "/invocations", lines_of_csv(rows, header=True), "text/csv")[
        "predictions"
    ],
    "csv, and csv back": lambda c, rows: [
        float(line)
        for line in post(
            c, "/invocations", lines_of_csv(rows, header=False), "text/csv; header=absent", Accept="text/csv"
        ).split()
    ],
}


@pytest.fixture(scope="module")
def client(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The service as Vertex AI would start it: its variables go before ours."""
    variables = {
        "TANDEM_STORAGE": "/nowhere",
        "TANDEM_PORT": "1",
        "TANDEM_DEFAULT_MODEL": "m",
        "AIP_STORAGE_URI": trained.storage.uri,
        "AIP_HTTP_PORT": "0",
        "AIP_PREDICT_ROUTE": "/vertex/predict",
        "AIP_HEALTH_ROUTE": "/vertex/health",
    }
    with running(trained.storage, tmp_path_factory.mktemp("protocols"), **variables) as client:
        yield client


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
@example(rows=[dict.fromkeys(SCHEMA.features)])
@example(
    rows=[dict.fromkeys(SCHEMA.features, ""), {**dict.fromkeys(SCHEMA.features), "always": "x", "class": 2**53 + 1}]
)
def test_every_protocol_predicts_the_same(client: httpx.Client, rows: list[Row]) -> None:
    asked = [{name: None if value == "" and name in NUMERIC else value for name, value in row.items()} for row in rows]
    expected = np.array(post(client, "/v1/models/m:predict", {"instances": asked})["predictions"], np.float32)
    assert np.all(np.isfinite(expected))
    for way, send in WAYS.items():
        found = np.array(send(client, asked), np.float32)
        assert found.tobytes() == expected.tobytes(), (way, found, expected)


def test_health_in_every_protocol(client: httpx.Client) -> None:
    for path in ("/ping", "/health", "/vertex/health", "/v2/health/live", "/v2/health/ready", "/v2/models/m/ready"):
        assert client.get(path).status_code == 200, path
    with triton.InferenceServerClient(client.base_url.netloc.decode()) as server:
        assert server.is_server_live()
        assert server.is_server_ready()
        assert server.is_model_ready("m", "1")
        assert not server.is_model_ready("nothing")
        assert "binary_tensor_data" in server.get_server_metadata()["extensions"]
        found = server.get_model_metadata("m")
    assert [each["name"] for each in found["inputs"]] == list(SCHEMA.features)
    assert found["outputs"] == [{"name": "predictions", "datatype": "FP32", "shape": [-1]}]
    assert found["versions"][:2] == ["1", "2"]


PREDICTING = [
    "/v1/models/m:predict",
    "/v1/models/m/versions/1:predict",
    "/v1/models/m:classify",
    "/v1/models/m:regress",
    "/v2/models/m/infer",
    "/v2/models/m/versions/1/infer",
    "/invocations",
    "/vertex/predict",
]
WRONG = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"NaN",
    b"1e400",
    b'"' + b"x" * 1_000_000 + b'"',
    b"[" * 100_000,
    b'{"instances": ' * 1000,
    b'{"inputs": {}, "inputs": {}}',
    b'{"instances": 1e400, "examples": Infinity, "inputs": -Infinity}',
    b'{"instances": [{"' + b"x" * 100_000 + b'": 1}]}',
    b'{"inputs": [{"name": "class", "datatype": "FP32", "shape": [1e400], "data": [1]}]}',
    b'{"dataframe_split": {"columns": ["class", "class"], "data": [[1, 2]]}}',
    b'{"\\ud800": 1}',
]


@pytest.mark.parametrize("path", PREDICTING)
def test_wrong_bodies_are_the_clients_mistake(client: httpx.Client, path: str) -> None:
    for body in WRONG:
        for headers in ({}, {"Inference-Header-Content-Length": "9" * 30}, {"Content-Encoding": "gzip"}):
            reply = client.post(path, content=body, headers={"Content-Type": "application/json", **headers})
            assert reply.status_code == 400, (body[:50], reply.text)
            assert list(reply.json()) == ["error"]
            assert len(reply.text) < 1000


@pytest.mark.parametrize("path", ["/v1/models/m:predict", "/v2/models/m/infer", "/invocations"])
def test_bodies_that_expand_too_far_are_refused(client: httpx.Client, path: str) -> None:
    bomb = gzip.compress(bytes(200 << 20))
    reply = client.post(path, content=bomb, headers={"Content-Encoding": "gzip"})
    assert reply.status_code == 400
    assert "expands to more" in reply.json()["error"]
    assert client.post(path, content=bomb, headers={"Content-Encoding": "br"}).status_code == 415


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models/nothing", 404),
        ("GET", "/v1/models/m/versions/x", 400),
        ("GET", "/v1/models/m/versions/99", 404),
        ("GET", "/v1/models/m/versions/99/metadata", 404),
        ("GET", "/v1/models/m/labels/none", 404),
        ("GET", "/v1/models/m/labels/none/metadata", 404),
        ("GET", "/v2/models/nothing", 404),
        ("GET", "/v2/models/nothing/ready", 404),
        ("GET", "/v2/models/m/versions/none", 404),
        ("POST", "/v1/models/nothing:classify", 404),
        ("POST", "/v1/models/m/versions/x:regress", 400),
        ("POST", "/v1/models/m/labels/none:classify", 404),
        ("POST", "/v2/models/nothing/infer", 404),
        ("POST", "/v1/models/m:predict?explain=outputs", 400),
        ("POST", "/v1/models/m:predicted", 404),
        ("POST", "/v1/models/m/versions/1:skew", 404),
    ],
)
def test_errors_have_the_form_of_their_protocol(client: httpx.Client, method: str, path: str, status: int) -> None:
    reply = client.request(method, path, content=b'{"instances": [{}]}' if method == "POST" else None)
    assert reply.status_code == status, reply.text
    assert reply.json()["error"]


def test_explanations_come_in_every_protocol_that_can_carry_them(client: httpx.Client) -> None:
    row = {"class": -100, "origin": "nowhere"}
    found = post(client, "/v1/models/m:predict?explain=inputs", {"instances": [row, {}]})["explanations"]
    assert found[0]["class"] == {
        "reasons": ["outside_training_range"],
        "value": -100,
        "used": -100,
        "training_range": [-3, 39],
    }
    assert found[0]["origin"] == {
        "reasons": ["out_of_vocabulary", "never_unknown_in_training"],
        "value": "nowhere",
        "used": 1,
        "masked_in_training": True,
    }
    assert found[1].keys() == SCHEMA.features.keys()
    others = [
        post(
            client,
            "/v1/models/m:predict?explain=inputs",
            {"inputs": {"class": [-100, None], "origin": ["nowhere", ""]}},
        ),
        post(client, "/v1/models/m:classify?explain=inputs", {"examples": [row, {}]}),
        post(client, "/v1/models/m:regress?explain=inputs", {"examples": [row, {}]}),
        post(
            client,
            "/v2/models/m/infer?explain=inputs",
            {
                "inputs": tensors(
                    [{**dict.fromkeys(SCHEMA.features), **row}, dict.fromkeys(SCHEMA.features)], nested=False
                )
            },
        ),
        post(client, "/invocations?explain=inputs", [row, {}]),
        post(client, "/invocations", {"dataframe_records": [row, {}], "params": {"explain": "inputs"}}),
        post(client, "/vertex/predict", {"instances": [row, {}], "parameters": {"explain": "inputs"}}),
    ]
    assert all(other["explanations"] == found for other in others)
