"""The bytes behind a column of text, for kernels that look at them themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sources.arrays import Int64s, Uint8s


def text_bytes(texts: pa.Array) -> tuple[Uint8s, Int64s, Int64s]:
    """Return the bytes of a binary array, and of each row where it begins and its length, 0 where missing; [rows].

    The bytes are empty where no row has any.
    """
    _, offset_buffer, values = texts.buffers()
    if values is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    offsets = np.frombuffer(offset_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    lengths = np.where(texts.is_valid().to_numpy(zero_copy_only=False), np.diff(offsets), 0)
    return np.frombuffer(values, np.uint8), offsets[:-1], lengths
