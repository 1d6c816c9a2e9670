"""An odd line of JSON means the same wherever it stands, in any number of parts, by either of the two readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.sources.reading import planned, rows

from contracts.dataset.manifest import SourceRange
from contracts.schema import ValueType
from contracts.source import JsonLines
from preprocessing.assignment.assign import column_fingerprints, row_fingerprints
from sources.read_range import read_range
from sources.read_request import ReadRequest
from sources.rejects import Rejects
from sources.text.json_lines import _Reader

KINDS: dict[str, ValueType] = {"i": "int64", "f": "float64", "c": "bytes"}
_PLAIN_NUMBERS = r"""
0 -0 1 -1 1.0 1.5 1e2 1E+2 1e-2 -1e-400 1e400 -1e400 01 -01 +1 .5 1. 1.e2 0e1 -0.0 --1 0x1 1_000 1,5
NaN -NaN +NaN nan Inf -Inf +Inf inf INF Infinity -Infinity Infinit -Infx true false null nul True
9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 4.9e-324
"""
NUMBERS = (
    *_PLAIN_NUMBERS.split(),
    *("1" * 400, "-" + "1" * 400, "1" * 5000, "-" + "1" * 5000, "0." + "1" * 5000, "1 2", "1\x0c", "1\x00", "\uff11"),
)
_PLAIN_STRINGS = r"""
"" "a" "NA" "7" "7.5" "1e5" "Inf" "nan" "true" "{" "}" "[[" "x,Inf,y" "-NaN,"
"\u0000" "\ud800" "\udc80" "\ud83d\udc80" "\ud800\u0041" "\u12" "\x41" "\"" "\\" "\/" "\n" "\uFFFF"
"""
STRINGS = (
    *_PLAIN_STRINGS.split(),
    *('"a\x00b"', '"a\tb"', "'a'", '"a', 'a"', '"\u2028"', '"\ufeff"', '"\U0001f600"', '" 7"'),
)
_PLAIN_NESTED = r"""
[] {} [1] [1,] [,1] {"a":1} {"a":1,} {"a":1,"a":2} {a:1} {"a"} {null:1} /**/1 1// [NaN] [Inf] [-NaN] [-0]
"""
NESTED = (
    *_PLAIN_NESTED.split(),
    *("[1 2]", "[[]", "[1]]", "*", "#1", "[01]"),
    *("[" * depth + "]" * depth for depth in (50, 511, 512, 5000, 100_000)),
    *("[" * 5000, '{"a":' * 5000 + "1" + "}" * 5000),
)
BYTES = (
    *(b'"\xff"', b'"\xff\\u00e9"', b'"\xff\\udcff"', b'"\\udcff\xff"', b'"\xed\xa0\x80"', b'"\xc0\xa2"', b"\xff"),
    *(b'"\xf4\x90\x80\x80"', b'"\xff\\ud83d\\udc80"', b"1\xff"),
)
WHOLE = (
    *(b"{}", b" {}", b"{} ", b"\t{}\t", b"\r{}", b"{}\r", b"{}\r\r", b"\x0c{}", b"{}\x00", b"\x00", b"", b" ", b"\r"),
    *(b"{}{}", b"{} {}", b"{},{}", b"{},", b",{}", b"[{}]", b"{} null", b"null {}", b"{} null {}", b"null", b" null\r"),
    *(b"true", b"1", b'"a"', b"NaN", b'\xef\xbb\xbf{"i":1}', b'{"i":1}\xef\xbb\xbf', b"\xff\xfe{\x00}\x00"),
    *(b'{"i":1,"i":1}', b'{"i":1,"\\u0069":2}', b'{"x":1,"x":2}', b'{"i":null,"i":1}', b'{"\\u0069":5}', b'{"":1}'),
    *(b'{"i":1}//c', b"#c", b'{"i":1}}', b'{{"i":1}}', b'{"i":1', b'"i":1}', b'{"i" 1}', b"{'i':1}", b"{i:1}"),
    *(b'{"i":1;"f":2}', b'{"i"\t:\t1\r}', b'{"i":\x0c1}', b'{"i":\xc2\xa01}', b'{"\xff":1}', b'{"\\ud800":2}'),
)
GOOD = (b'{"i": 1, "f": 1.5, "c": "u"}', b'{"i": 2, "f": 2.5, "c": 3}', b'{"i": 3, "f": 3.5, "c": true}')
AS_TEXT = b'{"i": "7", "f": "7.5", "c": 1.5}'
"""A good line that Arrow does not take."""


def odd_lines() -> Iterator[bytes]:
    yield from WHOLE
    for value in [*(text.encode() for text in (*NUMBERS, *STRINGS, *NESTED)), *BYTES]:
        for name in ("i", "f", "c", "x"):
            yield b'{"%s": %s, "more": 1}' % (name.encode(), value)


def shown(batch: pa.RecordBatch) -> list[str]:
    """The rows as text, in which -0.0 is not 0.0 and NaN is NaN."""
    return [repr(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]


def test_arrow_takes_an_odd_line_in_any_place_as_the_careful_reader_does_or_leaves_it() -> None:
    taken = 0
    for line in odd_lines():
        for chunk in (line, *(good + b"\n" + line for good in GOOD), *(line + b"\n" + good + b"\n" for good in GOOD)):
            rejects = Rejects(10)
            request = ReadRequest(None, SourceRange(file=0, start=0, end=1), KINDS, rejects=rejects)  # type: ignore[arg-type]
            reader = _Reader(JsonLines(format="jsonl", uris=["-"]), request)
            quick = reader._read_with_arrow(chunk)
            if quick is not None:
                taken += 1
                assert shown(quick) == shown(reader._read_lines(chunk)), chunk[:80]
                assert not rejects.rows, chunk[:80]
    assert taken > 200


def outcome(path: Path, partitions: int) -> tuple[list[str], list[tuple[str, int, str, bytes]], list[int]]:
    """Rows, rejected lines, and the fingerprint of each row."""
    plan = planned(path, partitions, format="jsonl", columns=[*KINDS])
    rejected: list[tuple[str, int, str, bytes]] = []
    values = [repr(row) for row in rows(plan, KINDS, allowed=1000, rejected=rejected)]
    prints = [
        row_fingerprints(column_fingerprints(batch), [*KINDS])
        for part in plan.ranges
        for batch in read_range(plan.source, plan.files, part, KINDS, rejects=Rejects(1000))
    ]
    return values, rejected, [] if not prints else np.concatenate(prints).tolist()


def test_odd_lines_mean_the_same_in_any_number_of_parts(tmp_path: Path) -> None:
    odd = [line for line in odd_lines() if len(line) < 3000]
    lines = [line for index, each in enumerate(odd) for line in (GOOD[index % 3], each, GOOD[index // 7 % 3])]
    (tmp_path / "t.jsonl").write_bytes(b"\n".join(lines))
    first, *others = (outcome(tmp_path / "t.jsonl", partitions) for partitions in (1, 2, 3, 6, 16, 400))
    assert len(first[0]) + len(first[1]) == sum(bool(line.strip()) for line in lines)
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    "odd",
    [b"null", b'{"i": 0, "m": {"k": 1, "k": 2}}', b'{"i": 0, "i": 0}', b'{"f": -0}', b'{"f": Inf}', b'{"f": -NaN}'],
)
@pytest.mark.parametrize("place", [0, 1, 30, 59])
def test_an_odd_line_means_the_same_in_the_part_of_a_line_that_arrow_does_not_take(
    tmp_path: Path, odd: bytes, place: int
) -> None:
    lines = [GOOD[0]] * 60
    lines[45], lines[place] = AS_TEXT, odd
    (tmp_path / "t.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    first, *others = (outcome(tmp_path / "t.jsonl", partitions) for partitions in (1, 2, 3, 6, 16))
    assert len(first[0]) + len(first[1]) == 60
    assert all(other == first for other in others)


def test_a_file_of_nothing_but_nulls_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b"null\nnull\n")
    rows_taken, rejected, _ = outcome(tmp_path / "t.jsonl", 1)
    assert (rows_taken, [line for _, line, _, _ in rejected]) == ([], [1, 2])
    assert {reason for _, _, reason, _ in rejected} == {"not a JSON object: 'null'"}
