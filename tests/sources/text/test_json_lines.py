"""JSON lines: what their values become, whoever parses them, in any number of parts, and the lines that are bad."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.reading import planned, rows

from contracts.errors import UnparsableValue
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.read_request import ReadRequest
from sources.text.json_lines import _Reader

KINDS: dict[str, ValueType] = {"i": "int64", "f": "float64", "c": "bytes"}
NUMBERS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9))
FLOATS = st.one_of(NUMBERS, st.floats(), st.sampled_from(["", "7.5", "NA"]))
TOKENS = st.one_of(
    st.none(), st.text(max_size=5), st.booleans(), st.integers(), st.sampled_from([1.5, 2.0, -0.0, 1e20])
)
OBJECTS = st.fixed_dictionaries({}, optional={"i": NUMBERS, "f": FLOATS, "c": TOKENS, "more": st.just({"a": [1]})})


def expected(value: dict[str, Any]) -> tuple[Any, ...]:
    """What a line's values become, said once more in plain Python."""
    number: Any = value.get("f")
    number = None if number in {None, "", "NA"} or math.isnan(float(number)) else float(number)
    token: Any = value.get("c")
    if isinstance(token, bool):
        token = str(token).lower()
    elif isinstance(token, float):
        token = str(int(token)) if token.is_integer() else str(token)
    elif token is not None:
        token = str(token)
    return value.get("i"), number, token.encode() if token and token != "NA" else None


@settings(max_examples=200)
@given(
    objects=st.lists(OBJECTS, min_size=1, max_size=20),
    ending=st.sampled_from(["\n", "\r\n", "\n\n"]),
    escapes=st.booleans(),
    partitions=st.integers(1, 16),
)
def test_json_lines_mean_what_python_says(
    tmp_path_factory: pytest.TempPathFactory, objects: list[Any], ending: str, escapes: bool, partitions: int
) -> None:
    path = tmp_path_factory.mktemp("json") / "t.jsonl"
    text = ending.join(json.dumps(value, ensure_ascii=escapes) for value in objects)
    path.write_text(text, newline="")
    plan = planned(path, partitions, format="jsonl", columns=[*KINDS], null_values=["NA"])
    found = [(i, None if f is not None and math.isnan(f) else f, c) for i, f, c in rows(plan, KINDS)]
    assert found == [expected(value) for value in objects]


@settings(max_examples=300)
@given(
    lines=st.lists(st.text(st.sampled_from('{}"ict:1.,-e [\\u0'), max_size=16), min_size=1, max_size=3),
    objects=st.lists(OBJECTS, max_size=3),
)
def test_arrow_takes_no_lines_that_python_refuses(lines: list[str], objects: list[Any]) -> None:
    chunk = "\n".join([*(json.dumps(value) for value in objects), *lines]).encode()
    asked = ReadRequest(None, None, KINDS)  # type: ignore[arg-type] - errors are not told here
    reader = _Reader(JsonLines(format="jsonl", uris=["-"]), asked)
    quick = reader._read_with_arrow(chunk)
    if quick is not None:
        assert quick.equals(reader._read_lines(chunk))


@pytest.mark.parametrize("before", ["null", None])
@pytest.mark.parametrize(("value", "token"), [("true", b"true"), ("7", b"7"), ('"text"', b"text")])
def test_arrow_reads_categories_whose_first_values_are_missing(before: str | None, value: str, token: bytes) -> None:
    missing = "{}" if before is None else f'{{"c": {before}}}'
    chunk = "\n".join([*[missing] * 40, f'{{"c": {value}, "i": 1}}']).encode()
    asked = ReadRequest(None, None, {"c": "bytes", "i": "int64"})  # type: ignore[arg-type] - no error is raised
    batch = _Reader(JsonLines(format="jsonl", uris=["-"]), asked)._read_with_arrow(chunk)
    assert batch is not None
    assert batch.column("c").to_pylist() == [None] * 40 + [token]


def test_booleans_are_1_and_0_where_a_number_is_expected(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"i": true, "x": 2.5}\n{"i": 7, "x": false}\n{"i": false, "x": true}\n')
    found = rows(planned(path, 1, format="jsonl"), {"i": "int64", "x": "float64"})
    assert found == [(1, 2.5), (7, 0.0), (0, 1.0)]


def test_long_lines_and_compressed_json_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    wide = "z" * 3_000_000
    objects = [{"i": i, "c": "short"} for i in range(200_000)] + [{"i": -1, "c": wide}, {"i": -2, "c": "end"}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, objects)).encode(), 1))
    found = rows(planned(path, 4, format="jsonl"), {"i": "int64", "c": "bytes"})
    assert [row[0] for row in found] == [*range(200_000), -1, -2]
    assert found[-2][1] == wide.encode()


