"""Sources that are described from files of every form and encoding, and files that cannot be."""

from __future__ import annotations

import bz2
import gzip
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from tests.preprocessing.proposals.tables import ROWS, Propose, base, flags, table

from contracts.errors import InvalidData, InvalidRequest, NotAllowed, NotFound, UnreadableFile
from contracts.messages.schemas import InferRequest
from preprocessing.proposals.propose import propose


def test_headers(proposed: Propose) -> None:
    rows = [(i % 2, i * 1.5, "red" if i % 3 else "blue") for i in range(50)]
    body = "".join(f"{a},{b},{c}\n" for a, b, c in rows)
    none = proposed(body, label={"column": "column_1"})
    assert none.request["source"]["header"] is False
    assert none.request["source"]["columns"] == ["column_1", "column_2", "column_3"]
    assert list(none.request["features"]) == ["column_2", "column_3"]
    twice = proposed("y,x,x\n" + body, label={"column": "y"})
    assert twice.request["source"]["columns"] == ["y", "x", "x_2"]
    assert flags(twice, None)["renamed"].evidence == {"twice": ["x"]}
    words = "".join(f"{'north' if i % 2 else 'south'},{'red' if i % 3 else 'blue'}\n" for i in range(50))
    assert proposed("side,colour\n" + words).request["source"].get("header", True)
    assert proposed(words).request["source"]["header"] is False
    assert proposed(words, header=True).evidence.source.guesses["header"].given


def test_rows_before_the_table_and_rows_that_are_short(proposed: Propose) -> None:
    rows = "".join(f"{i % 2},{i * 1.5},red\n" if i % 10 else f"{i % 2},{i * 1.5}\n" for i in range(100))
    proposal = proposed("My report\nof today\ny,x,c\n" + rows, label={"column": "y"})
    assert proposal.request["source"]["skip_lines"] == 2
    assert proposal.request["source"]["ragged"] == "null_padding"
    assert proposal.evidence.features["c"].missing == 10


def test_rows_that_cannot_be_read_are_shown(proposed: Propose) -> None:
    rows = "".join(f"{i % 2},{i * 1.5},red\n" if i != 60 else "1,2,3,4,5\n" for i in range(100))
    proposal = proposed("y,x,c\n" + rows, label={"column": "y"})
    flag = flags(proposal, None)["bad_rows"]
    assert flag.evidence["rows"] == 1
    assert "expected 3 fields, found 5" in flag.evidence["reasons"][0]
    assert proposal.request["max_bad_records"] == 1, "the sample is the whole file"
    assert "max_bad_records" not in proposed("y,x,c\n" + "0,1.5,red\n1,2.5,blue\n", label={"column": "y"}).request


def test_of_a_large_file_twice_the_share_of_malformed_rows_may_be_skipped(proposed: Propose) -> None:
    rows = "".join(f"{i % 2},{i * 1.5},red\n" if i % 100 else "1,2,3,4,5\n" for i in range(200_000))
    allowed = proposed("y,x,c\n" + rows, label={"column": "y"}).request["max_bad_records"]
    assert 2500 < allowed < 6500


@pytest.mark.parametrize(
    ("pack", "file", "compression"),
    [
        (gzip.compress, "t.csv.gz", None),
        (gzip.compress, "t.csv", "gzip"),
        (bz2.compress, "t.csv.bz2", None),
        (bytes, "t.csv.gz", "none"),
    ],
)
def test_compression_is_known_by_the_first_bytes(
    proposed: Propose, pack: Callable[[bytes], bytes], file: str, compression: str | None
) -> None:
    proposal = proposed(pack(table(base()).encode()), file)
    assert proposal.request["source"].get("compression") == compression
    assert proposal.request["name"] == "t"
    assert proposal.evidence.source.rows == ROWS


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_wide_text_and_marks(proposed: Propose, encoding: str) -> None:
    proposal = proposed(table(base(), "\t").encode(encoding), "t.txt")
    assert proposal.request["source"]["format"] == "tsv"
    assert proposal.request["source"].get("encoding", "utf-8") == encoding.removesuffix("-sig")
    assert list(proposal.evidence.features) == ["late", "size", "colour"]


