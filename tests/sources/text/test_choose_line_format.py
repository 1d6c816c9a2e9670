"""Each format of lines has a reader that answers for the source's own options."""

from __future__ import annotations

from pathlib import Path

from contracts.dataset.manifest import SourceFile
from contracts.source import JsonLines
from sources.text.choose_line_format import line_format


def test_json_lines_answer_for_their_source(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1, "b": "x"}\n{"a": "NA", "c": [1]}\n')
    source = JsonLines(format="jsonl", uris=[str(path)], null_values=["NA"])
    file = SourceFile(uri=str(path), bytes=path.stat().st_size, modified_ns=0)
    lines = line_format(source)
    assert lines.columns([file]) == ["a", "b", "c"]
    assert lines.start(file) == 3
    assert lines.types([file], ["a", "b", "c"]) == {"a": "int64", "b": "bytes", "c": None}
