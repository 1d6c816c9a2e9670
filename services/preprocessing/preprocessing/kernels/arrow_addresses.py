"""Memory addresses of Arrow arrays, for kernels. The caller keeps the array alive while a kernel runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """Addresses of an array's buffers; 0 for a buffer that it does not have."""

    values: int
    offsets: int
    bitmap: int
    start: int
    """The slice's offset, in values, from those addresses."""


def column(array: pa.Array) -> Column:
    """Return the addresses of a primitive or binary array."""
    buffers = cast("list[Any]", array.buffers())
    bitmap = buffers[0].address if buffers[0] is not None and array.null_count else 0
    if array.type == pa.binary():
        values = buffers[2].address if buffers[2] is not None else 0
        return Column(values, buffers[1].address, bitmap, array.offset)
    return Column(buffers[1].address if buffers[1] is not None else 0, 0, bitmap, array.offset)