def test_json_lines(proposed: Propose) -> None:
    columns = base()
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for i, row in enumerate(rows):
        row |= {"shop": i % 7, "deep": {"a": {"b": i * 0.7}, "list": [{"c": i}]}, "sparse": None if i % 2 else i * 0.3}
    proposal = proposed("".join(json.dumps(row) + "\n" for row in rows), "t.jsonl")
    assert proposal.request["source"] == {"uris": ["t.jsonl"], "format": "jsonl"}
    assert proposal.request["features"] == {
        "size": {"kind": "numeric", "dtype": "float64"},
        "colour": {"kind": "categorical"},
        "shop": {"kind": "categorical"},
        "deep.a.b": {"kind": "numeric", "dtype": "float64"},
        "sparse": {"kind": "numeric", "dtype": "float64"},
    }
    assert proposal.request["exclude"] == ["deep.list"]
    assert "unsupported" in flags(proposal, "deep.list")
    assert proposal.evidence.features["sparse"].missing == ROWS // 2


def test_files_that_carry_types(proposed: Propose, tmp_path: Path) -> None:
    draw = random.Random(13)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    columns = pa.table({
        "late": [bool(draw.getrandbits(1)) for _ in range(ROWS)],
        "size": [draw.uniform(0, 9) for _ in range(ROWS)],
        "month": pa.array([i % 12 for i in range(ROWS)], pa.int8()),
        "word": [draw.choice(["a", "b", "N/A"]) for _ in range(ROWS)],
        "other": [draw.choice(["c", "d", "N/A"]) for _ in range(ROWS)],
        "digits": [draw.choice(["1", "2", "3"]) for _ in range(ROWS)],
        "when": [start + timedelta(hours=i) for i in range(ROWS)],
        "list": [[i] for i in range(ROWS)],
    })  # fmt: skip
    pq.write_table(columns, tmp_path / "t.parquet", row_group_size=100)
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pa.ipc.new_file(file, columns.schema) as writer:
        writer.write_table(columns, max_chunksize=100)
    orc.write_table(columns, str(tmp_path / "t.orc"))
    for file in ("t.parquet", "t.arrow", "t.orc"):
        proposal = proposed(file=file)
        assert proposal.request["source"] == {"uris": [file], "format": file.removeprefix("t.")}
        assert proposal.request["features"] == {
            "size": {"kind": "numeric", "dtype": "float64"},
            "month": {"kind": "categorical"},
            "word": {"kind": "categorical", "null_values": ["N/A"]},
            "other": {"kind": "categorical", "null_values": ["N/A"]},
            "digits": {"kind": "categorical"},
            "when": {"kind": "datetime", "parts": ["month", "weekday", "hour"]},
            "list": {"kind": "categorical", "many": {}},
        }
        assert proposal.request["exclude"] == []
        assert list(flags(proposal, "when")) == ["datetime"]
        assert list(flags(proposal, "list")) == ["list"]
        assert proposal.evidence.source.complete


def test_partition_columns(proposed: Propose, tmp_path: Path) -> None:
    for year in (2023, 2024, 2025):
        folder = tmp_path / "sales" / f"year={year}"
        folder.mkdir(parents=True)
        (folder / "part.csv").write_text(table(base(200, seed=year)))
    proposal = proposed(uris=["sales"])
    assert proposal.request["features"]["year"] == {"kind": "categorical"}
    assert proposal.evidence.features["year"].distinct == 3
    assert (proposal.evidence.source.files, proposal.evidence.source.rows) == (3, 600)
    assert proposal.request["name"] == "sales"


def test_one_column_keeps_its_commas(proposed: Propose) -> None:
    text = "text\n" + "".join(f"{'well, ' * (i % 4)}so it goes {i % 5}\n" for i in range(100))
    proposal = proposed(text)
    assert list(proposal.evidence.features) == ["text"]
    assert proposal.request["source"]["delimiter"] not in {",", " "}


