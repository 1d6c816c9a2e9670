"""What a request may read through Spark is what the operator has allowed."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import InvalidRequest, NotAllowed, TandemError
from contracts.schema import Records
from contracts.source import AvroFiles, DelimitedText, SparkSource
from preprocessing.spark.allowed_sources import check_source

FORMATS = {"orc": ["mergeSchema"], "json": []}
TABLES = ["sales.*", "one"]


def spark(**fields: Any) -> SparkSource:
    return SparkSource.model_validate({"format": "spark", **fields})


@pytest.mark.parametrize("table", ["sales.trips", "one", "sales.north.trips"])
def test_a_table_that_a_pattern_matches_may_be_read(table: str) -> None:
    check_source(spark(table=table), "raw", FORMATS, TABLES)


@pytest.mark.parametrize("table", ["sales", "Sales.trips", "ones", "other.one"])
def test_any_other_table_is_refused(table: str) -> None:
    with pytest.raises(NotAllowed, match=rf"^table '{table}' is not among those .* \(TANDEM_SPARK_TABLES\)$") as caught:
        check_source(spark(table=table), "raw", FORMATS, TABLES)
    assert caught.value.pointer == "/source/table"


def test_a_format_may_be_read_with_its_allowed_options() -> None:
    check_source(spark(reader="orc", uris=["x"], options={"mergeSchema": "true"}), "transformed", FORMATS, [])
    check_source(spark(reader="json", uris=["x"]), "raw", FORMATS, [])


BAD: list[tuple[dict[str, Any], dict[str, list[str]], str, str]] = [
    ({"reader": "jdbc"}, FORMATS, r"format 'jdbc' is not .* \(TANDEM_SPARK_FORMATS\): json, orc$", "/source/reader"),
    ({"reader": "ORC"}, FORMATS, "format 'ORC' is not", "/source/reader"),
    ({"reader": "orc"}, {}, r"\(TANDEM_SPARK_FORMATS\): none$", "/source/reader"),
    (
        {"reader": "orc", "options": {"path": "/etc"}},
        FORMATS,
        r"^option 'path' of orc is not among those allowed \(TANDEM_SPARK_FORMATS\): mergeSchema$",
        "/source/options/path",
    ),
    ({"reader": "json", "options": {"a/b": "1"}}, FORMATS, "allowed .*: none$", "/source/options/a~1b"),
]


@pytest.mark.parametrize(("fields", "formats", "words", "pointer"), BAD)
def test_formats_and_options_are_refused_by_name(
    fields: dict[str, Any], formats: dict[str, list[str]], words: str, pointer: str
) -> None:
    with pytest.raises(NotAllowed, match=words) as caught:
        check_source(spark(**fields), "raw", formats, TABLES)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("source", [AvroFiles(format="avro", uris=["x"]), spark(table="one")])
@pytest.mark.parametrize(("records", "refused"), [("none", True), ("raw", False), ("transformed", False)])
def test_training_cannot_read_what_only_spark_reads(
    source: AvroFiles | SparkSource, records: Records, *, refused: bool
) -> None:
    error: TandemError | None = None
    try:
        check_source(source, records, FORMATS, TABLES)
    except InvalidRequest as raised:
        error = raised
    assert (error is not None) == refused
    if error is not None:
        assert error.pointer == "/records"
        assert f"format {source.format} needs records raw or transformed" in str(error)


def test_files_that_are_read_by_range_need_no_permission() -> None:
    check_source(DelimitedText(format="csv", uris=["x"]), "none", {}, [])
