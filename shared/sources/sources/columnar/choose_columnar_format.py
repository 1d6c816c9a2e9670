"""The module for each columnar format: the one place in this package that lists the formats."""

from __future__ import annotations

from typing import assert_never

from contracts.source import ArrowFiles, ColumnarSource, OrcFiles, Parquet
from sources.columnar import arrow_files, orc, parquet
from sources.columnar.units import ColumnarFormat


def columnar_format(source: ColumnarSource) -> ColumnarFormat:
    """Return the module of the source's format."""
    match source:
        case Parquet():
            return parquet
        case ArrowFiles():
            return arrow_files
        case OrcFiles():
            return orc
        case _:
            assert_never(source)
