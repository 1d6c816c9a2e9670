from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
from chassis_live import Service, problem
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from chassis.http.request_bodies import ExpandingMiddleware, expanded
from contracts.errors import InvalidRequest, UnsupportedContent

BODY = b'{"instances": [{}]}'
PACKED = gzip.compress(BODY, mtime=0)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (BODY, "identity"),
        (PACKED, "gzip"),
        (PACKED, " GZIP"),
        (zlib.compress(BODY), "deflate"),
    ],
)
def test_a_body_is_as_before(packed: bytes, encoding: str) -> None:
    assert expanded(packed, encoding, len(BODY)) == BODY


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (BODY, "not gzip"),
        (b"", "ends before"),
        (PACKED[:-1], "ends before"),
        (PACKED + b"x", "1 bytes follow"),
        (gzip.compress(BODY + b" ", mtime=0), "expands to more"),
        (gzip.compress(bytes(10**7), mtime=0), "expands to more"),
    ],
)
def test_what_is_damaged_or_too_long_is_refused(packed: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        expanded(packed, "gzip", len(BODY))


def test_members_follow_one_another() -> None:
    members = [gzip.compress(part, mtime=0) for part in (b'{"insta', b"", b'nces": ', b"[{}]}")]
    assert expanded(b"".join(members), "gzip", len(BODY)) == BODY
    assert expanded(b"".join(members) + bytes(700), "gzip", len(BODY)) == BODY
    large = [gzip.compress(bytes(size), mtime=0) for size in (1, 100_000, 511, 512, 513, 70_000)]
    assert expanded(b"".join(large), "x-gzip", 171_537) == bytes(171_537)
    with pytest.raises(InvalidRequest, match="expands to more"):
        expanded(b"".join(large), "gzip", 171_536)
    with pytest.raises(InvalidRequest, match="ends before"):
        expanded(b"".join(members)[:-3], "gzip", 1000)


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=8))
def test_any_members_are_their_data_one_after_the_other(parts: list[bytes]) -> None:
    body = b"".join(gzip.compress(part, mtime=0) for part in parts)
    data = b"".join(parts)
    assert expanded(body, "gzip", len(data)) == data == gzip.decompress(body)
    if data:
        with pytest.raises(InvalidRequest, match="expands to more"):
            expanded(body, "gzip", len(data) - 1)


def test_empty_members_without_end_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="more than 65536 members"):
        expanded(gzip.compress(b"", mtime=0) * 65_537, "gzip", 100)


def test_any_route_takes_a_compressed_body(service: Service) -> None:
    body = gzip.compress(b'{"features": ', mtime=0) + gzip.compress(b'{"a": 1}}', mtime=0)
    sent = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert service.http.post("/v1/nested", content=body, headers=sent).json()["features"] == {"a": 1}
    problem(service.http.post("/v1/nested", content=body[:-1], headers=sent), 400)
    problem(service.http.post("/v1/nested", content=gzip.compress(bytes(200_000)), headers=sent), 400)
    problem(service.http.post("/v1/nested", content=body, headers={**sent, "Content-Encoding": "br"}), 415)


def test_other_encodings_are_not_read() -> None:
    with pytest.raises(UnsupportedContent):
        expanded(BODY, "br", 100)


def test_a_compressed_body_is_not_held_past_the_limit() -> None:
    sent = 0

    async def receive() -> Message:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": bytes(100), "more_body": True}

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()

    async def send(message: Message) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "headers": [(b"content-encoding", b"gzip")]}
    with pytest.raises(HTTPException, match="at most 1000 bytes") as caught:
        asyncio.run(ExpandingMiddleware(app, max_body_bytes=1000)(scope, receive, send))
    assert (caught.value.status_code, sent) == (413, 11)
