"""Python values as JSON has them: scalars of numpy, pandas and Arrow, decimals and times; missing ones become null.

None of these libraries is imported: a value of theirs is known by what it can do.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
import sys
import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, cast

_PANDAS_NULLS = {"NAType", "NaTType"}


def plain(value: object) -> Any:
    """Return the value as JSON has it.

    Missing values (None, NaN, NaT, NA, null scalars) are None; decimals the nearest number; times ISO 8601; bytes text,
    or `{"b64": …}` if they are not UTF-8. A value of an unknown type is returned as it is.
    """
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is float:
        return None if math.isnan(cast("float", value)) else value
    if kind.__name__ in _PANDAS_NULLS and kind.__module__.startswith("pandas."):
        return None
    return _converted(value)


def _converted(value: Any) -> Any:  # noqa: PLR0911 - a table of types
    match value:
        case Enum():
            return plain(value.value)
        case Decimal():
            return _number(value)
        case dt.timedelta():
            return value.total_seconds()
        case dt.date() | dt.time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return _text(bytes(cast("bytes", value)))
        case str() | int() | float():  # of a subclass: numpy's str_ and float64 among them
            base = str if isinstance(value, str) else int if isinstance(value, int) else float
            return plain(base(value))
        case Mapping():
            return {str(key): plain(item) for key, item in cast("Mapping[object, object]", value).items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in cast("Iterable[object]", value)]
        case _:
            return _of_library(value)


def _of_library(value: Any) -> Any:
    if hasattr(value, "as_py"):  # pyarrow
        return plain(value.as_py())
    if hasattr(value, "dtype"):
        return _of_numpy(value)
    if hasattr(value, "to_list"):  # polars' Series, and arrays of pandas
        return plain(value.to_list())
    return value


def _of_numpy(value: Any) -> Any:
    if getattr(value, "ndim", 0):
        return plain(value.tolist())
    numpy = sys.modules["numpy"]
    if isinstance(value, numpy.datetime64):
        return None if numpy.isnat(value) else str(value)
    if isinstance(value, numpy.timedelta64):
        return None if numpy.isnat(value) else float(value / numpy.timedelta64(1, "s"))
    if isinstance(value, numpy.floating):
        return plain(float(value))
    return plain(value.item())


def _number(value: Decimal) -> int | float | None:
    if value.is_nan():
        return None
    if value.is_finite() and value == value.to_integral_value():
        return int(value)
    return float(value)


def _text(value: bytes) -> str | dict[str, str]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}
