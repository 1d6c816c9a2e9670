"""The module for each columnar format: the one place in this package that lists the formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from contracts.dataset.manifest import SourceFile
from contracts.source import ArrowFiles, ColumnarSource, OrcFiles, Parquet, TfRecordFiles
from sources.columnar import arrow_files, orc, parquet
from sources.columnar.tfrecord.sample_columns import with_columns
from sources.columnar.tfrecord.tfrecord_files import TfRecordFormat
from sources.columnar.units import ColumnarFormat


def columnar_format(source: ColumnarSource) -> ColumnarFormat:
    """Return the module of the source's format, or for one with options of the source an object of the same functions."""
    match source:
        case Parquet():
            return parquet
        case ArrowFiles():
            return arrow_files
        case OrcFiles():
            return orc
        case TfRecordFiles():
            return TfRecordFormat(source)
        case _:
            assert_never(source)


def with_known_columns(source: ColumnarSource, files: Sequence[SourceFile]) -> ColumnarSource:
    """Return the source with the columns of all files, where a file does not tell its own. Raises the errors of its sample."""
    return with_columns(source, files) if isinstance(source, TfRecordFiles) else source
