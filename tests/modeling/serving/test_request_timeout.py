"""The timeout that a client sets by a header."""

from __future__ import annotations

import pytest

from contracts.errors import InvalidRequest
from modeling.serving.request_timeout import allowed_seconds, read_header


@pytest.mark.parametrize(("value", "seconds"), [(b"2", 2.0), (b" 0.5 ", 0.5), (b"1e-3", 0.001)])
def test_seconds_are_read_from_the_header(value: bytes, seconds: float) -> None:
    assert read_header([(b"accept", b"*/*"), (b"x-request-timeout", value)]) == seconds


def test_without_the_header_nothing_is_allowed_or_forbidden() -> None:
    assert read_header([]) is None
    assert read_header([(b"x-request-timeouts", b"2")]) is None
    assert allowed_seconds.get() is None


@pytest.mark.parametrize("value", [b"", b"soon", b"0", b"-1", b"nan", b"inf", b"1,5", b"2s", b"\xff", b"9" * 400])
def test_other_values_are_refused_in_few_words(value: bytes) -> None:
    with pytest.raises(InvalidRequest, match="X-Request-Timeout must be a positive number of seconds") as raised:
        read_header([(b"x-request-timeout", value)])
    assert len(raised.value.message) < 200
