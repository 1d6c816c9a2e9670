"""A `split_key` next to splits by a column, time or files: no group may be in two splits, and nothing else changes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from tests.conftest import MakeDataset
from tests.preprocessing.planned_work import planned_work

from contracts.dataset.data_folder import DataFolder
from contracts.errors import InvalidData, InvalidRequest, NotFound
from contracts.storage import Storage
from preprocessing.assignment.groups import collect, merge
from preprocessing.assignment.groups.collect import GroupCollector, GroupFile, joined
from preprocessing.assignment.groups.merge import merge_bucket, merged
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.assignment.work import source_batches
from preprocessing.report.page import report_page

BY_TIME = {"time": {"column": "ts", "test_from": "2013-07-01"}}
BY_YEAR = {"column": "year", "values": {"train": [2012], "test": [2013]}}


def rows(crossing: int = 0, repeat: int = 30) -> str:
    """Rows of 30 patients of the first half of 2013 and 10 of the second; `crossing` of the first come again."""
    lines = [f"p{i % 30},2013-0{1 + i % 6}-10,2012,{i % 2},{i}" for i in range(30 * repeat)]
    lines += [f"q{i % 10},2013-08-1{i % 9},2013,{i % 2},{i}" for i in range(10 * repeat)]
    lines += [f"p{i},2013-09-01,2013,{i % 2},{i}" for i in range(crossing)]
    lines += ["p0,,2014,1,7", "p1,2013-12-01,2013,,7"]  # neither is of a split: no time or year, and no label
    lines += [",2013-01-01,2012,1,7", ",2013-12-01,2013,0,7"]  # of no group
    return "who,ts,year,y,x\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("splits", [BY_TIME, BY_YEAR], ids=["time", "column"])
def test_groups_of_one_split_change_nothing_and_are_counted(
    make_dataset: MakeDataset, splits: dict[str, Any], kind: str
) -> None:
    other = "year" if splits is BY_TIME else "ts"
    common: dict[str, Any] = {"label": {"column": "y", "kind": kind}, "splits": splits, "exclude": ["who", other]}
    plain = make_dataset(rows(), **common, partitions=2)
    checked = make_dataset(rows(), **common, split_key=["who"], partitions=3)
    assert checked.manifest.fingerprint == plain.manifest.fingerprint
    assert checked.manifest.split_rule == plain.manifest.split_rule
    groups = checked.manifest.groups
    assert groups is not None
    assert (groups.columns, groups.groups, groups.without_key) == (["who"], 40, 2)
    assert plain.manifest.groups is None
    page = bytes(report_page(checked.manifest, checked.statistics()).body).decode()
    assert "40 groups of &#39;who&#39;, each in one split (2 rows without a key are of none)" in page


@pytest.mark.parametrize("records", ["none", "raw"])
@pytest.mark.parametrize("splits", [BY_TIME, BY_YEAR], ids=["time", "column"])
def test_groups_of_two_splits_are_refused(make_dataset: MakeDataset, splits: dict[str, Any], records: str) -> None:
    with pytest.raises(InvalidData, match=r"7 of 40 groups of the split_key 'who' would be in two splits") as caught:
        make_dataset(
            rows(crossing=7),
            label={"column": "y"},
            splits=splits,
            split_key=["who"],
            exclude=["who"],
            records=records,
            partitions=3,
        )
    assert caught.value.pointer == "/split_key"
    message = caught.value.message
    named = [f"'p{i}' is in train and test" for i in range(7)]
    assert sum(name in message for name in named) == merge.SHOWN
    assert "; and 2 more. Leave such rows out by `filter`" in message


def test_a_key_of_several_columns_in_any_spelling(make_dataset: MakeDataset) -> None:
    lines = [f"{i % 5}.0,a,2013-01-0{1 + i % 9},{i % 2}" for i in range(90)]
    lines += [f"{i % 5},b,2013-08-01,{i % 2}" for i in range(90)]
    text = "site,who,ts,y\n" + "\n".join(lines) + "\n"
    common: dict[str, Any] = {"label": {"column": "y"}, "splits": BY_TIME}
    features = {"site": {"kind": "categorical"}, "who": {"kind": "categorical", "null_values": ["a"]}}
    made = make_dataset(text, **common, features=features, split_key=["who", "site"])
    assert made.manifest.groups is not None
    assert made.manifest.groups.groups == 10
    with pytest.raises(InvalidData, match=r"5 of 5 groups of the split_key 'site' .*'[0-4]\.0' is in train and test"):
        make_dataset(text, **common, features=features, split_key=["site"])


def test_a_time_of_three_splits_and_rows_without_a_time_that_train(make_dataset: MakeDataset) -> None:
    times = ["", "2013-02-01", "2013-07-01", "2013-10-01"]
    text = "who,ts,y\n" + "".join(f"a b,{time},{i % 2}\nq{i},{time},{i % 2}\n" for i in range(8) for time in times[:1])
    text += "".join(f"a b,{time},1\n" for time in times[1:])
    splits = {"time": {"column": "ts", "validation_from": "2013-05-01", "test_from": "2013-10-01", "missing": "train"}}
    common: dict[str, Any] = {"label": {"column": "y"}, "features": {"who": {"kind": "categorical"}}}
    with pytest.raises(InvalidData, match=r"1 of 9 groups .*: 'a b' is in train, validation and test. Leave"):
        make_dataset(text, **common, splits=splits, split_key=["who"])


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [(["nobody"], NotFound, "no column 'nobody'"), (["when"], InvalidRequest, "'when' is nested, or a time")],
)
def test_keys_that_are_none(tmp_path: Path, key: list[str], error: type[Exception], message: str) -> None:
    file = BytesIO()
    days = [dt.date(2013, 1 + i, 1) for i in range(12)]
    parquet.write_table(pa.table({"when": days, "ts": days, "y": [0, 1] * 6, "x": range(12)}), file)
    with pytest.raises(error, match=message) as caught:
        planned_work(
            tmp_path,
            file.getvalue(),
            source={"format": "parquet", "uris": ["t.csv"]},
            features={"x": {"kind": "numeric"}},
            remaining="exclude",
            splits=BY_TIME,
            split_key=key,
        )
    assert getattr(caught.value, "pointer", None) == "/split_key/0"


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 2, 4])), max_size=60), max_size=5),
    st.integers(1, 7),
)
def test_buckets_count_as_a_dictionary_does(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[int, int]]], buckets: int
) -> None:
    spread = np.random.default_rng(0).integers(0, 2**64, 41, np.uint64)
    spread[:2] = 0, 2**64 - 1
    expected: dict[int, int] = defaultdict(int)
    folder = DataFolder(Storage(str(tmp_path_factory.mktemp("groups"))), "d", "job-1")
    folder.create()
    files: list[GroupFile] = []
    for number, part in enumerate(parts):
        hashes, splits = joined(
            [(np.array([spread[key]], np.uint64), np.array([split], np.uint8)) for key, split in part]
            or [(np.zeros(0, np.uint64), np.zeros(0, np.uint8))]
        )
        for key, split in part:
            expected[int(spread[key])] |= split
        with folder.files.open_output(f"groups-{number}") as stream:
            stream.write(hashes.tobytes())
            stream.write(splits.tobytes())
        files.append(GroupFile(f"groups-{number}", len(hashes)))
    groups = merged([merge_bucket(folder, files, buckets, bucket) for bucket in range(buckets)])
    divided = {key: splits for key, splits in expected.items() if splits.bit_count() > 1}
    assert (groups.groups, groups.divided) == (len(expected), len(divided))
    assert groups.shown.items() <= divided.items()
    assert len(groups.shown) == min(len(divided), merge.SHOWN)


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
