"""Any range of any source, as typed record batches: the one door through which raw values come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from contracts.dataset import SourceFile, SourceRange
from contracts.schema import ValueType
from contracts.source import DelimitedText, Source
from sources.delimited import read_delimited
from sources.parquet import read_parquet


def read_range(
    source: Source, files: Sequence[SourceFile], part: SourceRange, columns: Mapping[str, ValueType]
) -> Iterator[pa.RecordBatch]:
    """The rows of one range, in the order of the file, as batches with exactly `columns`, in their order.

    int64 and float64 columns hold numbers, bytes columns binary; null is a missing value, and a float64 may be NaN or
    infinite. Every call gives the same rows, whoever calls. Raises the errors of `sources.delimited` and `sources.parquet`.
    """
    file = files[part.file]
    if not isinstance(source, DelimitedText):
        yield from read_parquet(file, part, columns)
    else:
        yield from read_delimited(source, file, part, columns)
