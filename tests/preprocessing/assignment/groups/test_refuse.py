"""A `split_key` next to splits by a column, time or files: no group may be in two splits, and nothing else changes."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.conftest import MakeDataset
from tests.preprocessing.planned_work import planned_work

from contracts.errors import InvalidData, InvalidRequest, NotFound
from preprocessing.assignment.groups import merge
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
