"""Rows of the source that could not be read and were passed over, as they lie beside the dataset: a JSON object a line."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Base64Bytes, Field

from contracts.base_model import Frozen


class RejectedRow(Frozen):
    """One such row. Its bytes are given as text where they are UTF-8, and in full as base64."""

    file: str
    line: Annotated[
        int, Field(description="The line on which the row begins, from 1; in files without lines, the row's number.")
    ]
    reason: str
    text: Annotated[str, Field(description="The row as it stands in the file; in files without text, as JSON.")]
    raw: Base64Bytes

    @classmethod
    def of(cls, file: str, line: int, reason: str, raw: bytes) -> RejectedRow:
        """From the row's bytes; what is not UTF-8 is shown as U+FFFD in `text`."""
        return cls(file=file, line=line, reason=reason, text=raw.decode(errors="replace"), raw=b64encode(raw))


def to_lines(rows: Iterable[RejectedRow]) -> Iterator[bytes]:
    """The lines of the file."""
    for row in rows:
        yield row.model_dump_json().encode() + b"\n"


def from_lines(data: bytes) -> list[RejectedRow]:
    """What `to_lines` made."""
    return [RejectedRow.model_validate_json(line) for line in data.splitlines()]
