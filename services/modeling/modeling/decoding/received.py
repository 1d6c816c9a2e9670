"""Values in messages."""

from __future__ import annotations

import json

LONGEST_RECEIVED = 60


def received(value: object) -> str:
    """Format a value as JSON, truncated, for the end of a message."""
    if isinstance(value, str | bytes):
        value = value[: LONGEST_RECEIVED + 1]
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    try:
        text = json.dumps(value, ensure_ascii=False)
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a value with a very long number"
    return text if len(text) <= LONGEST_RECEIVED else f"{text[:LONGEST_RECEIVED]}…"
