"""Both services, as processes of their own, asked whatever their OpenAPI documents allow and what they do not: never a 5xx."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from tests.apps import serving
from tests.fuzzing.asking import Asking
from tests.modeling.live import running
from tests.modeling.trained import Trained
from tests.preprocessing.made_datasets import published
from tests.system.servers import Server

from contracts.storage import Storage

KNOWN = {
    "preprocessing": {"name": "made", "feature": "shop"},
    "modeling": {"model": "m", "version": 1, "label": "champion", "model_name": "m", "model_version": "1"},
}
LEAVE_OUT = frozenset({"DELETE /v1/datasets/{name}", "DELETE /v1/models/{model}/labels/{label}"})
"""What would take away what the others are asked about."""

DEEP = 100_000
NASTY: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "half": b'{"instances": [{"class": 1}, {"cla',
    "trailing": b'{"instances": [{}]} {}',
    "invalid UTF-8": b'{"instances": [{"origin": "\xff\xfe"}]}',
    "half a surrogate pair": b'{"instances": [{"origin": "\\ud800"}], "\\udfff": 1}',
    "UTF-16": '{"instances": [{}]}'.encode("utf-16"),
    "NaN": b'{"instances": [{"class": NaN}], "epochs": NaN, "name": NaN}',
    "Infinity": b'{"instances": [{"class": -Infinity}], "epochs": Infinity, "uris": [Infinity]}',
    "1e400": b'{"instances": [{"class": 1e400}], "epochs": 1e400, "inputs": 1e400}',
    "a number of 10,000 digits": b'{"instances": [{"class": '
    + b"9" * 10_000
    + b'}], "epochs": '
    + b"9" * 10_000
    + b"}",
    "deep lists": b'{"instances": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep and open": b"[" * DEEP,
    "a huge string": b'{"instances": [{"origin": "' + b"x" * 2_000_000 + b'"}], "name": "' + b"x" * 2_000_000 + b'"}',
    "a huge name": b'{"' + b"x" * 2_000_000 + b'": 1}',
    "many names": json.dumps({f"n{at}": at for at in range(50_000)}).encode(),
    "a name twice": b'{"instances": [{"class": 1, "class": 2}], "instances": [{}], "name": "a", "name": "b"}',
    "null": b"null",
    "a list": b"[]",
    "a list of lists": b'{"instances": [[[]]], "inputs": [[]], "name": [[]], "dataframe_split": [[]]}',
    "text": b'"text"',
    "a zero byte": b'{"name": "\\u0000", "model": "\\u0000", "dataset": "a\\u0000b", "instances": [{"origin": "\\u0000"}]}',
    "empty rows": b'{"instances": []}',
    "rows of nothing": b'{"instances": [null, 1, "x", [], {}]}',
    "unequal columns": b'{"inputs": {"class": [1, 2], "origin": ["a"]}}',
}


@pytest.fixture(scope="module")
def preprocessing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server("preprocessing", tmp_path_factory.mktemp("fuzzed"))
    published(Storage(str(server.storage)))
    try:
        yield server.start().url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def modeling(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Over a copy of the trained model, to which the requests may do what they like."""
    folder = tmp_path_factory.mktemp("fuzzed")
    storage = Storage(str(shutil.copytree(trained.storage.uri, folder / "storage")))
    with running(storage, folder, TANDEM_PREDICTION_LOG="1") as client:
        client.put("/v1/models/m/labels/champion", json={"version": 1}).raise_for_status()
        yield str(client.base_url).rstrip("/")


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_what_the_document_says_is_so_and_nothing_is_the_services_fault(
    service: str, request: pytest.FixtureRequest
) -> None:
    asking = Asking(request.getfixturevalue(service), KNOWN[service], leave_out=LEAVE_OUT)
    wrong = asking.wrong_replies()
    assert wrong == [], "\n\n".join(wrong)
    answered = [label for label, statuses in asking.statuses.items() if any(status < 300 for status in statuses)]
    assert len(answered) > len(asking.statuses) / 2, asking.statuses


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_nasty_bodies_are_the_clients_mistake(service: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(service)
    with httpx.Client(base_url=url, timeout=60) as client:
        operations = list(with_body(client.get("/openapi.json").json(), KNOWN[service]))
        assert len(operations) >= 3
        for method, path, media_type in operations:
            for what, body in NASTY.items():
                reply = client.request(method, path, content=body, headers={"Content-Type": media_type})
                assert reply.status_code < 500, (method, path, media_type, what, reply.text[:500])
                json.loads(reply.content, parse_constant=not_json)
        assert client.get("/health/live").is_success


def with_body(document: dict[str, Any], known: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Method, path and media type of every operation that takes a body."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for media_type in operation.get("requestBody", {}).get("content", {}):
                yield method.upper(), path.format_map({**dict.fromkeys(parameters(path), "x"), **known}), media_type


def parameters(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def not_json(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_what_is_wrong_would_be_found() -> None:
    app = FastAPI()

    @app.get("/fault")
    def fault(number: int) -> int:
        return 1 // (number - number)

    @app.get("/undocumented/{name}")
    def undocumented(name: str) -> int:
        raise HTTPException(418)

    @app.post(
        "/other",
        response_model=None,
        responses={200: {"content": {"application/json": {"schema": {"type": "string"}}}}},
    )
    def other(body: dict[str, int]) -> int:
        return len(body)

    with serving(app) as url:
        found = " ".join(Asking(url, {"name": "x"}).wrong_replies())
    assert "GET /fault (positive): Server error" in found
    assert "GET /undocumented/{name} (positive): Undocumented status code" in found
    assert "POST /other (positive): Response violates schema" in found
