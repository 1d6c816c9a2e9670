"""The splits of each group of a range, in memory or in several files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.preprocessing.planned_work import planned_work

from preprocessing.assignment.groups import collect
from preprocessing.assignment.groups.collect import GroupCollector
from preprocessing.assignment.groups.merge import merge_bucket, merged
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.assignment.work import source_batches

BY_TIME = {"time": {"column": "ts", "test_from": "2013-07-01"}}


def test_many_groups_are_staged_in_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MOST_IN_MEMORY", 100)
    text = "who,ts,y\n" + "".join(f"{i % 400},2013-0{1 + i % 2 * 7}-01,{i % 2}\n" for i in range(1000))
    _, work = planned_work(tmp_path, text, splits=BY_TIME, split_key=["who"], features={"who": {"kind": "numeric"}})
    collector = GroupCollector(work, 0)
    for whole in source_batches(work, 0, list({**work.columns, **work.group_columns}), written=work.split_written):
        for begin in range(0, whole.num_rows, 30):
            batch = SplitBatch(whole.slice(begin, 30), 0, str)
            collector.add(batch, work.splitter.divide(work, batch).codes)
    staged = collector.finish()
    assert len(staged.files) > 4
    assert max(file.groups for file in staged.files) <= 130
    groups = merged([merge_bucket(work.folder, staged.files, 3, bucket) for bucket in range(3)])
    assert (groups.groups, groups.divided) == (400, 0)
