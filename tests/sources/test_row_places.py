"""The place of each row is where the row is found in its file, for every format and any division into ranges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.reading import SOURCE

from contracts.dataset.manifest import SourceRange
from sources.files.resolve_sources import locate
from sources.read_range import read_range
from sources.rejects import Rejects
from sources.row_places import row_place
from sources.whole_files import plan_whole_files

ROWS = 40
TEXT = ["x", "two\nlines", "\u00e9"]


def lines_of_csv(encoding: str) -> tuple[bytes, list[int]]:
    """A file with quoted line breaks, empty lines, comments and rows that cannot be read; and the line of each other row."""
    lines, places, line = ["n,t"], [], 2
    for row in range(ROWS):
        for extra in ([""] * (row % 3 == 0)) + (["# note"] * (row % 5 == 0)) + (["bad,x"] * (row % 7 == 3)):
            lines.append(extra)
            line += 1
        places.append(line)
        text = TEXT[row % 3]
        lines.append(f'{row},"{text}"')
        line += 1 + text.count("\n")
    return ("\n".join(lines) + "\n").encode(encoding), places


@pytest.mark.parametrize(("encoding", "cut"), [("utf-8", True), ("utf-8", False), ("latin-1", True), ("utf-16", False)])
def test_rows_of_csv(tmp_path: Path, encoding: str, cut: bool) -> None:
    content, places = lines_of_csv(encoding)
    (tmp_path / "t.csv").write_bytes(content)
    source = SOURCE.validate_python({"format": "csv", "uris": ["t.csv"], "encoding": encoding, "comment": "#"})
    half = content.index(b"\n20,") + 1 if cut else 0
    ends = [half, len(content)] if cut else []
    check(tmp_path, source, places, ends, "line")


def test_rows_of_json_lines(tmp_path: Path) -> None:
    lines, places = [], []
    for row in range(ROWS):
        lines += [""] * (row % 3 == 0) + ['{"n": "bad"}'] * (row % 7 == 3)
        lines.append(json.dumps({"n": row, "t": TEXT[row % 3]}))
        places.append(len(lines))
    content = ("\n".join(lines) + "\n").encode()
    (tmp_path / "t.jsonl").write_bytes(content)
    source = SOURCE.validate_python({"format": "jsonl", "uris": ["t.jsonl"], "columns": ["n", "t"]})
    check(tmp_path, source, places, [content.index(b'{"n": 20'), len(content)], "line")


def test_rows_of_parquet_are_numbered(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": list(range(ROWS)), "t": ["x"] * ROWS}), tmp_path / "t.parquet", row_group_size=10)
    source = SOURCE.validate_python({"format": "parquet", "uris": ["t.parquet"]})
    check(tmp_path, source, list(range(1, ROWS + 1)), [20, ROWS], "row")


def check(root: Path, source: Any, places: list[int], ends: list[int], what: str) -> None:
    plan = plan_whole_files(source, locate(source.uris, [str(root)]))
    whole = plan.ranges[0]
    starts = [whole.start, *ends[:-1]]
    parts = [SourceRange(file=0, start=start, end=end) for start, end in zip(starts, ends or [whole.end], strict=True)]
    read: list[str] = []
    for part in parts:
        rejects = Rejects(ROWS)
        batches = read_range(plan.source, plan.files, part, {"n": "int64", "t": "bytes"}, rejects=rejects)
        rows = sum(batch.num_rows for batch in batches)
        skipped = {row.line for row in rejects.rows}
        read += [row_place(plan.source, plan.files[0], part, row, skipped) for row in range(rows)]
    assert read == [f"{what} {place}" for place in places]
