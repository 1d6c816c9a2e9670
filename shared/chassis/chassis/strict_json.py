"""JSON that every reader accepts. A number that is not finite becomes null; nothing here writes NaN or Infinity."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, cast

__all__ = ["dumps", "finite", "reply_bytes"]


def finite(value: Any) -> Any:
    """Return the value with each number that is not finite replaced by None, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in cast("list[Any]", value)]
    return value


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """Encode as one line of ASCII JSON. Raises TypeError for values without a JSON form."""
    try:
        return json.dumps(value, allow_nan=False, sort_keys=sort_keys, separators=(",", ":"))
    except ValueError:
        return json.dumps(finite(value), allow_nan=False, sort_keys=sort_keys, separators=(",", ":"))


def reply_bytes(value: Any) -> bytes:
    """Encode as UTF-8 JSON for the wire. Half a surrogate pair, which UTF-8 cannot hold, becomes "?"."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(finite(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
