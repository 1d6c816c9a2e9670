from __future__ import annotations

import gzip
import zlib

import pytest

from contracts.errors import InvalidRequest, UnsupportedContent
from modeling.protocols.compression import expanded

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


def test_other_encodings_are_not_read() -> None:
    with pytest.raises(UnsupportedContent):
        expanded(BODY, "br", 100)
