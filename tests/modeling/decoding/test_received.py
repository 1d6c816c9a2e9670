"""Values in messages: as JSON, never too long."""

from __future__ import annotations

from typing import Any

import pytest

from modeling.decoding.received import LONGEST_RECEIVED, received


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("日本", '"日本"'),
        (b"a\xff", '"a\ufffd"'),
        (1.5, "1.5"),
        ({"a": [1]}, '{"a": [1]}'),
        pytest.param(10**5000, "a value with a very long number", id="long number"),
    ],
)
def test_a_value_is_written_as_json(value: Any, text: str) -> None:
    assert received(value) == text


@pytest.mark.parametrize("value", ["x" * 10_000_000, b"x" * 10_000_000, ["x"] * 1000], ids=["text", "bytes", "list"])
def test_a_long_value_is_truncated(value: Any) -> None:
    text = received(value)
    assert len(text) == LONGEST_RECEIVED + 1
    assert text.endswith("…")
