"""Compressed request bodies, by `Content-Encoding`; none is expanded beyond the size limit of bodies."""

from __future__ import annotations

import zlib
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.errors import InvalidRequest, TandemError, UnsupportedContent

__all__ = ["ExpandingMiddleware", "expanded"]

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""As zlib numbers them: with gzip's header, and with zlib's own, which is what `deflate` means (RFC 9110)."""
_GZIP = b"\x1f\x8b"
_MOST_MEMBERS = 1 << 16
"""Of one gzip body: each takes some microseconds, however little it holds."""
_FIRST_PIECE = 512


def expanded(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Decompress a body; of several gzip members (RFC 1952, section 2.2), one after the other.

    Raises `InvalidRequest` for corrupt data, and past `max_bytes` in all; `UnsupportedContent` for an unknown encoding.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in _WINDOW:
        raise UnsupportedContent(f"the body may be encoded as gzip or deflate. Received: {encoding[:60]!r}")
    is_gzip = _WINDOW[name] == _WINDOW["gzip"]
    parts: list[bytes] = []
    left, begin = max_bytes, 0
    while not parts or (is_gzip and body.startswith(_GZIP, begin)):
        if len(parts) == _MOST_MEMBERS:
            raise InvalidRequest(f"the body has more than {_MOST_MEMBERS} members of gzip")
        try:
            part, begin = _member(body, begin, name, left)
        except zlib.error as error:
            raise InvalidRequest(f"the body is not {name}: {error}") from error
        left -= len(part)
        if left < 0:
            raise InvalidRequest(f"the body expands to more than this service accepts, {max_bytes} bytes")
        parts.append(part)
    rest = body[begin:]
    if is_gzip:
        rest = rest.lstrip(b"\0")  # zeros that fill up a block, which gzip's own tool ignores, too
    if rest:
        raise InvalidRequest(f"{len(rest)} bytes follow the {name} of the body")
    return b"".join(parts)


def _member(body: bytes, begin: int, name: str, left: int) -> tuple[bytes, int]:
    """Return a member's data, up to a byte more than is `left`, and its end. Raises `InvalidRequest`, `zlib.error`.

    It is fed in pieces that grow: the rest of a piece is copied, which for many small members in one piece takes quadratic
    time.
    """
    expander = zlib.decompressobj(_WINDOW[name])
    parts: list[bytes] = []
    size = _FIRST_PIECE
    view = memoryview(body)
    while not expander.eof:
        piece = view[begin : begin + size]
        if not piece:
            raise InvalidRequest(f"the body ends before its {name} does")
        parts.append(expander.decompress(piece, left + 1))
        left -= len(parts[-1])
        if left < 0:
            break
        begin += len(piece)
        size *= 2
    return b"".join(parts), begin - len(expander.unused_data)


class ExpandingMiddleware:
    """Expands the bodies of requests whose routes do not do so themselves."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        encoding = None
        if scope["type"] == "http":
            encoding = next((value for name, value in scope["headers"] if name == b"content-encoding"), None)
        if encoding is None:
            await self._app(scope, receive, send)
            return
        has_body = False

        async def receive_expanded() -> Message:
            nonlocal has_body
            if has_body:
                return await receive()
            pieces: list[bytes] = []
            size, more = 0, True
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > self._max_body_bytes:  # of a route that takes larger ones, piece by piece
                    detail = f"A compressed body may have at most {self._max_body_bytes} bytes; send it as it is."
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
                more = message.get("more_body", False)
            has_body = True
            try:
                body = await run_in_threadpool(
                    expanded, b"".join(pieces), encoding.decode("latin-1"), self._max_body_bytes
                )
            except TandemError as error:
                is_unknown = isinstance(error, UnsupportedContent)
                status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE if is_unknown else HTTPStatus.BAD_REQUEST
                raise HTTPException(status, error.message) from error
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_expanded, send)