def test_numbers_keep_the_digits_that_a_double_does_not_have(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [
        b'{"i": 9007199254740993.0, "f": 90.21, "c": 1000000000000000001.0}',
        b'{"i": -9223372036854775808.0, "f": 0.1000000000000000055511151231257827, "c": 90.2100000000000001}',
        b'{"i": 1.000000000000000001e18, "f": 1e400, "c": 100000000000000000000000001}',
        b'{"i": null, "f": 9007199254740993, "c": 90.210}',
    ]
    path.write_bytes(b"\n".join(lines))
    assert rows(planned(path, format="jsonl"), KINDS) == [
        (2**53 + 1, 90.21, b"1000000000000000001"),
        (-(2**63), 0.1, b"90.2100000000000001"),
        (10**18 + 1, math.inf, b"100000000000000000000000001"),
        (None, 2.0**53, b"90.21"),
    ]


@pytest.mark.parametrize(
    "number", ["9223372036854775807.5", "9223372036854775808.0", "-9223372036854775808.5", "1e400"]
)
def test_a_whole_number_is_judged_by_all_its_digits(tmp_path: Path, number: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"i": {number}}}\n')
    with pytest.raises(UnparsableValue, match="is not a whole number"):
        rows(planned(path, format="jsonl"), {"i": "int64"})


Found = list[tuple[str, int, str, bytes]]


def test_bad_json_lines_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    bad = {
        3: (b"{'n': 1}", "not a JSON object: "),
        4: (b'{"n": 1.5, "t": "a"}', "column 'n': '1.5' is not a whole number (int64)"),
        6: (b'{"n": 1, "t": {"deep": 1}}\r', "column 't': an object, but a value must not be nested"),
        7: (b'{"n": 1, "n": 2}', "not a JSON object: the key 'n' occurs twice"),
        8: (b"[1, 2]", "not a JSON object: '[1, 2]'"),
        9: (b'{"n": 1, "t": "\\ud800"}', "column 't': "),
        10: (b'{"n": "\xff"}', "column 'n': '"),
    }
    lines = [bad[i][0] if i in bad else b'{"n": %d, "t": "\xff%d"}' % (i, i) for i in range(1, 13)]
    lines[1] = b""
    path.write_bytes(b"\n".join(lines))
    kinds: dict[str, ValueType] = {"n": "int64", "t": "bytes"}
    for partitions in (1, 4):
        found: Found = []
        plan = planned(path, partitions, format="jsonl", columns=["n", "t"])
        good = rows(plan, kinds, allowed=10, rejected=found)
        assert good == [(i, b"\xff%d" % i) for i in (1, 5, 11, 12)]
        assert [(line, raw) for _, line, _, raw in found] == [(line, raw) for line, (raw, _) in bad.items()]
        for (_, _, reason, _), (_, wanted) in zip(found, bad.values(), strict=True):
            assert reason.startswith(wanted)


INSTANTS: dict[str, ValueType] = {"t": "instant", "i": "int64"}
TIMES = ['"1970-01-01T00:00:01Z"', '"1970-01-02"', "null", '""', '"NA"', '"1970-01-01 01:00+01:00"']
MICROS = [1_000_000, 86_400_000_000, None, None, None, 0]


def test_instants_are_text_whoever_parses_them() -> None:
    chunk = "".join(f'{{"t": {time}, "i": {row}}}\n' for row, time in enumerate(TIMES)).encode()
    asked = ReadRequest(None, None, INSTANTS)  # type: ignore[arg-type] - no error is raised
    reader = _Reader(JsonLines(format="jsonl", uris=["-"], null_values=["NA"]), asked)
    quick, slow = reader._read_with_arrow(chunk), reader._read_lines(chunk)
    assert quick is not None
    assert quick.equals(slow)
    assert quick.column("t").to_pylist() == MICROS
    assert reader._read_with_arrow(b'{"t": "soon"}\n') is None, "the line is sought one by one"


def test_a_line_with_an_escape_or_without_the_key_has_its_instant(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"t": "1970-01-01T00:00:01\\u005a", "i": 1}\n{"i": 2}\n\n{"t": "1970-01-02", "i": 3.0}\n')
    assert rows(planned(path, format="jsonl"), INSTANTS) == [(1_000_000, 1), (None, 2), (86_400_000_000, 3)]


@pytest.mark.parametrize("value", ['"soon"', '"1970-02-30"', "5", "1.5", "true", "[1]", '{"a": 1}'])
def test_a_value_that_is_no_instant_is_a_bad_line(tmp_path: Path, value: str) -> None:
    path = tmp_path / "t.jsonl"
    bad = f'{{"t": {value}, "i": 8}}'
    lines = [f'{{"t": {time}, "i": {row}}}' for row, time in enumerate(TIMES)]
    path.write_text("\n".join([*lines[:3], bad, *lines[3:]]))
    plan = planned(path, format="jsonl", null_values=["NA"])
    rejected: Found = []
    assert rows(plan, INSTANTS, allowed=1, rejected=rejected) == list(zip(MICROS, range(6), strict=True))
    ((_, line, reason, raw),) = rejected
    assert (line, raw) == (4, bad.encode())
    assert reason.startswith("column 't': ")
    with pytest.raises(UnparsableValue, match=r"t\.jsonl, line 4, column 't': ") as caught:
        rows(plan, INSTANTS)
    assert caught.value.pointer == "/features/t"
