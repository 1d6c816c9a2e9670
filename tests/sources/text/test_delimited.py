"""Delimited text in any dialect and encoding has the rows that were written, in any number of parts."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.sources.reading import Row, planned, rows

from contracts.errors import TandemError, UnparsableValue
from contracts.source import DelimitedText
from preprocessing.planning import file_bytes, text_ranges
from sources.read_request import ReadRequest
from sources.rejects import Rejects
from sources.text import delimited
from sources.text.delimited import _Reader, _stream_over
from sources.text.text_streams import read_part

ENCODINGS = (
    *["utf-8"] * 6,
    *("latin-1", "cp1252", "koi8-r", "euc_jp", "ascii"),
    *("utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis", "gb18030", "cp037"),
)


@cache
def alphabet(encoding: str) -> str:
    """Characters that survive the encoding, without those that the tests use as delimiters and quotes."""
    found: list[str] = []
    for code in [*range(1, 0x500), 0x2028, 0x20AC, *range(0x3040, 0x3060), 0x1F600]:
        character = chr(code)
        try:
            if character.encode(encoding).decode(encoding) == character and character not in "\r\n":
                found.append(character)
        except UnicodeError:
            continue
    return "".join(found)


@dataclass(frozen=True)
class Written:
    """A file's bytes, how they are to be read, and the rows that went in."""

    data: bytes
    fields: dict[str, Any]
    rows: list[list[str]]


def write_field(draw: Any, value: str, dialect: dict[str, Any], *, begins: bool) -> str:
    """One field, quoted where it must be and sometimes where it need not."""
    quote, escape, comment = dialect["quote"], dialect["escape"], dialect["comment"]
    special = {dialect["delimiter"], "\r", "\n"} | ({escape} if escape else set())
    is_comment = begins and comment is not None and value.startswith(comment)
    is_spaced = dialect["skip_initial_space"] and value.startswith(" ")
    must = is_spaced or bool(set(value) & special) or (quote is not None and value.startswith(quote)) or is_comment
    if quote is not None and (must or draw(st.booleans())):
        if escape:
            value = value.replace(escape, escape * 2)
        doubled = dialect["double_quote"] and (not escape or draw(st.booleans()))
        return quote + value.replace(quote, quote * 2 if doubled else f"{escape}{quote}") + quote
    if must:
        marked = {*special, *([quote] if quote else [])}
        value = "".join(f"{escape}{each}" if each in marked else each for each in value)
        return f"{escape}{value}" if is_spaced or (is_comment and not value.startswith(escape)) else value
    return value


@st.composite
def written(draw: Any) -> Written:
    """A table of three columns in a random dialect."""
    quote = draw(st.sampled_from(['"', '"', "'", None]))
    escape = draw(st.sampled_from([None, None, "\\", "^"]))
    dialect: dict[str, Any] = {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "quote": quote,
        "escape": escape,
        "double_quote": draw(st.booleans()),
        "skip_initial_space": draw(st.booleans()),
        "comment": draw(st.sampled_from([None, None, "#", "//"])),
        "encoding": draw(st.sampled_from(ENCODINGS)),
        "skip_lines": draw(st.sampled_from([0, 0, 2])),
        "compression": draw(st.sampled_from(["none", "none", "none", "gzip", "bzip2", "zstd"])),
        "header": draw(st.booleans()),
        "columns": ["x", "y", "z"],
    }
    characters = alphabet(dialect["encoding"])
    any_of = [characters, dialect["delimiter"], "'\"", "#/ \\^ab01"]
    if quote or escape:
        any_of += ["\n", "\r"]
    text = st.text(st.one_of(*(st.sampled_from(each) for each in any_of)), max_size=8)
    if escape:
        text = text.map(lambda value: value.replace("\r\n", "\n"))  # an escape takes one character's meaning
    if quote and not dialect["double_quote"] and not escape:
        text = text.map(lambda value: value.replace(quote, ""))
    if not quote and not escape:
        text = text.map(lambda value: value.replace(dialect["delimiter"], "").replace("#", "").replace("/", ""))
    if dialect["skip_initial_space"] and not quote and not escape:
        text = text.map(lambda value: value.lstrip(" "))
    space = st.integers(0, 2).map(" ".__mul__) if dialect["skip_initial_space"] else st.just("")
    table = draw(st.lists(st.lists(text, min_size=3, max_size=3), min_size=1, max_size=20))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    lines = ['preamble "', "# more,"][: dialect["skip_lines"]]
    between: list[Any] = [st.just("")]
    if dialect["comment"]:
        between.append(st.just(dialect["comment"] + ' with a " and a \\ and, more'))
    extra = st.one_of(st.just([]), st.just([]), st.lists(st.one_of(*between), max_size=2))
    if dialect["header"]:
        lines.append(dialect["delimiter"].join("xyz"))
    for row in table:
        lines += draw(extra)
        cells = (draw(space) + write_field(draw, value, dialect, begins=at == 0) for at, value in enumerate(row))
        lines.append(dialect["delimiter"].join(cells))
    content = ending.join(lines) + draw(st.sampled_from(["", ending]))
    mark = "\ufeff" if dialect["encoding"] in {"utf-8", "utf-16-le", "utf-16-be"} and draw(st.booleans()) else ""
    data = (mark + content).encode(dialect["encoding"])
    compress: dict[str, Any] = {"gzip": gzip.compress, "bzip2": bz2.compress, "zstd": zstd, "none": bytes}
    return Written(compress[dialect["compression"]](data), dialect, table)


def zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


def expected(table: list[list[str]]) -> list[Row]:
    return [tuple(value.encode() or None for value in row) for row in table]


@pytest.fixture(scope="module", autouse=True)
def _small_blocks() -> Generator[None]:
    """Files are looked through in blocks of a few bytes, so that whatever can be cut by one is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_bytes, "_BLOCK_BYTES", 5)
        patch.setattr(text_ranges, "_WINDOW_BYTES", 2)
        patch.setattr(text_ranges, "_WALK_BYTES", 3)
        patch.setattr(delimited, "BLOCK_BYTES", 9)
        yield


@settings(max_examples=400)
@given(file=written(), partitions=st.integers(1, 16))
def test_any_dialect_and_encoding_reads_back_the_same_rows_in_any_number_of_parts(
    tmp_path_factory: pytest.TempPathFactory, file: Written, partitions: int
) -> None:
    path = tmp_path_factory.mktemp("dialect") / "t.csv"
    path.write_bytes(file.data)
    plan = planned(path, partitions, **file.fields)
    assert rows(plan) == expected(file.rows)
    assert len(plan.ranges) <= partitions
    ends = [part.end for part in plan.ranges[:-1]]
    assert [part.start for part in plan.ranges[1:]] == ends


ODD_TEXT = (*'aab  ,,""\\\n\n\r#1 é', "\r\n", '"x\r\ny"', '"\r\n"', "\ufeff", "\0")


@settings(max_examples=500)
@given(
    text=st.lists(st.sampled_from(ODD_TEXT), min_size=1, max_size=60).map("".join),
    double_quote=st.booleans(),
    skip_initial_space=st.booleans(),
    quote=st.sampled_from(['"', None]),
    escape=st.sampled_from([None, "\\"]),
    ragged=st.sampled_from(["error", "null_padding"]),
    columns=st.integers(1, 3),
    partitions=st.integers(1, 16),
)
def test_arrow_and_the_slow_parser_see_the_same_rows_in_any_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, columns: int, partitions: int, **fields: Any
) -> None:
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_text(text, newline="")
    names = ["x", "y", "z"][:columns]
    try:
        whole, parts = (planned(path, count, header=False, columns=names, **fields) for count in (1, partitions))
    except TandemError:  # what the plan refuses is not read
        assume(False)  # noqa: FBT003 - Hypothesis says it so
        raise
    source, part = cast("DelimitedText", whole.source), whole.ranges[0]
    rejects = Rejects(1000)
    reader = _Reader(source, ReadRequest(whole.files[0], part, dict.fromkeys(names, "bytes"), rejects=rejects))
    stream = _stream_over(read_part(whole.files[0], part))
    slow = [
        row
        for batch in reader._read_records(stream, 0, 0)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
    refused = [("t.csv", row.line, row.reason, row.text) for row in rejects.rows]
    for plan in (whole, parts):
        found: list[tuple[str, int, str, bytes]] = []
        assert rows(plan, allowed=1000, rejected=found) == slow
        assert found == refused


@pytest.mark.parametrize("partitions", [1, 2, 3, 6, 16])
@pytest.mark.parametrize("before", range(12))
def test_a_quoted_line_break_and_a_mark_are_kept_wherever_blocks_and_parts_begin(
    tmp_path: Path, before: int, partitions: int
) -> None:
    path = tmp_path / "t.csv"
    values = ["x" * before, *["\r\n", "a\r\nb", "\ufeffc", "\r", "\n\r\n"] * 12]
    path.write_text(
        "".join(f"{value},1\r\n" if value.isalnum() else f'"{value}",1\r\n' for value in values), newline=""
    )
    path.write_bytes(path.read_bytes().replace('"\ufeffc"'.encode(), "\ufeffc".encode()))
    plan = planned(path, partitions, header=False, columns=["t", "n"])
    assert len(plan.ranges) > partitions // 2
    assert rows(plan, {"t": "bytes", "n": "int64"}) == [(value.encode() or None, 1) for value in values]


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize("place", [0, 4999])
def test_whole_numbers_with_a_fraction_are_read_by_arrow_all_the_same(tmp_path: Path, name: str, place: int) -> None:
    """As pandas writes a column of whole numbers with a gap; 7.5 is still a bad record, by its line."""
    cells = [f"{row}.0" if row >= place or row % 7 == 0 else str(row) for row in range(5000)]
    cells[2500], cells[3000] = "", "7.5"
    data = ("n,t\n" + "".join(f"{cell},x\n" for cell in cells)).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    rejected: list[tuple[str, int, str, bytes]] = []
    found = rows(planned(tmp_path / name, 3), {"n": "int64", "t": "bytes"}, allowed=1, rejected=rejected)
    assert found == [(None if row == 2500 else row, b"x") for row in range(5000) if row != 3000]
    assert rejected == [(name, 3002, "column 'n': '7.5' is not a whole number (int64)", b"7.5,x\n")]
    source = DelimitedText(format="csv", uris=["t.csv"], columns=["n", "t"], null_values=[""])
    text = "".join(f"{cell},x\n" for cell in cells[:2000]).encode()
    plan = planned(tmp_path / name, 1)
    reader = _Reader(source, ReadRequest(plan.files[0], plan.ranges[0], {"n": "int64", "t": "bytes"}))
    batches = list(reader._read_growing(lambda: _stream_over(text)))
    assert sum(batch.num_rows for batch in batches) == 2000


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize("fields", [{}, {"escape": "\\"}, {"encoding": "utf-16"}], ids=["usual", "escape", "utf-16"])
def test_instants_are_microseconds_and_other_text_is_a_bad_record(
    tmp_path: Path, name: str, fields: dict[str, Any]
) -> None:
    cells = [f"1970-01-01T00:{row // 60:02}:{row % 60:02}Z" for row in range(3000)]
    cells[7], cells[1500], cells[2000], cells[2500] = "", "soon", "NA", "1970-02-30"
    text = "t,n\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells))
    data = text.encode(fields.get("encoding", "utf-8"))
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    plan = planned(tmp_path / name, 3, null_values=["NA"], **fields)
    rejected: list[tuple[str, int, str, bytes]] = []
    read = rows(plan, {"t": "instant", "n": "int64"}, allowed=2, rejected=rejected)
    missing, bad = {7, 2000}, {1500, 2500}
    assert read == [(None if row in missing else row * 1_000_000, row) for row in range(3000) if row not in bad]
    assert [(line, reason) for _, line, reason, _ in rejected] == [
        (1502, "column 't': 'soon' is not a date or a time as ISO 8601 writes it"),
        (2502, "column 't': '1970-02-30' is not a date or a time as ISO 8601 writes it"),
    ]
    with pytest.raises(UnparsableValue, match=r"line 1502, column 't': 'soon' is not a date or a time") as caught:
        rows(plan, {"t": "instant"})
    assert caught.value.pointer == "/features/t"
