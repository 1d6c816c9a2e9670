"""The request to a reader: bad rows as errors or recorded, and values in messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.dataset.manifest import SourceFile, SourceRange
from contracts.errors import InvalidRequest, TooManyBadRecords, UnparsableValue, UnreadableFile
from contracts.features import TextRule, TimeFormat
from contracts.source import AvroFiles, DelimitedText, OrcFiles, SparkSource
from sources.read_request import ReadRequest, check_readable, shown_text
from sources.rejects import Problem, Rejected, Rejects

FILE = SourceFile(uri="t.csv", bytes=9, modified_ns=0)
FIELDS = Problem(UnreadableFile, "expected 2 fields, found 3: '1,2,3'", "/source")


def request(rejects: Rejects | None = None) -> ReadRequest:
    return ReadRequest(FILE, SourceRange(file=3, start=50, end=99), {"a/b": "int64"}, rejects=rejects)


VALUE = request().wrong_value("a/b", b"x")
REMEDY = "; max_bad_records lets a job skip such rows"


def place(line: int) -> str:
    return f"line {100 + line}"


@pytest.mark.parametrize(
    ("problem", "kind", "message"),
    [
        (FIELDS, UnreadableFile, "t.csv, line 107: expected 2 fields, found 3: '1,2,3'" + REMEDY),
        (VALUE, UnparsableValue, "t.csv, line 107, column 'a/b': 'x' is not a whole number (int64)" + REMEDY),
    ],
)
def test_where_no_row_may_be_bad_the_first_is_an_error(problem: Problem, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        request().refuse(problem, 7, lambda: pytest.fail("nobody needs the row's bytes"), place)
    assert str(caught.value) == message
    assert getattr(caught.value, "pointer", None) == problem.pointer


def test_bad_rows_are_recorded_and_past_the_limit_the_first_is_named() -> None:
    rejects = Rejects(2)
    for line, problem in ((4, FIELDS), (9, VALUE)):
        request(rejects).refuse(
            problem, line, lambda line=line: b"%d" % line, lambda _: pytest.fail("no place is needed")
        )
    assert rejects.rows == [Rejected(3, 50, 4, FIELDS.reason, b"4"), Rejected(3, 50, 9, VALUE.reason, b"9")]
    with pytest.raises(TooManyBadRecords) as caught:
        request(rejects).refuse(VALUE, 11, lambda: b"", place)
    assert str(caught.value) == (
        "more than 2 rows cannot be read (max_bad_records). The first of them here: t.csv, line 104: "
        "expected 2 fields, found 3: '1,2,3'"
    )
    assert caught.value.pointer == "/max_bad_records"


def test_no_bad_row_may_be_recorded_where_none_is_allowed() -> None:
    with pytest.raises(TooManyBadRecords, match=r"more than 0 rows.*t\.csv, line 101"):
        request(Rejects(0)).refuse(FIELDS, 1, lambda: b"", place)


@pytest.mark.parametrize(
    ("kind", "words"), [("int64", "a whole number (int64)"), ("float64", "a number (float64)"), ("bytes", "a category")]
)
def test_a_wrong_value_is_named_with_what_it_should_be(kind: Any, words: str) -> None:
    problem = replace(request(), columns={"a/b": kind}).wrong_value("a/b", b"1\n\xff")
    assert problem == Problem(UnparsableValue, f"column 'a/b': '1\\n\\\\xff' is not {words}", "/features/a~1b")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (TimeFormat(), "a date or a time as ISO 8601 writes it"),
        (TimeFormat(format="%d.%m.%Y"), "a date or a time as '%d.%m.%Y' has it"),
        (TimeFormat(format="unix_s"), "a number of seconds since 1970"),
        (TimeFormat(format="unix_ns"), "a whole number of nanoseconds since 1970"),
    ],
)
def test_a_wrong_time_is_named_with_its_format(written: TimeFormat, words: str) -> None:
    asked = replace(request(), columns={"a/b": "instant"}, text_rules={"a/b": TextRule(time=written)})
    assert asked.wrong_value("a/b", "x").reason == f"column 'a/b': 'x' is not {words}"


def test_a_long_value_is_cut() -> None:
    assert shown_text("x" * 200) == repr("x" * 200)
    assert shown_text(b"x" * 201) == repr("x" * 200 + "…")
    assert shown_text("") == "''"


@pytest.mark.parametrize(
    "source", [AvroFiles(format="avro", uris=["a"]), SparkSource(format="spark", reader="jdbc")], ids=["avro", "spark"]
)
def test_what_only_spark_reads_is_refused(source: AvroFiles | SparkSource) -> None:
    with pytest.raises(InvalidRequest, match=f"only a dataset job reads the format {source.format}") as caught:
        check_readable(source)
    assert caught.value.pointer == "/source/format"


def test_other_sources_are_readable() -> None:
    for source in (DelimitedText(format="csv", uris=["a"]), OrcFiles(format="orc", uris=["a"])):
        assert check_readable(source) is source


@pytest.mark.parametrize(
    ("rule", "value", "reason"),
    [
        (TextRule(separator="|", limit=2), b"a|b", "'a|b' is not a category"),
        (TextRule(separator="|", limit=2), b"a|b|c", "a list of 3 tokens, and many.max is 2; shorten the list"),
        (TextRule(separator="|", of_numbers=True), b"1|far", "'1|far' is not a list of numbers with '|' between them"),
    ],
)
def test_a_wrong_list_is_named_by_its_rule(rule: TextRule, value: bytes, reason: str) -> None:
    asked = replace(request(), columns={"tags": "bytes"}, text_rules={"tags": rule})
    assert asked.wrong_value("tags", value).reason.startswith(f"column 'tags': {reason}")
