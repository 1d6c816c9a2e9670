from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from chassis_live import Service
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse

from chassis.http.compression import SHORTEST, CompressionMiddleware, prefers_gzip
from chassis.http.preconditions import PreconditionOf

TEXT = "7" * 100_000


@pytest.mark.parametrize(
    ("header", "prefers"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("*", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1, gzip;q=0.1", True),
        ("identity;q=0, *;q=0.1", True),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=0.5, identity;q=0.9", False),
        ("gzip;q=x", False),
        ("gzippy", False),
        (";q=1,,=", False),
    ],
)
def test_what_a_client_prefers(header: str, prefers: bool):
    assert prefers_gzip(header) is prefers


def served(app: FastAPI, ask: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        transport = httpx.ASGITransport(CompressionMiddleware(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await ask(client)

    return asyncio.run(run())


def reply_to(response: Response, method: str = "GET", **headers: str) -> httpx.Response:
    app = FastAPI()
    app.add_api_route("/it", lambda: response, methods=[method])
    return served(app, lambda client: client.request(method, "/it", headers=headers))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_reply_is_compressed_for_those_who_ask(method: str):
    made = Response(TEXT, media_type="application/json")
    packed = reply_to(made, method, **{"Accept-Encoding": "gzip"})
    assert (packed.headers["content-encoding"], packed.headers["vary"], packed.text) == (
        "gzip",
        "Accept-Encoding",
        TEXT,
    )
    assert int(packed.headers["content-length"]) < 2000
    plain = reply_to(made, method, **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert (int(plain.headers["content-length"]), plain.text) == (len(TEXT), TEXT)


def test_a_cache_is_told_that_the_reply_varies():
    vary = reply_to(
        Response(TEXT, media_type="text/html", headers={"Vary": "Accept"}), **{"Accept-Encoding": "br"}
    ).headers["vary"]
    assert vary == "Accept, Accept-Encoding"


@pytest.mark.parametrize(("size", "is_packed"), [(SHORTEST - 1, False), (SHORTEST, True)])
@pytest.mark.parametrize("pieces", [1, 7])
def test_short_replies_stay_as_they_are(size: int, is_packed: bool, pieces: int):
    text = TEXT[:size]
    cut = -(-size // pieces)
    made: Response = Response(text, media_type="text/plain")
    if pieces > 1:
        made = StreamingResponse((text[at : at + cut] for at in range(0, size, cut)), media_type="text/plain")
    reply = reply_to(made, **{"Accept-Encoding": "gzip"})
    assert reply.text == text
    assert ("content-encoding" in reply.headers) is is_packed


@pytest.mark.parametrize(
    "made",
    [
        Response(TEXT, media_type="image/png"),
        Response(TEXT, media_type="application/octet-stream"),
        Response(TEXT, media_type="text/event-stream"),
        Response(TEXT, media_type="application/json", headers={"Content-Encoding": "br"}),
        Response(TEXT, media_type="application/json", headers={"Cache-Control": "no-transform"}),
        Response(TEXT, 206, media_type="text/plain", headers={"Content-Range": "bytes 0-99999/200000"}),
    ],
    ids=lambda made: str(made.raw_headers),
)
def test_other_replies_stay_as_they_are(made: Response):
    reply = served_raw(made)
    assert reply[1] == TEXT.encode()
    assert reply[0].get("content-encoding") in {None, "br"}


def served_raw(made: Response) -> tuple[dict[str, str], bytes]:
    app = FastAPI()
    app.add_api_route("/it", lambda: made)

    async def ask(client: httpx.AsyncClient) -> tuple[dict[str, str], bytes]:
        async with client.stream("GET", "/it", headers={"Accept-Encoding": "gzip"}) as reply:
            return dict(reply.headers), b"".join([piece async for piece in reply.aiter_raw()])

    return served(app, ask)


def test_a_stream_is_compressed_as_it_comes():
    def pieces() -> Iterator[bytes]:
        for number in range(200):
            yield f"{number}\n".encode() * 500

    reply = reply_to(StreamingResponse(pieces(), media_type="text/plain"), **{"Accept-Encoding": "gzip"})
    assert reply.content == b"".join(pieces())
    assert "content-length" not in reply.headers


def test_the_compressed_forms_tag_means_the_same_in_conditions():
    app = FastAPI()

    @app.get("/it")
    def read() -> Response:
        return Response(TEXT, media_type="text/plain", headers={"ETag": '"7"'})

    @app.put("/it")
    def write(precondition: PreconditionOf) -> str:
        precondition.check_change('"7"')
        return "written"

    async def ask(client: httpx.AsyncClient) -> None:
        tag = (await client.get("/it", headers={"Accept-Encoding": "gzip"})).headers["etag"]
        assert tag == '"7-gzip"'
        for known in (tag, '"7"', f'"3", {tag}'):
            assert (await client.put("/it", headers={"If-Match": known})).json() == "written"

    served(app, ask)


def test_files_of_the_documentation_are_compressed_once(service: Service):
    asked = {"Accept-Encoding": "gzip"}
    with service.http.stream("GET", "/docs/files/swagger-ui-bundle.js", headers=asked) as reply:
        packed = b"".join(reply.iter_raw())
    plain = service.http.get("/docs/files/swagger-ui-bundle.js", headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 2
    known = {**asked, "If-None-Match": reply.headers["etag"]}
    again = service.http.get("/docs/files/swagger-ui-bundle.js", headers=known)
    assert (again.status_code, again.headers["etag"]) == (304, reply.headers["etag"])


def test_a_part_of_a_file_is_a_part_of_the_plain_one(service: Service):
    asked = {"Accept-Encoding": "gzip", "Range": "bytes=10-4000"}
    part = service.http.get("/docs/files/swagger-ui-bundle.js", headers=asked)
    assert (part.status_code, len(part.content), "content-encoding" in part.headers) == (206, 3991, False)
