"""Values of a feature by record: those of the walk, and those of records that were parsed one at a time."""

from __future__ import annotations

from pathlib import Path

from tests.sources.columnar.tfrecord.written import example, write

from contracts.dataset.manifest import SourceRange
from contracts.source import TfRecordFiles
from sources.columnar.tfrecord.framing import read_records
from sources.columnar.tfrecord.parse_example import BYTES, INT64
from sources.columnar.tfrecord.record_values import record_values
from sources.columnar.tfrecord.walk_examples import walk_examples
from sources.text.text_streams import TO_THE_END


def test_values_of_the_walk_are_added_to_those_that_are_given(tmp_path: Path) -> None:
    rows = [{"x": [b"a", b"b"]}, {"y": 1}, {"x": [1, -2, 3]}, {"x": b"c"}]
    file = write(tmp_path / "t.tfrecord", map(example, rows))
    source = TfRecordFiles(format="tfrecord", uris=[file.uri])
    (records,) = read_records(source, file, SourceRange(file=0, start=0, end=TO_THE_END))
    lists = walk_examples(records).lists[b"x"]
    given, wrong = record_values(records, lists, {1: (BYTES, [b"d"])})
    assert given == {0: (BYTES, [b"a", b"b"]), 1: (BYTES, [b"d"]), 2: (INT64, [1, -2, 3]), 3: (BYTES, [b"c"])}
    assert not wrong


def test_without_a_walked_feature_the_given_ones_remain(tmp_path: Path) -> None:
    file = write(tmp_path / "t.tfrecord", [example({"y": 1})])
    source = TfRecordFiles(format="tfrecord", uris=[file.uri])
    (records,) = read_records(source, file, SourceRange(file=0, start=0, end=TO_THE_END))
    others = {0: (INT64, [4])}
    given, wrong = record_values(records, None, others)
    assert (given, wrong) == (others, {})
    assert given is not others
