"""Compressed bodies, by `Content-Encoding`; none is expanded beyond the size limit of bodies."""

from __future__ import annotations

import zlib

from contracts.errors import InvalidRequest, UnsupportedContent

_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""As zlib numbers them: with gzip's header, and with zlib's own, which is what `deflate` means (RFC 9110)."""


def expanded(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Decompress a body. Raises `InvalidRequest` for corrupt data, and past `max_bytes`.

    Raises `UnsupportedContent` for an encoding that is not known.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in _WINDOW:
        raise UnsupportedContent(f"the body may be encoded as gzip or deflate. Received: {encoding[:60]!r}")
    expander = zlib.decompressobj(_WINDOW[name])
    try:
        data = expander.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise InvalidRequest(f"the body is not {name}: {error}") from error
    if len(data) > max_bytes:
        raise InvalidRequest(f"the body expands to more than this service accepts, {max_bytes} bytes")
    if not expander.eof:
        raise InvalidRequest(f"the body ends before its {name} does")
    if expander.unused_data:
        raise InvalidRequest(f"{len(expander.unused_data)} bytes follow the {name} of the body")
    return data
