"""JSON lines and Arrow files: what their values become, whoever parses them, in any number of parts."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.reading import planned, rows

from contracts.errors import InvalidData
from contracts.schema import ValueType
from contracts.source import JsonLines
from sources.read_request import ReadRequest
from sources.text.json_keys import sampled_types
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


def test_json_types_are_inferred_from_values() -> None:
    source = JsonLines(format="jsonl", uris=["-"], null_values=["NA"])
    objects = [
        {"i": 1, "f": 1, "t": "1", "b": True, "n": None, "l": [1], "m": 1, "big": 2**70},
        {"i": "NA", "f": 1.5, "t": "2", "b": None, "m": "a"},
    ]
    assert sampled_types(source, objects, ["i", "f", "t", "b", "n", "l", "m", "big"]) == {
        "i": "int64",
        "f": "float64",
        "t": "bytes",
        "b": "bytes",
        "n": "float64",
        "l": None,
        "m": "bytes",
        "big": "float64",
    }


def test_long_lines_and_compressed_json_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    wide = "z" * 3_000_000
    objects = [{"i": i, "c": "short"} for i in range(200_000)] + [{"i": -1, "c": wide}, {"i": -2, "c": "end"}]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, objects)).encode(), 1))
    found = rows(planned(path, 4, format="jsonl"), {"i": "int64", "c": "bytes"})
    assert [row[0] for row in found] == [*range(200_000), -1, -2]
    assert found[-2][1] == wide.encode()


def test_json_keys_are_those_of_the_first_mebibyte_of_each_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"a": 1}\n' * 200_000 + b'{"late": 1}\n')
    plan = planned(path, 3, format="jsonl")
    assert plan.columns == ["a"]
    assert len(rows(plan, {"a": "int64"})) == 200_001
    assert planned(path, format="jsonl", columns=["late", "a"]).columns == ["late", "a"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("compression", [None, "zstd"])
def test_arrow_files_and_streams_are_read(tmp_path: Path, stream: bool, compression: str | None) -> None:
    path = tmp_path / "t.arrow"
    content = pa.table(
        {
            "i": pa.array([1, None, 3, 4, 5], pa.int16()),
            "d": pa.array(["x", "y", None, "x", ""]).dictionary_encode(),
            "l": pa.array([[1], None, [], [2], [3]]),
        }
    )
    options = pa.ipc.IpcWriteOptions(compression=compression)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as sink, make(sink, content.schema, options=options) as writer:
        writer.write_table(content, max_chunksize=2)
    plan = planned(path, 3, format="arrow")
    assert len(plan.ranges) == (1 if stream else 3)
    assert rows(plan, {"d": "bytes", "i": "int64"}) == [(b"x", 1), (b"y", None), (None, 3), (b"x", 4), (None, 5)]
    with pytest.raises(InvalidData, match=r"t\.arrow: column 'l' is list.* a nested column; flatten it"):
        rows(plan, {"l": "bytes"})


@pytest.mark.parametrize("group_rows", [1, 7, 20, 100, 1000])
@pytest.mark.parametrize("partitions", [1, 2, 3, 8, 50])
def test_a_row_group_may_be_several_ranges(
    tmp_path: Path, group_rows: int, partitions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.columnar.parquet.BATCH_ROWS", 6)
    path = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"i": pa.array(range(100)), "s": [f"s{at}" for at in range(100)]}), path, row_group_size=group_rows
    )
    plan = planned(path, partitions, format="parquet")
    assert 0.7 * partitions <= len(plan.ranges) <= partitions
    assert [part.start for part in plan.ranges[1:]] == [part.end for part in plan.ranges[:-1]]
    assert all(part.end - part.start <= 2 * -(-100 // partitions) for part in plan.ranges)
    if group_rows == 20 and partitions < 5:
        assert all(part.start % 20 == 0 for part in plan.ranges), "no row group is decoded twice"
    assert rows(plan, {"i": "int64", "s": "bytes"}) == [(at, f"s{at}".encode()) for at in range(100)]


@pytest.mark.parametrize("group_rows", [40, 200, 333, 1000])
def test_a_file_of_few_row_groups_is_several_tasks(
    tmp_path: Path, group_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preprocessing.planning.ranges.SMALL_RANGE_BYTES", 100)
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"i": pa.array(range(1000))}), path, row_group_size=group_rows)
    plan = planned(path, None, format="parquet")
    assert 4 <= len(plan.ranges) <= 10
    assert [part.start for part in plan.ranges[1:]] == [part.end for part in plan.ranges[:-1]]
    assert plan.ranges[-1].end - plan.ranges[-1].start <= plan.ranges[0].end, "the last are small"
    assert rows(plan, {"i": "int64"}) == [(at,) for at in range(1000)]


@pytest.mark.parametrize("values", [["a", "", None, "tokens of more than eight bytes"], [None], [""], [b"\xff", b"a"]])
def test_text_is_the_same_with_and_without_a_dictionary(tmp_path: Path, values: list[str | bytes | None]) -> None:
    found: list[Any] = []
    column = pa.array((values * 5000)[:5000], pa.binary() if isinstance(values[0], bytes) else pa.string())
    for dictionary in (True, False):
        path = tmp_path / f"{dictionary}.parquet"
        pq.write_table(pa.table({"c": column}), path, use_dictionary=dictionary, row_group_size=999)
        found.append(rows(planned(path, 3, format="parquet"), {"c": "bytes"}))
    with_dictionary, without = found
    expected = [value.encode() if isinstance(value, str) else value for value in column.to_pylist()]
    assert with_dictionary == without == [(value or None,) for value in expected]


@pytest.mark.parametrize("damage", [slice(100, 160), slice(-200, None)])
def test_damaged_arrow_files_are_named(tmp_path: Path, damage: slice) -> None:
    path = tmp_path / "t.arrow"
    content = pa.table({"s": [f"text {i}" for i in range(3000)]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content)
    data = bytearray(path.read_bytes())
    data[damage] = b"\xff" * len(data[damage])
    path.write_bytes(data)
    with pytest.raises(InvalidData, match=r"t\.arrow"):
        rows(planned(path, format="arrow"))


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
