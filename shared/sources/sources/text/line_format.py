"""The interface of text formats in which each line is a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Protocol

import pyarrow as pa

from contracts.dataset.manifest import SourceFile
from contracts.schema import ValueType
from sources.read_request import ReadRequest
from sources.values.sampled_tokens import SampledTokens
from sources.vectors.sampled_numbers import SampledNumbers

ListSamples = tuple[dict[str, SampledNumbers], dict[str, SampledTokens]]
"""The columns whose lists are of numbers, and those with lists of any scalars."""


class LineFormat(Protocol):
    """A format of lines with the options of one source. `sources.text.choose_line_format` chooses it.

    Every function raises `UnreadableFile` for a file that cannot be decompressed.
    """

    no_columns: ClassVar[str]
    """The message where `columns` finds none in any file."""

    def columns(self, files: Sequence[SourceFile]) -> list[str]:
        """Return the names of columns in the beginnings of the files, in order of first occurrence; empty if there are none."""
        ...

    def start(self, file: SourceFile) -> int:
        """Return the offset of the first line, in bytes of the uncompressed text: after a byte order mark."""
        ...

    def types(self, files: Sequence[SourceFile], names: Sequence[str]) -> dict[str, ValueType | None]:
        """Return the type of each column from the beginnings of the files; None for values that no feature can have."""
        ...

    def lists(self, files: Sequence[SourceFile], names: Sequence[str]) -> list[str]:
        """Return those of the columns that hold lists of scalars, from the beginnings of the files."""
        ...

    def list_samples(self, files: Sequence[SourceFile], names: Sequence[str]) -> ListSamples:
        """Return the lists of those of the columns that have some, from the beginnings of the files."""
        ...

    def read(self, request: ReadRequest) -> Iterator[pa.RecordBatch]:
        """Yield the range's rows in batches of the requested columns; a missing value is null. Errors as in `read_range`.

        In the request's `lenient` columns, a value that cannot be read is missing.
        """
        ...
