"""A source's ranges, read alone and together, give the rows that a plain reader sees."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import orc
from tests.sources.reading import SOURCE, planned, rows

from contracts.errors import (
    InvalidData,
    UnparsableValue,
    UnreadableFile,
)
from contracts.features import TextRule
from contracts.schema import ValueType
from contracts.source import DelimitedText
from preprocessing.planning.ranges import Plan, plan_ranges
from sources.files.resolve_sources import locate
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.values.arrow_values import written_values


def plan_of(path: Path, partitions: int | None = None, **fields: Any) -> Plan:
    source = DelimitedText.model_validate({"format": "csv", "uris": [str(path)], **fields})
    return plan_ranges(source, locate(source.uris, [str(path.parent)]), partitions)


def rows_of(plan: Plan, kinds: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    kinds = kinds or dict.fromkeys(plan.columns, "bytes")
    found: list[tuple[Any, ...]] = []
    for part in plan.ranges:
        for batch in read_range(plan.source, plan.files, part, kinds):
            found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found


FIELDS = st.text(
    st.one_of(st.sampled_from("ab,;\t\"\n '|"), st.characters(exclude_characters="\r\0", exclude_categories=["Cs"])),
    max_size=8,
)


@settings(max_examples=150)
@given(
    rows=st.lists(st.lists(FIELDS, min_size=3, max_size=3), min_size=1, max_size=25),
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    ending=st.sampled_from(["\n", "\r\n"]),
    partitions=st.integers(1, 12),
    bom=st.booleans(),
    last=st.booleans(),
    always=st.booleans(),
)
def test_any_dialect_reads_back_the_same_rows_in_any_number_of_parts(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    quote: str,
    ending: str,
    partitions: int,
    bom: bool,
    last: bool,
    always: bool,
) -> None:
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if always else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, quotechar=quote, lineterminator=ending, quoting=quoting)
    writer.writerow(["x", "y", "z"])
    writer.writerows(rows)
    text = out.getvalue() if last else out.getvalue().removesuffix(ending)
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.encode())
    plan = plan_of(path, partitions, delimiter=delimiter, quote=quote)
    assert plan.columns == ["x", "y", "z"]
    assert rows_of(plan) == [tuple(field.encode() or None for field in row) for row in rows]
    starts = [part.start for part in plan.ranges]
    assert starts == sorted(set(starts))
    assert [part.end for part in plan.ranges[:-1]] == starts[1:]


def test_quotes_inside_a_field_are_just_quotes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,b\n5" pipe,x\n"6"" pipe",y\nz"z,"w"\n' * 1)
    assert rows_of(plan_of(path, 3)) == [(b'5" pipe', b"x"), (b'6" pipe', b"y"), (b'z"z', b"w")]


def test_null_tokens_count_quoted_or_not(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('n,t\nNA,"NA"\n"",\n 7 ,-\n')
    plan = plan_of(path, null_values=["NA", "-"])
    assert rows_of(plan, {"n": "int64", "t": "bytes"}) == [(None, None), (None, None), (7, None)]


def test_a_compressed_file_is_one_part(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,x\n" + b"2,y\n" * 100_000))
    plan = plan_of(path, 7)
    assert len(plan.ranges) == 1
    assert len(rows_of(plan)) == 100_001


def test_a_truncated_compressed_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(100_000).hex().encode())[:-5000])
    with pytest.raises((UnreadableFile, InvalidData), match=r"t\.csv\.gz"):
        rows_of(plan_of(path, header=False, columns=["a"]))


def test_a_column_of_a_single_column_file_may_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n\n3\n")
    assert rows_of(plan_of(path), {"a": "int64"}) == [(1,), (None,), (3,)]


@pytest.mark.parametrize("partitions", [1, 4])
def test_errors_name_line_column_and_value(tmp_path: Path, partitions: int) -> None:
    path = tmp_path / "t.csv"
    good = [f'{i},"a\nb"' for i in range(50)]
    path.write_text("\n".join(["n,t", *good, 'x9,"c"', *good]))
    with pytest.raises(UnparsableValue, match=r"line 102, column 'n': 'x9' is not a whole number") as caught:
        rows_of(plan_of(path, partitions), {"n": "int64", "t": "bytes"})
    assert caught.value.pointer == "/features/n"


def test_a_header_unlike_the_first_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x,z\n1,2\n")
    source = DelimitedText(format="csv", uris=["a.csv", "b.csv"])
    with pytest.raises(InvalidData, match=r"b\.csv.*Received: 'x', 'z'"):
        plan_ranges(source, locate(source.uris, [str(tmp_path)]), None)


def test_lines_are_right_whatever_the_quotes_and_the_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cases = {
        'n,t\n1,"a""\nb"\n2,"c""d"\nx,e\n': 5,
        "n,t\r1,a\r2,b\rx,c\r": 4,
        "n,t\r\n1,a\r\n\r\nx,c\r\n": 4,
        'n,t\n1,""\n2,q"q\nx,"\n"\n': 4,
    }
    for text, line in cases.items():
        path.write_text(text, newline="")
        for partitions in (1, 3):
            with pytest.raises(UnparsableValue, match=rf"line {line}, column 'n': 'x'"):
                rows_of(plan_of(path, partitions), {"n": "int64", "t": "bytes"})
    path.write_text("n\n1\n\n\nx\n")
    with pytest.raises(UnparsableValue, match="line 5, column 'n': 'x'"):
        rows_of(plan_of(path), {"n": "int64"})


def test_a_wrong_value_far_into_a_file_is_found_quickly_enough(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("n,t\n" + '1,"some text, quoted"\n' * 400_000 + "x,y\n")
    with pytest.raises(UnparsableValue, match="line 400002, column 'n': 'x'"):
        rows_of(plan_of(path, 3), {"n": "int64", "t": "bytes"})


@pytest.mark.parametrize("compressed", [False, True])
def test_fields_of_megabytes_are_read(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / ("t.csv.gz" if compressed else "t.csv")
    wide = b"z" * 5_000_000
    text = b"n,t\n" + b"".join(b"%d,short\n" % i for i in range(300_000)) + b"-1," + wide + b"\n-2,end\n"
    path.write_bytes(gzip.compress(text, 1) if compressed else text)
    found = rows_of(plan_of(path, 4), {"n": "int64", "t": "bytes"})
    assert [row[0] for row in found] == [*range(300_000), -1, -2]
    assert found[-2][1] == wide


def test_a_features_own_nulls_hold_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("n,x,t\n-999,-999.0,none\n1,unknown,ok\n2,0.5,?\n")
    lines = [
        '{"n": -999, "x": -999, "t": "none"}',
        '{"n": 1, "x": "unknown", "t": "ok"}',
        '{"n": 2, "x": 0.5, "t": "?"}',
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    table = pa.table({"n": [-999, 1, 2], "x": [-999.0, None, 0.5], "t": ["none", "ok", "?"]})
    pq.write_table(table, tmp_path / "t.parquet")
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    kinds: dict[str, ValueType] = {"n": "int64", "x": "float64", "t": "bytes"}
    nulls = {"n": ["-999"], "x": ["-999", "unknown"], "t": ["none", "?"]}
    for kind in ("csv", "jsonl", "parquet", "arrow"):
        plan = planned(tmp_path / f"t.{kind}", format=kind)
        found = rows(plan, kinds, null_values=nulls)
        assert found == [(None, None, None), (1, None, b"ok"), (2, 0.5, None)], kind


PRICES = ["90.21", "2.20", "1000.50", "5.00", "-817.42", "0.07", "0.00", None, "1000000.00"]
ACCOUNTS = [10**18 + at for at in range(8)] + [None]


def numbers_in(folder: Path, format: str) -> Plan:  # noqa: A002  the source's field
    """One table of decimals, 64-bit integers and doubles as a file of each format."""
    prices = [None if price is None else Decimal(price) for price in PRICES]
    table = pa.table(
        {
            "price": pa.array(prices, pa.decimal128(10, 2)),
            "account": pa.array([None if at is None else Decimal(at) for at in ACCOUNTS], pa.decimal128(38, 0)),
            "whole": pa.array(ACCOUNTS, pa.int64()),
            "double": pa.array([None if price is None else float(price) for price in PRICES]),
        }
    )
    path = folder / f"t.{format}"
    match format:
        case "parquet":
            pq.write_table(table, path)
        case "orc":
            orc.write_table(table, str(path))
        case "arrow":
            with pa.ipc.new_file(str(path), table.schema) as out:
                out.write_table(table)
        case _:
            rows = zip(PRICES, ACCOUNTS, strict=True)
            lines = [
                f'{{"price": {price}, "account": {at}.0, "whole": {at}, "double": {price}}}'.replace("None.0", "null")
                for price, at in rows
            ]
            path.write_text("\n".join(lines).replace("None", "null"))
    return planned(path, format=format)


@pytest.mark.parametrize("format", ["parquet", "orc", "arrow", "jsonl"])
def test_a_number_is_one_token_and_one_double_in_every_format(tmp_path: Path, format: str) -> None:  # noqa: A002
    plan = numbers_in(tmp_path, format)
    prices = [b"90.21", b"2.2", b"1000.5", b"5", b"-817.42", b"0.07", b"0", None, b"1000000"]
    accounts = [None if at is None else b"%d" % at for at in ACCOUNTS]
    assert rows(plan) == list(zip(prices, accounts, accounts, prices, strict=True))
    doubles = [(None if price is None else float(price),) for price in PRICES]
    assert rows(plan, {"price": "float64"}) == rows(plan, {"double": "float64"}) == doubles
    assert rows(plan, {"account": "int64"}) == rows(plan, {"whole": "int64"}) == [(at,) for at in ACCOUNTS]


@pytest.mark.parametrize("name", ["t.parquet", "t.jsonl"])
def test_rows_are_counted_whatever_the_first_column_holds(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "day=7"
    folder.mkdir()
    values = {"nested": [[1], [2], [3]], "x": [1, 2, 3]}
    if name == "t.parquet":
        pq.write_table(pa.table(values), folder / name)
    else:
        (folder / name).write_text("".join(f'{{"nested": [{i}], "nested": 1, "x": {i}}}\n' for i in (1, 2, 3)))
    plan = planned(tmp_path, format=name.removeprefix("t."), hive_partitioning=True)
    assert rows(plan, {"day": "int64"}) == [(7,)] * 3


RULES = {
    "n": TextRule(prefix="$", thousands_separator=","),
    "p": TextRule(suffix="%"),
    "t": TextRule(strip=True, fold_case=True),
}
SPELLED = {"n": ["$1,234.50", "", "-$2"], "p": ["12 %", "3", "4%"], "t": ["Yes", " yes ", "NA"]}


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet", "arrow"])
def test_text_rules_are_the_same_in_every_format(tmp_path: Path, format_: str) -> None:
    path = tmp_path / f"t.{format_}"
    rows = [dict(zip(SPELLED, row, strict=True)) for row in zip(*SPELLED.values(), strict=True)]
    if format_ == "csv":
        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, list(SPELLED))
            writer.writeheader()
            writer.writerows(rows)
    elif format_ == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif format_ == "parquet":
        pq.write_table(pa.table(SPELLED), path)
    else:
        with pa.ipc.new_file(path, pa.table(SPELLED).schema) as writer:
            writer.write_table(pa.table(SPELLED))
    plan = planned(path, 1, format=format_)
    kinds: dict[str, ValueType] = {"n": "float64", "p": "int64", "t": "bytes"}
    batches = read_range(plan.source, plan.files, plan.ranges[0], kinds, null_values={"t": ["na"]}, text_rules=RULES)
    found = [row for batch in batches for row in batch.to_pylist()]
    assert found == [
        {"n": 1234.5, "p": 12, "t": b"yes"},
        {"n": None, "p": 3, "t": b"yes"},
        {"n": -2.0, "p": 4, "t": None},
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "orc"])
@pytest.mark.parametrize("careful", [False, True])
def test_a_column_is_also_read_as_the_file_has_it(tmp_path: Path, form: str, careful: bool) -> None:
    texts = [" Yes", "no", None, "NA"]
    table = pa.table({"t": texts, "n": [1.5, -999.0, None, 2.0], "g": [1, 2, 3, 4]})
    folder = tmp_path / "day=N A"
    folder.mkdir()
    path = folder / f"t.{form}"
    lines = [
        ["t", "n", "g"],
        *([("" if value is None else str(value)) for value in row.values()] for row in table.to_pylist()),
    ]
    odd = "x,bad,5\n" if form == "csv" else '{"t": "x", "n": "bad"}\n'
    match form:
        case "csv":
            path.write_text("\n".join(map(",".join, lines)) + "\n" + odd * careful)
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()) + odd * careful)
        case "parquet":
            pq.write_table(table, path)
        case _:
            orc.write_table(table, str(path))
    source = SOURCE.validate_python({"format": form, "uris": [str(tmp_path)], "hive_partitioning": True})
    plan = plan_ranges(source, locate(source.uris, [str(tmp_path)], hive_partitioning=True), 1)
    kinds: dict[str, ValueType] = {"day": "bytes", "t": "bytes", "n": "float64"}
    options: dict[str, Any] = {
        "null_values": {"t": ["NA"], "n": ["-999", "unknown"], "day": ["n a"]},
        "text_rules": {"t": TextRule(strip=True, fold_case=True), "day": TextRule(fold_case=True)},
        "written": {"T": "t", "N": "n", "D": "day"},
        "rejects": Rejects(1),
    }
    (batch,) = read_range(plan.source, plan.files, plan.ranges[0], kinds, **options)
    assert batch.schema.names == ["day", "t", "n", "T", "N", "D"]
    assert batch.column("t").to_pylist() == [b"yes", b"no", None, None]
    assert batch.column("n").to_pylist() == [1.5, None, None, 2.0]
    assert batch.column("day").null_count == 4
    as_text = [None if text is None else text.encode() for text in texts]
    assert written_values(batch.column("T")).to_pylist() == as_text
    assert batch.column("N").cast(pa.string()).cast(pa.float64()).to_pylist() == [1.5, -999.0, None, 2.0]
    assert batch.column("D").to_pylist() == [b"N A"] * 4


@pytest.mark.parametrize(
    ("folder", "micros"),
    [
        ("2024-01-02", 1_704_153_600_000_000),
        ("2024-01-02T00%3A00%3A00+02%3A00", 1_704_146_400_000_000),
        ("NA", None),
        ("__HIVE_DEFAULT_PARTITION__", None),
    ],
)
def test_the_name_of_a_folder_may_be_an_instant(tmp_path: Path, folder: str, micros: int | None) -> None:
    (tmp_path / f"day={folder}").mkdir()
    (tmp_path / f"day={folder}" / "t.csv").write_text("n\n1\n2\n")
    source = SOURCE.validate_python(
        {"format": "csv", "uris": [str(tmp_path)], "hive_partitioning": True, "null_values": ["NA"]}
    )
    plan = plan_ranges(source, locate(source.uris, [str(tmp_path)], hive_partitioning=True), 1)
    assert rows(plan, {"day": "instant", "n": "int64"}) == [(micros, 1), (micros, 2)]


def test_the_name_of_a_folder_that_is_no_instant_is_named(tmp_path: Path) -> None:
    (tmp_path / "day=soon").mkdir()
    (tmp_path / "day=soon" / "t.csv").write_text("n\n1\n")
    plan = planned(tmp_path, format="csv", hive_partitioning=True)
    message = r"t\.csv: column 'day', which its folders add, is 'soon', not a date or a time as ISO 8601 writes it$"
    with pytest.raises(UnparsableValue, match=message) as caught:
        rows(plan, {"day": "instant"})
    assert caught.value.pointer == "/features/day"
