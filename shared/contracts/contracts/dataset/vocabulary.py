"""Tokens in the order of their ids, lossless for any bytes: newlines, quotes, invalid UTF-8, the word "null".

Stored as one Arrow IPC file per feature with the columns `token` (binary) and `count` (int64) in id order: a task maps it into
memory, and a reader in any language needs no special parser. Missing and out-of-vocabulary ids are not stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from contracts.errors import CorruptData

VOCABULARY = pa.schema([("token", pa.binary()), ("count", pa.int64())])
"""The columns of the file; all its record batches together are one vocabulary."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of one categorical feature.

    `tokens`: pyarrow binary array, distinct, by descending count, ties by ascending bytes. `counts`: int64, same length.
    """

    tokens: pa.BinaryArray
    counts: pa.Int64Array

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def of(cls, tokens: Sequence[bytes], counts: Sequence[int]) -> Vocabulary:
        """Build a vocabulary from Python values, which must be in order."""
        return cls(pa.array(tokens, pa.binary()), pa.array(counts, pa.int64()))

    def to_bytes(self) -> bytes:
        """Return the Arrow IPC file."""
        sink = pa.BufferOutputStream()
        batch = pa.record_batch([self.tokens, self.counts], schema=VOCABULARY)
        with pa.ipc.new_file(sink, VOCABULARY) as writer:
            writer.write_batch(batch)
        return sink.getvalue().to_pybytes()

    @classmethod
    def from_buffer(cls, data: bytes | pa.Buffer, what: str = "vocabulary") -> Vocabulary:
        """Read an IPC file, sharing the buffer's memory. Raises `CorruptData`, naming `what`, for other bytes."""
        try:
            table = pa.ipc.open_file(pa.py_buffer(data)).read_all().combine_chunks()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise CorruptData(f"{what} is not an Arrow IPC file: {error}") from error
        if not table.schema.equals(VOCABULARY):
            raise CorruptData(f"{what} must hold token and count. Received: {table.schema.names}")
        if table.num_rows == 0:
            return cls.of([], [])
        return cls(table.column("token").chunk(0), table.column("count").chunk(0))
