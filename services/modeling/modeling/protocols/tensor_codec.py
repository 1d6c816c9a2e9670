"""Tensors of the Open Inference Protocol: names of types, data in JSON, flat or nested, and the binary extension.

In binary, an element has its type's size, little-endian, without padding; BOOL is a byte of 0 or 1; BYTES are four bytes of
length and then that many bytes. https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from contracts.errors import InvalidRequest
from modeling.decoding.received import received
from modeling.decoding.rows_and_columns import Column

DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    **{f"UINT{bits}": np.dtype(f"<u{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"INT{bits}": np.dtype(f"<i{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
    "BYTES": np.dtype(object),
}
_LENGTH = struct.Struct("<I")


def datatype_of(array: np.ndarray[Any, Any]) -> str:
    """Return the protocol's name of an array's dtype."""
    little = array.dtype.newbyteorder("<")
    return next((name for name, dtype in DTYPES.items() if dtype == little), "BYTES")


def from_binary(data: bytes, datatype: str, count: int, where: str) -> np.ndarray[Any, Any]:
    """Decode `count` elements. Raises `InvalidRequest` for bytes that are too few, too many, or not of that type."""
    if datatype == "BYTES":
        return _byte_strings(data, count, where)
    dtype = DTYPES[datatype]
    if len(data) != count * dtype.itemsize:
        raise InvalidRequest(
            f"{where}: {count} elements of {datatype} are {count * dtype.itemsize} bytes. Received: {len(data)} bytes"
        )
    if datatype == "BOOL":
        if data.translate(None, b"\0\1"):
            raise InvalidRequest(f"{where}: a byte of BOOL must be 0 or 1")
        return np.frombuffer(data, np.uint8).astype(bool)
    return np.frombuffer(data, dtype)


def _byte_strings(data: bytes, count: int, where: str) -> np.ndarray[Any, Any]:
    elements: list[bytes] = []
    end = 0
    while end < len(data):
        begin = end + _LENGTH.size
        if begin > len(data):
            raise InvalidRequest(f"{where}[{len(elements)}]: the data ends within an element's length")
        (length,) = _LENGTH.unpack_from(data, end)
        end = begin + length
        if end > len(data):
            raise InvalidRequest(
                f"{where}[{len(elements)}]: must be {length} bytes long, but only {len(data) - begin} bytes of data are left"
            )
        elements.append(data[begin:end])
    if len(elements) != count:
        raise InvalidRequest(f"{where}: must have {count} elements, by its shape. Received: {len(elements)}")
    array = np.empty(count, object)
    array[:] = elements
    return array


def to_binary(array: np.ndarray[Any, Any]) -> bytes:
    """Encode the elements in row-major order."""
    if datatype_of(array) != "BYTES":
        return array.astype(array.dtype.newbyteorder("<")).tobytes()
    elements = cast("list[bytes]", array.reshape(-1).tolist())
    return b"".join(_LENGTH.pack(len(element)) + element for element in elements)


def to_json(array: np.ndarray[Any, Any]) -> list[Any]:
    """Encode the elements in row-major order; bytes as text."""
    elements = array.reshape(-1).tolist()
    if datatype_of(array) != "BYTES":
        return elements
    return [element.decode(errors="replace") for element in cast("list[bytes]", elements)]


def from_json(data: object, datatype: str, shape: list[int], where: str) -> Column:
    """Decode the elements in row-major order, any of which may be null. Raises `InvalidRequest` for the first invalid one."""
    flat = _flat(data, shape, where)
    fits, expected = _FITS[datatype]
    for index, value in enumerate(flat):
        if not (_is_missing(value) or fits(value)):
            raise InvalidRequest(f"{where}[{index}]: {datatype} must be {expected}. Received: {received(value)}")
    if datatype in {"BOOL", "BYTES"}:
        return flat
    return _checked_range(flat, datatype, where)


def _checked_range(flat: list[object], datatype: str, where: str) -> list[object]:
    """Check that integers fit the type; other numbers are rounded to float32 later. Raises `InvalidRequest`."""
    if datatype.startswith("FP"):
        return flat
    limits = np.iinfo(DTYPES[datatype])
    for index, value in enumerate(flat):
        if isinstance(value, int) and not limits.min <= value <= limits.max:
            raise InvalidRequest(
                f"{where}[{index}]: {datatype} must be from {limits.min} to {limits.max}. Received: {received(value)}"
            )
    return flat


def _flat(data: object, shape: list[int], where: str) -> list[object]:
    """Flatten data that may be nested as its shape."""
    if not isinstance(data, list):
        raise InvalidRequest(f"{where}: must be a list. Received: {received(data)}")
    level = cast("list[object]", data)
    if level and isinstance(level[0], list):
        for size in shape[:-1]:
            if len(level) % max(size, 1) or not all(isinstance(part, list) for part in level):
                break
            level = [element for part in cast("list[list[object]]", level) for element in part]
    count = math.prod(shape)
    if len(level) != count:
        raise InvalidRequest(f"{where}: must have {count} elements, by its shape {shape}. Received: {len(level)}")
    return level


def _is_missing(value: object) -> bool:
    """Return whether a value of any type is null, NaN, or infinite, like a number past the largest."""
    return value is None or (type(value) is float and not math.isfinite(value))


def _is_whole(value: object) -> bool:
    return type(value) is int or value == ""


def _is_number(value: object) -> bool:
    return type(value) is float or _is_whole(value)


_WHOLE = (_is_whole, "a whole number, or null where it is missing")
_REAL = (_is_number, "a number, or null where it is missing")
_FITS: dict[str, tuple[Callable[[object], bool], str]] = {
    **{name: (_REAL if name.startswith("FP") else _WHOLE) for name in DTYPES},
    "BOOL": (lambda value: isinstance(value, bool) or value == "", "true or false, or null where it is missing"),
    "BYTES": (lambda value: isinstance(value, str | dict), 'text, {"b64": …}, or null where it is missing'),
}