@pytest.mark.parametrize(
    ("content", "file", "error", "message", "pointer"),
    [
        (b"", "nowhere.csv", NotFound, "nowhere.csv", "/uris/0"),
        (b" \n\n", "t.csv", UnreadableFile, "is empty", "/uris"),
        (b"a,b\n", "t.csv", UnreadableFile, "no rows", "/uris"),
        (bytes(range(256)) * 9, "t.csv", UnreadableFile, "binary", "/uris"),
        (b"PK\x03\x04 and more", "t.xlsx", UnreadableFile, "Excel", "/uris"),
        (b"Obj\x01 and more", "t.avro", InvalidRequest, "only dataset jobs read", "/uris"),
        (b"ORC and more", "t.orc", UnreadableFile, "not an ORC file", "/uris"),
        (b'[{"a": 1},\n {"a": 2}]', "t.json", UnreadableFile, "one object a line", "/uris"),
        (b"\x1f\x8b broken", "t.csv.gz", UnreadableFile, "not readable as gzip", "/uris"),
        (b"PAR1 broken", "t.parquet", UnreadableFile, "not a Parquet file", "/uris"),
        (b"a\n1\n1\n", "t.csv", InvalidData, "no column is left", "/uris"),
    ],
)
def test_files_that_cannot_be_looked_at(
    proposed: Propose, content: bytes, file: str, error: type[Exception], message: str, pointer: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        proposed(content, file)
    assert getattr(raised.value, "pointer", None) == pointer


def test_an_empty_file_is_said_to_be(proposed: Propose, tmp_path: Path) -> None:
    (tmp_path / "t.csv").touch()
    with pytest.raises((UnreadableFile, NotFound)):
        proposed(file="t.csv")


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("format", "spark", "/format"),
        ("delimiter", ";;", "/delimiter"),
        ("encoding", "klingon", "/encoding"),
        ("label", {"column": "nothing"}, "/label/column"),
        ("columns", ["a", "b"], "/columns"),
    ],
)
def test_what_is_given_must_be_right(proposed: Propose, field: str, value: object, pointer: str) -> None:
    with pytest.raises((InvalidRequest, NotFound)) as raised:
        proposed(table(base()), **{field: value})
    assert raised.value.pointer == pointer


def test_files_outside_the_roots_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(NotAllowed) as raised:
        propose(InferRequest(uris=["../t.csv"]), [str(tmp_path / "inside")])
    assert raised.value.pointer == "/uris/0"


def spaced(rows: int = 2000, seed: int = 1) -> str:
    """A census-like file: a space after each delimiter, and `?` where a value is missing."""
    draw = random.Random(seed)
    lines = ["age, work, hours, income"]
    for _ in range(rows):
        work = draw.choice(["Private", "State-gov", "?", "Self-emp"])
        lines.append(f"{draw.randrange(17, 90)}, {work}, {draw.randrange(10, 60)}, {draw.choice(['<=50K', '>50K'])}")
    return "\n".join(lines) + "\n"


def test_spaces_after_delimiters_are_an_option(proposed: Propose) -> None:
    proposal = proposed(spaced(), label={"column": "income"})
    source = proposal.request["source"]
    assert (source["skip_initial_space"], source["null_values"]) == (True, ["", "?"])
    guess = proposal.evidence.source.guesses["skip_initial_space"]
    assert (guess.given, guess.reason) == (False, "a space follows 100% of the delimiters")
    assert proposal.request["label"]["expression"] in {"`income` = '>50K'", "`income` = '<=50K'"}
    kinds = {name: feature["kind"] for name, feature in proposal.request["features"].items()}
    assert kinds == {"age": "numeric", "work": "categorical", "hours": "numeric"}
    shown = {share.value for share in proposal.evidence.features["work"].examples}
    assert shown == {"Private", "State-gov", "Self-emp"}


def test_a_name_that_differs_by_a_space_is_the_nearest(proposed: Propose) -> None:
    with pytest.raises(NotFound, match=r"no column 'income'; the nearest is ' income'\. Its columns: 'age', ' work', "):
        proposed(spaced(), label={"column": "income"}, skip_initial_space=False)


def test_a_label_that_a_header_has_which_was_taken_for_values(proposed: Propose) -> None:
    text = "5,9,target\n" + "".join(f"{i * 7 % 13},{i * 5 % 11},{i % 2}\n" for i in range(50))
    known = proposed(text, label={"column": "target"})
    assert list(known.request["features"]) == ["5", "9"]
    with pytest.raises(NotFound) as raised:
        proposed(text, label={"column": "Target"})
    assert "no column 'Target'" in raised.value.message
    assert "The first row, '5', '9', 'target', was taken for values" in raised.value.message
    assert "set header to true" in raised.value.message
    doubt = flags(proposed(text, label={"column": "column_3"}), None)["header"]
    assert doubt.evidence == {"cells": ["target"]}
    with pytest.raises(NotFound) as raised:
        proposed(text, label={"column": "Target"}, header=True)
    assert "taken for values" not in raised.value.message


def test_numbered_columns_are_asked_about(proposed: Propose) -> None:
    text = "0,1,2,3\n" + "".join(f"{i * 7 % 13},{i * 5 % 11},{i % 3},{i % 2}\n" for i in range(50))
    proposal = proposed(text, label={"column": "3"})
    assert list(proposal.request["features"]) == ["0", "1", "2"]
    proposal = proposed(text)
    assert proposal.evidence.source.rows == 50
    assert "propose again with header false" in flags(proposal, None)["header"].reason
