"""Features of several values to the text of lists: as `contracts.features.many` has it, and as a version reads examples."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyarrow as pa

from sources.columnar.tfrecord.framing import Records
from sources.columnar.tfrecord.parse_example import BYTES, INT64, Values
from sources.columnar.tfrecord.record_values import record_values
from sources.columnar.tfrecord.walk_examples import Lists
from sources.values.list_text import text_of
from sources.values.number_tokens import number_token


def read_list_texts(
    records: Records,
    lists: Lists | None,
    others: dict[int, tuple[int, Values]],
    separator: str,
    sequences: Collection[int] = (),
) -> tuple[pa.Array, dict[int, str]]:
    """Return a feature's lists as text, binary [records], null where there is no value, and why a record has no usable one.

    A single value of bytes is the list's text; several values are a token each. `others`: kind and values of the records that
    were parsed one at a time; `sequences`: those of which the feature is a feature list, whose values are tokens always; without
    one it is an empty list.
    """
    values: list[bytes | None] = [None] * len(records)
    given, wrong = record_values(records, lists, others)
    for row, (kind, own) in given.items():
        if not own and row not in sequences:
            continue
        tokens = [_token(value, kind) for value in own]
        is_text = len(tokens) == 1 and kind == BYTES and row not in sequences
        values[row] = tokens[0] if is_text else text_of(tokens, separator)
        if values[row] is None:
            wrong[row] = f"holds a token with the separator {separator!r}; name another in many.separator"
    return pa.array(values, pa.binary()), wrong


def _token(value: object, kind: int) -> bytes:
    if isinstance(value, bytes):
        return value
    if kind == INT64:
        return b"%d" % value  # pyright: ignore[reportOperatorIssue]
    return number_token(np.float32(value)) or b""  # pyright: ignore[reportArgumentType]
