"""A source's ranges, read alone and together, give the rows that a plain reader sees."""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import (
    InvalidData,
    InvalidRequest,
    NotAllowed,
    NotFound,
    SourceChanged,
    UnparsableValue,
    UnreadableFile,
)
from contracts.source import DelimitedText, Parquet
from preprocessing.planning.ranges import Plan, plan_ranges
from sources.files.resolve_sources import check_unchanged, locate
from sources.read_range import read_range


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
    with pytest.raises(InvalidData, match=r"b\.csv.*Received: x, z"):
        plan_ranges(source, locate(source.uris, [str(tmp_path)]), None)


def test_the_number_of_names_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1,2,3\n")
    with pytest.raises(InvalidRequest, match=r"names 2 columns.*has 3"):
        plan_of(path, header=False, columns=["a", "b"])


def test_parquet_columns_become_numbers_or_tokens(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {
        "i": pa.array([1, None, 2**62], pa.int64()),
        "u": pa.array([1, 2, 3], pa.uint8()),
        "f": pa.array([1.5, float("nan"), None], pa.float32()),
        "b": pa.array([True, None, False]),
        "s": pa.array(["x", "", None]),
        "d": pa.array(["p", None, "q"]).dictionary_encode(),
        "n": pa.array([[1], [2], None]),
    }
    pq.write_table(pa.table(columns), path)
    source = Parquet(format="parquet", uris=[str(path)])
    plan = plan_ranges(source, locate(source.uris, [str(tmp_path)]), None)
    kinds = {"i": "int64", "u": "bytes", "f": "float64", "b": "bytes", "s": "bytes", "d": "bytes"}
    found = rows_of(plan, kinds)
    assert [row[0] for row in found] == [1, None, 2**62]
    assert [row[1] for row in found] == [b"1", b"2", b"3"]
    assert [row[3:] for row in found] == [(b"true", b"x", b"p"), (None, None, None), (b"false", None, b"q")]
    with pytest.raises(InvalidData, match=r"'n' is list"):
        rows_of(plan, {"n": "bytes"})
    with pytest.raises(InvalidData, match=r"'s' is .*string, not a number"):
        rows_of(plan, {"s": "float64"})


def test_floats_as_categories_are_written_like_whole_numbers_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"f": pa.array([1.0, -0.5, 1e300, None, float("nan")])}), path)
    source = Parquet(format="parquet", uris=[str(path)])
    found = rows_of(plan_ranges(source, locate(source.uris, [str(tmp_path)]), None), {"f": "bytes"})
    assert [row[0] for row in found] == [b"1", b"-0.5", str(int(1e300)).encode(), None, None]


def test_sources_stay_inside_their_roots(tmp_path: Path) -> None:
    root, secret = tmp_path / "root", tmp_path / "secret.csv"
    root.mkdir()
    secret.write_text("x\n")
    (root / "link.csv").symlink_to(secret)
    (root / "good.csv").write_text("x\n")
    (root / "folder").mkdir()
    assert locate(["good.csv"], [str(root)])[0].bytes == 2
    assert locate([str(root / "good.csv")], ["/nosuch", str(root)])[0].bytes == 2
    for uri in [
        "../secret.csv",
        str(secret),
        "link.csv",
        f"file://{secret}",
        "s3://bucket/x.csv",
        "folder/../../secret.csv",
    ]:
        with pytest.raises(NotAllowed) as caught:
            locate(["good.csv", uri], [str(root)])
        assert caught.value.pointer == "/source/uris/1"
    for uri in ["nosuch.csv", "folder"]:
        with pytest.raises(NotFound, match=uri):
            locate([uri], [str(root)])


def test_a_changed_source_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    files = locate([str(path)], [str(tmp_path)])
    check_unchanged(files)
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceChanged, match="changed after"):
        check_unchanged(files)
    path.unlink()
    with pytest.raises(SourceChanged, match="is gone"):
        check_unchanged(files)


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


@pytest.mark.parametrize("position", [4, 300, 2000, -6])
def test_damaged_parquet_is_named(tmp_path: Path, position: int) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"s": [f"text {i}" for i in range(3000)]}), path)
    content = bytearray(path.read_bytes())
    end = position + 40 if position > 0 else len(content)
    content[position:end] = b"\xff" * len(content[position:end])
    path.write_bytes(bytes(content))
    source = Parquet(format="parquet", uris=[str(path)])
    with pytest.raises((UnreadableFile, InvalidData), match=r"t\.parquet"):
        rows_of(plan_ranges(source, locate(source.uris, [str(tmp_path)])), {"s": "bytes"})


def test_a_column_of_nulls_is_any_kind(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.nulls(2), "b": pa.nulls(2)}), path)
    source = Parquet(format="parquet", uris=[str(path)])
    plan = plan_ranges(source, locate(source.uris, [str(tmp_path)]))
    assert rows_of(plan, {"a": "float64", "b": "bytes"}) == [(None, None), (None, None)]


@pytest.mark.parametrize("uri", ["a\0b", "x" * 5000, "loop"])
def test_names_that_no_file_can_have_are_not_found(tmp_path: Path, uri: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(NotFound):
        locate([uri], [str(tmp_path)])


@pytest.mark.parametrize("text", ["\na,b\n1,2\n", "\ufeff", "{" + "x" * 200_000 + ",}\n1\n"])
def test_headers_that_name_nothing_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(UnreadableFile):
        plan_of(path)
