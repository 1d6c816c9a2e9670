"""What the routes of all prediction protocols share: bodies, versions, options and errors."""

from __future__ import annotations

import asyncio
import gzip
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute

from chassis.http import error_handlers
from contracts.errors import InvalidRequest, NotFound, Overloaded, TandemError, Unavailable
from modeling.api.predict_routing import ErrorRoute, StatusRoute, asks_to_explain, body_decoder, respond, version_number
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.inference_request import LargeBodyDecoder, Reply


@pytest.mark.parametrize(("size", "encoding"), [(10, b""), (1 << 16, b""), (10, b"gzip")])
def test_what_is_long_or_compressed_is_a_large_body(size: int, encoding: bytes) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * size}

    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(max_body_bytes=1)))
    headers = [(b"content-encoding", encoding)] if encoding else []
    request = Request({"type": "http", "headers": headers, "app": app}, receive)
    read = asyncio.run(body_decoder(request, predict))
    assert isinstance(read, LargeBodyDecoder) == (size > 10 or bool(encoding))


def request_with(query: str = "") -> Request:
    return Request({"type": "http", "headers": [], "query_string": query.encode()})


def test_explanations_are_asked_for_by_name() -> None:
    assert not asks_to_explain(request_with())
    assert not asks_to_explain(request_with("other=1"))
    assert asks_to_explain(request_with("explain=inputs"))
    with pytest.raises(InvalidRequest, match=r"explain must be inputs, or left out. Received: 'outputs'"):
        asks_to_explain(request_with("explain=outputs"))
    with pytest.raises(InvalidRequest, match="Received: ''"):
        asks_to_explain(request_with("explain="))


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("9" * 19, int("9" * 19))])
def test_versions_are_whole_numbers(text: str, number: int) -> None:
    assert version_number(text) == number


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "٣", "²", "9" * 20])
def test_other_versions_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="a version is a whole number"):
        version_number(text)


def test_a_reply_carries_its_version_and_length() -> None:
    reply = respond(Reply(b"abc", 7, "text/csv", {"Inference-Header-Content-Length": "2"}))
    assert dict(reply.headers) == {
        "content-length": "3",
        "content-type": "text/csv",
        "x-model-version": "7",
        "inference-header-content-length": "2",
    }
    assert (reply.status_code, bytes(reply.body)) == (200, b"abc")


def app_that_raises(error: TandemError, route_class: type[APIRoute]) -> FastAPI:
    router = APIRouter(route_class=route_class)

    @router.get("/fails")
    def fails() -> None:
        raise error

    app = FastAPI()
    error_handlers.install(app)
    app.include_router(router)
    return app


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequest("no", pointer="/x"), 400),
        (NotFound("no"), 404),
        (Unavailable("no"), 503),
        (Overloaded("no"), 429),
    ],
)
def test_errors_have_tensorflow_servings_form_and_an_invalid_body_is_400(error: TandemError, status: int) -> None:
    async def ask(route_class: type[APIRoute]) -> httpx.Response:
        transport = httpx.ASGITransport(app_that_raises(error, route_class))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/fails")

    plain = asyncio.run(ask(ErrorRoute))
    assert (plain.status_code, plain.json()) == (status, {"error": "no"})
    both = asyncio.run(ask(StatusRoute))
    assert both.headers["content-type"] == "application/problem+json"
    assert (both.status_code, both.json()["status"]) == (status, status)
    assert both.json()["error"] == both.json()["detail"] == "no"


def test_a_long_reply_is_compressed_for_those_who_ask(client: httpx.Client) -> None:
    body = {"instances": [{"class": number % 7} for number in range(10_000)]}
    plain = client.post("/v1/models/m:predict", json=body, headers={"Accept-Encoding": "identity"})
    assert plain.status_code == 200, plain.text[:1000]
    for path in ("/v1/models/m:predict", "/v1/models/m/versions/2:predict", "/v1/models/m:predict?explain=inputs"):
        packed = client.post(path, json=body, headers={"Accept-Encoding": "gzip"})
        assert packed.status_code == 200, packed.text[:1000]
        assert packed.json()["predictions"] == plain.json()["predictions"]
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["x-model-version"] == "2"
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in client.post("/v1/models/m:predict", json={"instances": [{}]}).headers


def test_a_body_of_several_gzip_members(client: httpx.Client) -> None:
    members = gzip.compress(b'{"instances": [{"class"') + gzip.compress(b": 3}]}")
    reply = client.post("/v1/models/m:predict", content=members, headers={"Content-Encoding": "gzip"})
    assert reply.json() == client.post("/v1/models/m:predict", json={"instances": [{"class": 3}]}).json()
