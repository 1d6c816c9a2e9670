"""Keys and types of JSON lines, from the first MiB of a file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from tests.sources.reading import planned, rows, written

from contracts.errors import UnreadableFile
from contracts.source import JsonLines
from sources.text.json_keys import sample_objects, sampled_keys, sampled_types

SOURCE = JsonLines(format="jsonl", uris=["-"], null_values=["NA"])
BOM = b"\xef\xbb\xbf"


def test_json_types_are_inferred_from_values() -> None:
    objects = [
        {"i": 1, "f": 1, "t": "1", "b": True, "n": None, "l": [1], "m": 1, "big": 2**70},
        {"i": "NA", "f": 1.5, "t": "2", "b": None, "m": "a"},
    ]
    assert sampled_types(SOURCE, objects, ["i", "f", "t", "b", "n", "l", "m", "big"]) == {
        "i": "int64",
        "f": "float64",
        "t": "bytes",
        "b": "bytes",
        "n": "float64",
        "l": None,
        "m": "bytes",
        "big": "float64",
    }


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, -5], "int64"),
        ([True, 1], "bytes"),
        ([False], "bytes"),
        ([1, "1"], "bytes"),
        ([1.0], "float64"),
        (["", "NA", None], "float64"),
        ([1, {"a": 1}], None),
        ([2**63 - 1], "int64"),
        ([2**63], "float64"),
    ],
)
def test_the_type_of_one_key(values: list[object], kind: str | None) -> None:
    assert sampled_types(SOURCE, [{"a": value} for value in values], ["a"]) == {"a": kind}
    assert sampled_types(SOURCE, [], ["a"]) == {"a": "float64"}


def test_keys_are_in_the_order_of_their_first_occurrence(tmp_path: Path) -> None:
    file = written(tmp_path / "t.jsonl", BOM + b'{"b": 1, "a": {"deep": 1}}\r\n\n{"c": null, "b": 2}')
    assert sampled_keys(SOURCE, [file]) == ["b", "a.deep", "c"]


def test_what_is_no_object_is_skipped(tmp_path: Path) -> None:
    lines = [b"[1]", b"{'a': 1}", b'"text"', b"[" * 100_000, b'{"a": "\xff"}', b'{"a": 1', b"{}"]
    assert sample_objects(SOURCE, written(tmp_path / "t.jsonl", b"\n".join(lines))) == [{"a": "\udcff"}, {}]
    assert sample_objects(SOURCE, written(tmp_path / "t.jsonl", b"")) == []


def test_a_compressed_file_is_sampled_like_its_text(tmp_path: Path) -> None:
    file = written(tmp_path / "t.jsonl.gz", gzip.compress(BOM + b'{"a": 1}\n'))
    assert sampled_keys(SOURCE, [file]) == ["a"]


def test_a_line_that_the_sample_cuts_is_left_out_but_a_long_first_line_is_whole(tmp_path: Path) -> None:
    short = b'{"a": 1}\n'
    file = written(tmp_path / "t.jsonl", short + json.dumps({"b": "x" * (1 << 20)}).encode() + b"\n")
    assert sampled_keys(SOURCE, [file]) == ["a"]
    file = written(tmp_path / "t.jsonl", json.dumps({"b": "x" * (1 << 20), "c": 1}).encode() + b"\n" + short)
    assert sampled_keys(SOURCE, [file]) == ["b", "c", "a"]


def test_json_keys_are_those_of_the_first_mebibyte_of_each_file(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b'{"a": 1}\n' * 200_000 + b'{"late": 1}\n')
    plan = planned(path, 3, format="jsonl")
    assert plan.columns == ["a"]
    assert len(rows(plan, {"a": "int64"})) == 200_001
    assert planned(path, format="jsonl", columns=["late", "a"]).columns == ["late", "a"]


@pytest.mark.parametrize("line", [b'{"caf\xe9": 1}', b'{"\\ud800": 1}'])
def test_a_key_that_is_not_unicode_is_named(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"t\.jsonl: the key '.*\\ud[0-9a-f]+' is not UTF-8"):
        sampled_keys(SOURCE, [written(tmp_path / "t.jsonl", b'{"a": 1}\n' + line)])
