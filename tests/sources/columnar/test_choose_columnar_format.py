"""Each columnar format has its module, and every module has the same functions."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from contracts.source import ArrowFiles, ColumnarSource, OrcFiles, Parquet, TfRecordFiles
from sources.columnar import arrow_files, orc, parquet
from sources.columnar.choose_columnar_format import columnar_format
from sources.columnar.tfrecord.tfrecord_files import TfRecordFormat
from sources.columnar.units import ColumnarFormat

SOURCES: list[tuple[ColumnarSource, object]] = [
    (Parquet(format="parquet", uris=["a"]), parquet),
    (ArrowFiles(format="arrow", uris=["a"]), arrow_files),
    (OrcFiles(format="orc", uris=["a"]), orc),
]


@pytest.mark.parametrize(("source", "module"), SOURCES)
def test_a_source_has_the_module_of_its_format(source: ColumnarSource, module: object) -> None:
    assert columnar_format(source) is module


def test_a_format_with_options_is_an_object_of_them() -> None:
    source = TfRecordFiles(format="tfrecord", uris=["a"], columns={"n": "int64"})
    assert columnar_format(source) == TfRecordFormat(source)


@pytest.mark.parametrize("name", ["schema", "units", "read", "rows_before"])
@pytest.mark.parametrize(
    "module", [parquet, arrow_files, orc, TfRecordFormat(TfRecordFiles(format="tfrecord", uris=["a"]))]
)
def test_a_module_takes_what_the_interface_names(module: Any, name: str) -> None:
    expected = [*inspect.signature(getattr(ColumnarFormat, name)).parameters][1:]
    assert [*inspect.signature(getattr(module, name)).parameters] == expected
