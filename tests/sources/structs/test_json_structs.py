"""Nested objects of JSON lines: read by Arrow and line by line alike, with bad rows that name their path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.sources.reading import planned, rows

from contracts.errors import UnparsableValue, UnreadableFile
from sources.structs.json_structs import JsonPaths, object_columns
from sources.text.json_lines import _Reader

COLUMNS: Any = {"id": "int64", "user.age": "float64", "user.address.city": "bytes"}
ROWS = [
    '{"id": 1, "user": {"age": 3.5, "address": {"city": "Ulm", "zip": 5}, "more": [{}]}}',
    '{"id": 2, "user": null}',
    '{"id": 3, "user": {"address": null, "age": null}}',
    '{"id": 4}',
    '{"id": 5, "user": {}}',
    '{"id": 6, "user": {"address": {"city": ""}, "age": 1}}',
]
VALUES = [(1, 3.5, b"Ulm"), (2, None, None), (3, None, None), (4, None, None), (5, None, None), (6, 1.0, None)]


def read(path: Path, lines: list[str], **options: Any) -> list[Any]:
    path.write_text("\n".join(lines) + "\n")
    plan = planned(path, format="jsonl", **options)
    return rows(plan, COLUMNS)


def test_paths_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    assert read(path, ROWS) == VALUES
    assert planned(path, format="jsonl").columns == [
        "id",
        "user.age",
        "user.address.city",
        "user.address.zip",
        "user.more",
    ]


def test_arrow_and_lines_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flat = ['{"id": 7, "user.age": 2, "user.address.city": "Bonn"}', '{"id": 8, "user.age": null, "user": {"age": 4}}']
    lines = [*ROWS, *flat]
    by_arrow = read(tmp_path / "a.jsonl", lines)
    assert by_arrow == [*VALUES, (7, 2.0, b"Bonn"), (8, 4.0, None)]
    calls: list[object] = []
    monkeypatch.setattr(_Reader, "_read_with_arrow", lambda *given: calls.append(given))
    assert read(tmp_path / "l.jsonl", lines) == by_arrow
    assert calls


def test_nested_rows_are_read_by_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Reader, "_read_lines", lambda *_: pytest.fail("line by line"))
    assert read(tmp_path / "t.jsonl", ROWS) == VALUES


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"user": "x"}', r"column 'user\.age': 'user' is 'x', and must be an object or null"),
        ('{"user": [1]}', r"column 'user\.age': 'user' is a list, and must be an object"),
        ('{"user": {"address": 1}}', r"column 'user\.address\.city': 'user\.address' is '1', and must be"),
        ('{"user": {"address": {"city": {"a": 1}}}}', r"column 'user\.address\.city': an object, but"),
        ('{"user": {"age": "old"}}', r"column 'user\.age': 'old' is not a number"),
        ('{"user": {"age": 1}, "user.age": 2}', r"column 'user\.age': it is there twice, as the key 'user\.age' and"),
        ('{"user": {"age": 1, "age": 2}}', r"column 'user\.age': the key 'user\.age' occurs twice"),
    ],
)
def test_bad_rows_name_line_and_path(tmp_path: Path, line: str, reason: str) -> None:
    lines = ROWS * 20_000  # past the first MiB, in which a column's kind is sampled
    assert len("\n".join(lines)) > 1 << 20
    with pytest.raises((UnparsableValue, UnreadableFile), match=rf"t\.jsonl, line {len(lines) + 1}, {reason}"):
        read(tmp_path / "t.jsonl", [*lines, line])


def test_keys_with_full_stops_are_as_before(tmp_path: Path) -> None:
    """A column that is a value itself has no leaves."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": "x", "a.b": 1}\n{"a": "y"}\n{"a.b": 3}\n')
    plan = planned(path, format="jsonl")
    assert plan.columns == ["a", "a.b"]
    assert rows(plan, {"a.b": "int64"}) == [(1,), (None,), (3,)]
    assert rows(plan, {"a": "bytes", "a.b": "int64"}) == [(b"x", 1), (b"y", None), (None, 3)]


def test_what_is_a_struct() -> None:
    assert object_columns([{"a": None}, {"a": {"b": 1}}, {"a": {"c": {"d": None}}}]) == ["a.b", "a.c.d"]
    assert object_columns([{"a": {"b": 1}}, {"a": 2}]) == ["a"]
    assert object_columns([{"a": {}}, {"b": None}]) == ["a", "b"]
    assert object_columns([{"a": {"b.c": 1}, "d": {"e": {"f.g": 1}, "h": 1}}]) == ["a", "d.e", "d.h"]
    deep: dict[str, Any] = json.loads('{"a":' * 400 + "1" + "}" * 400)
    assert object_columns([deep]) == [".".join("a" * 33)]


def test_where_paths_may_be() -> None:
    paths = JsonPaths(["ü.b", "c.d.e"])
    wanted = {
        '{"ü": {"b": 1}}': True,
        '{"\\u00fc": {"b": 1}}': True,
        '{"x": {"d": 1}, "ü.b": 1}': False,
        '{"c": 1}': True,
    }
    assert {text: paths.may_be_in(text.encode()) for text in wanted} == wanted
    assert not JsonPaths(()).may_be_in(b'{"a": {"b": "\\u"}}')


def test_leaves_of_one_object() -> None:
    paths = JsonPaths(["a.b", "a.c.d"])
    assert paths.leaves({"a": {"b": 1, "c": {"d": [2]}, "x": 3}}) == ({"a.b": 1, "a.c.d": [2]}, {})
    assert paths.leaves({"a": {"b": 1, "c": 7}}) == (
        {"a.b": 1},
        {"a.c.d": "'a.c' is '7', and must be an object or null"},
    )
    assert paths.leaves({"a": 7, "a.b": 1})[1] == {"a.c.d": "'a' is '7', and must be an object or null"}
