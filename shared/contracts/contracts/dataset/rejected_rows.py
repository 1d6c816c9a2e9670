"""The stored form of skipped rows, which could not be read: a file of JSON lines in the folder of a dataset or of predictions."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from pydantic import Base64Bytes, Field

from contracts.base_model import FrozenModel


class RejectedRow(FrozenModel):
    """One skipped row. `text` holds its bytes as text where they are UTF-8; `raw` all of them, as base64."""

    file: str
    line: Annotated[
        int, Field(description="Line on which the row begins, from 1; in files without lines, the row's number.")
    ]
    reason: str
    text: Annotated[str, Field(description="The row's raw text; as JSON for files that are not text.")]
    raw: Base64Bytes

    @classmethod
    def of(cls, file: str, line: int, reason: str, raw: bytes) -> RejectedRow:
        """Build it from the row's bytes; invalid UTF-8 becomes U+FFFD in `text`."""
        return cls(file=file, line=line, reason=reason, text=raw.decode(errors="replace"), raw=b64encode(raw))


class RejectedPage(FrozenModel):
    """A page of the skipped rows."""

    count: Annotated[int, Field(description="Of all such rows.")]
    offset: Annotated[int, Field(description="How many come before those given here.")]
    rows: list[RejectedRow]

    @classmethod
    def of(cls, rows: Sequence[RejectedRow], offset: int, limit: int) -> RejectedPage:
        """Return the page of at most `limit` rows that begins after `offset` of them."""
        return cls(count=len(rows), offset=offset, rows=list(rows[offset : offset + limit]))


def to_lines(rows: Iterable[RejectedRow]) -> Iterator[bytes]:
    """Yield the lines of the file."""
    for row in rows:
        yield row.model_dump_json().encode() + b"\n"


def from_lines(data: bytes) -> list[RejectedRow]:
    """Parse the output of `to_lines`."""
    return [RejectedRow.model_validate_json(line) for line in data.splitlines()]
