"""Splits by a time: a row's split follows from its own time, in every spelling and type, and nothing else."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from pydantic import ValidationError
from tests.conftest import MakeDataset

from contracts.dataset.published import Dataset
from contracts.dataset.requested_splits import SplitTimes, TimeSplits, instant_of
from contracts.dataset.split_rule import why_not_comparable
from contracts.errors import InvalidData, InvalidRequest, TandemError
from contracts.schema import SplitName
from preprocessing.assignment.splitters.by_time import TimeSplitter
from preprocessing.assignment.splitters.time_shares import with_bounds
from preprocessing.report.page import report_page

VALIDATION, TEST = "2013-10-01", "2013-11-15T12:00:00-05:00"
NEW_YORK = ZoneInfo("America/New_York")
TIMES = [
    "2013-01-02",
    "2013-09-30T23:59:59.999999Z",
    "2013-10-01",
    "2013-10-01 00:00",
    "2013-10-01T01:00:00+02:00",
    "2013-11-15T16:59:59Z",
    "2013-11-15T17:00:00Z",
    "2013-11-15 18:00:00.5 +0100",
    "2013-12-31",
]
SPLITS_OF_TIMES = ["train", "train", "validation", "validation", "train", "validation", "test", "test", "test"]


def rows_by_split(dataset: Dataset) -> dict[str, int]:
    return {split: content.rows for split, content in dataset.manifest.splits.items()}


def expected(count: int) -> dict[str, int]:
    return {split: SPLITS_OF_TIMES.count(split) * count for split in ("train", "validation", "test")}


def text(times: Sequence[str | None], repeat: int = 4) -> str:
    """Rows with every time `repeat` times, and a label that varies in each."""
    rows = [f"{'' if time is None else time},{i % 2},{i}\n" for i in range(repeat) for time in times]
    return "ts,y,x\n" + "".join(rows)


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_a_row_is_of_the_split_of_its_time(make_dataset: MakeDataset, records: str) -> None:
    splits = {"time": {"column": "ts", "validation_from": VALIDATION, "test_from": TEST}}
    made = make_dataset(text([*TIMES, None]), label={"column": "y"}, splits=splits, records=records, partitions=2)
    assert rows_by_split(made) == expected(4)
    assert made.manifest.left_out.without_split == 4
    assert list(made.schema.features) == ["x"]
    bins = made.manifest.timeline
    assert (bins[0].first, bins[-1].last) == (dt.date(2013, 1, 2), dt.date(2013, 12, 31))
    assert {split: sum(each.rows[split] for each in bins) for split in bins[0].rows} == expected(4)
    assert [each.first for each in bins[1:]] == [each.last + dt.timedelta(days=1) for each in bins[:-1]]
    assert {
        split: sum(each.rows[split] for each in bins if each.first <= dt.date(2013, 9, 25)) for split in bins[0].rows
    } == {
        "train": 4,
        "validation": 0,
        "test": 0,
    }
    whole = make_dataset(text(TIMES), label={"column": "y"}, splits=splits, records=records, partitions=1)
    assert whole.manifest.fingerprint == made.manifest.fingerprint
    assert whole.statistics() == made.statistics()


def test_the_report_has_the_rule_and_the_rows_over_time(make_dataset: MakeDataset) -> None:
    splits = {"time": {"column": "ts", "validation_from": VALIDATION, "test_from": TEST}}
    made = make_dataset(text([*TIMES, None]), label={"column": "y"}, splits=splits)
    page = bytes(report_page(made.manifest, made.statistics()).body).decode()
    assert (
        f"split by the time &#39;ts&#39; (validation from {VALIDATION}, test from {TEST}; rows without it are" in page
    )
    assert page.count('<span title="2013-') == len(made.manifest.timeline) > 10
    assert "2013-12-31:" in page
    assert " 4 test" in page
    by_hash = make_dataset(text(TIMES * 9), label={"column": "y"})
    page = bytes(report_page(by_hash.manifest, by_hash.statistics()).body).decode()
    assert "Rows are split by whole rows (0.8 / 0.1 / 0.1)." in page
    assert "Rows over time" not in page


def test_rows_without_a_time_train_where_asked(make_dataset: MakeDataset) -> None:
    splits = {"time": {"column": "ts", "test_from": TEST, "missing": "train"}}
    made = make_dataset(
        text([*TIMES, None, "NA"]), source={"null_values": ["NA"]}, label={"column": "y"}, splits=splits
    )
    assert rows_by_split(made) == {"train": 32, "validation": 0, "test": 12}
    assert made.manifest.left_out.without_split == 0
    assert made.manifest.without_time == 8
    assert made.manifest.timeline[0].first == dt.date(2013, 1, 2), "no row is of 1970"
    assert sum(each.rows["train"] for each in made.manifest.timeline) == 24
    page = bytes(report_page(made.manifest, made.statistics()).body).decode()
    assert "Of the training rows, 8 have no time." in page


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_rows_without_a_time_are_counted_where_times_are_numbers(make_dataset: MakeDataset, kind: str) -> None:
    rows = "".join(f"{year},{i % 2},{i}\n" for i in range(6) for year in (2011, 2012, 2013, ""))
    made = make_dataset(
        "year,y,x\n" + rows,
        label={"column": "y", "kind": kind},
        splits={"time": {"column": "year", "test_from": 2013, "missing": "train"}},
    )
    assert rows_by_split(made) == {"train": 18, "validation": 0, "test": 6}
    assert (made.manifest.without_time, made.manifest.timeline) == (6, [])


def test_a_class_of_later_rows_alone_is_unknown(make_dataset: MakeDataset) -> None:
    rows = [f"{time},{'ab'[i % 2]},{i}\n" for i in range(4) for time in TIMES] + ["2013-12-31,new,1\n", ",late,1\n"]
    splits = {"time": {"column": "ts", "validation_from": VALIDATION, "test_from": TEST}}
    made = make_dataset("ts,y,x\n" + "".join(rows), label={"column": "y", "kind": "multiclass"}, splits=splits)
    assert rows_by_split(made) == expected(4)
    assert sum(each.rows["train"] for each in made.manifest.timeline) == expected(4)["train"]
    assert (made.manifest.left_out.unknown_class, made.manifest.left_out.without_split) == (1, 1)


ARROW_TYPES = [
    pa.timestamp("s"),
    pa.timestamp("us", "UTC"),
    pa.timestamp("ns", "America/New_York"),
    pa.timestamp("ms"),
    pa.string(),
    pa.dictionary(pa.int32(), pa.string()),
]


@pytest.mark.parametrize("kind", ARROW_TYPES, ids=str)
def test_times_of_typed_files(make_dataset: MakeDataset, kind: pa.DataType) -> None:
    whole = [
        instant_of(time.replace(" +", "+").replace(" ", "T"))
        for time in TIMES
        if "999999" not in time and ".5" not in time
    ]
    plain = [time.astimezone(dt.UTC).replace(tzinfo=None) for time in whole]
    if pa.types.is_timestamp(kind):
        column = pa.array(plain, pa.timestamp("us")).cast(pa.timestamp(kind.unit)).cast(pa.int64()).cast(kind)
    else:
        column = pa.array([time.isoformat() for time in whole], pa.string())
        column = column.dictionary_encode() if pa.types.is_dictionary(kind) else column
    table = pa.table({"ts": pa.chunked_array([column] * 4), "y": [0] * 14 + [1] * 14, "x": list(range(28))})
    file = BytesIO()
    parquet.write_table(table, file)
    made = make_dataset(
        file.getvalue(),
        source={"format": "parquet", "uris": ["times.parquet"]},
        label={"column": "y"},
        splits={"time": {"column": "ts", "validation_from": VALIDATION, "test_from": TEST}},
    )
    assert rows_by_split(made) == {"train": 8, "validation": 12, "test": 8}


def test_days_of_typed_files_and_bounds_that_are_numbers(make_dataset: MakeDataset) -> None:
    days = [dt.date(2013, 9, 30), dt.date(2013, 10, 1), dt.date(2013, 11, 15), None]
    table = pa.table({"day": days * 4, "year": [2011, 2012, 2013, None] * 4, "y": [0] * 8 + [1] * 8, "x": range(16)})
    file = BytesIO()
    parquet.write_table(table, file)
    for times in (
        {"column": "day", "validation_from": "2013-10-01", "test_from": "2013-11-15"},
        {"column": "year", "validation_from": 2012, "test_from": 2012.5},
    ):
        made = make_dataset(
            file.getvalue(),
            source={"format": "parquet", "uris": ["days.parquet"]},
            label={"column": "y"},
            features={"x": {"kind": "numeric"}},
            remaining="exclude",
            splits={"time": times},
        )
        assert rows_by_split(made) == {"train": 4, "validation": 4, "test": 4}
        assert made.manifest.left_out.without_split == 4


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_numbers_and_times_in_text(make_dataset: MakeDataset, kind: str) -> None:
    seconds = [int(instant_of(time).timestamp()) for time in ("2013-09-30", "2013-10-01", "2013-11-15")] * 4
    lines = [f'{{"at": {at}, "y": {i % 2}, "x": {i}}}' for i, at in enumerate(seconds)]
    rows = ["at,y,x", *(f"{at},{i % 2},{i}" for i, at in enumerate(seconds))]
    made = make_dataset(
        "\n".join(rows if kind == "csv" else lines) + "\n",
        source={"format": kind, "uris": [f"at.{kind}"]},
        label={"column": "y"},
        splits={"time": {"column": "at", "validation_from": seconds[1], "test_from": seconds[2]}},
    )
    assert rows_by_split(made) == {"train": 4, "validation": 4, "test": 4}


@pytest.mark.parametrize(
    ("times", "value", "error", "pointer", "message"),
    [
        ({"test_from": TEST}, "2013-02-30", InvalidData, "/splits/time/column", "line 11.*'2013-02-30'.*null values"),
        ({"test_from": TEST}, "7", InvalidData, "/splits/time/column", "must hold a time as ISO 8601"),
        ({"test_from": 5}, "2013-12-31", InvalidData, "/splits/time/column", "must hold a number"),
        ({"test_from": TEST, "column": "other"}, "", TandemError, "/splits/time/column", "no column 'other'"),
        ({"test_from": TEST}, None, InvalidRequest, "/splits/time/column", "'ts' is derived"),
    ],
)
def test_mistakes_are_named(
    make_dataset: MakeDataset, times: Any, value: str | None, error: type[TandemError], pointer: str, message: str
) -> None:
    derived: dict[str, Any] = {} if value is not None else {"derive": {"ts": "concat(t, '')"}, "filter": "ts > ''"}
    rows = text([*TIMES, value or ""], repeat=2)
    if times.get("test_from") == 5:
        rows = text(["1", "9", value or ""])
    with pytest.raises(error, match=message) as caught:
        make_dataset(
            rows.replace("ts,", "t,") if derived else rows,
            label={"column": "y"},
            splits={"time": {"column": "ts", **times}},
            **derived,
        )
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ({}, "either shares or validation_from or test_from must be given"),
        ({"shares": {"train": 0.5, "test": 0.5}, "test_from": TEST}, "either shares or"),
        ({"shares": {"train": 1.0}}, "every row would train"),
        ({"shares": {"train": 0.5, "test": 0.6}}, "add up to 1"),
        ({"validation_from": TEST, "test_from": VALIDATION}, "validation must begin before test"),
        ({"validation_from": "2013-10-01", "test_from": "2013-10-01T00:00:00Z"}, "validation must begin before test"),
        ({"validation_from": 2012, "test_from": VALIDATION}, "both be times or both be numbers"),
        ({"test_from": "yesterday"}, "as ISO 8601 writes it"),
        ({"test_from": float("nan")}, "finite"),
    ],
)
def test_bounds_that_are_none(times: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SplitTimes.model_validate({"column": "ts", **times})


SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


@pytest.mark.parametrize("kind", ["csv", "parquet", "multiclass"])
def test_shares_of_time(make_dataset: MakeDataset, kind: str) -> None:
    hours = [dt.datetime(2013, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=7 * hour) for hour in range(100)]
    shuffled = random.Random(0).sample(hours * 3, 300)
    table = pa.table({"ts": shuffled, "y": [i % 2 for i in range(300)], "x": list(range(300))})
    file = BytesIO()
    parquet.write_table(table, file)
    rows = "ts,y,x\n" + "".join(f"{time.isoformat()},{i % 2},{i}\n" for i, time in enumerate(shuffled))
    made = make_dataset(
        file.getvalue() if kind == "parquet" else rows + ",1,1\n,0,1\n",
        source={"format": "parquet" if kind == "parquet" else "csv", "uris": [f"times.{kind}"]},
        label={"column": "y", "kind": "multiclass" if kind == "multiclass" else "binary"},
        splits={"time": {"column": "ts", "shares": SHARES}},
        partitions=3,
    )
    assert rows_by_split(made) == {"train": 180, "validation": 60, "test": 60}
    assert made.manifest.left_out.without_split == (0 if kind == "parquet" else 2)
    assert made.manifest.split_rule is not None
    assert made.manifest.split_rule.begins == {"validation": hours[60].isoformat(), "test": hours[80].isoformat()}
    assert list(made.schema.features) == ["x"]


@given(
    st.dictionaries(st.integers(-10_000, 1_000_000), st.integers(1, 9), min_size=30, max_size=60),
    st.sampled_from([{"train": 0.5, "validation": 0.25, "test": 0.25}, {"train": 0.7, "test": 0.3}]),
)
def test_cuts_are_the_hours_closest_to_the_shares(counts: dict[int, int], shares: dict[SplitName, float]) -> None:
    splitter = TimeSplitter(SplitTimes.model_validate({"column": "ts", "shares": shares}))
    halves = [Counter({hour: counts[hour] for hour in sorted(counts)[at::2]}) for at in (0, 1)]
    bounds = with_bounds(splitter, halves).times.bounds
    assert list(bounds) == [split for split in shares if split != "train"]
    total = sum(counts.values())
    asked = 0.0
    for split, bound in bounds.items():
        asked = 1 - shares["test"] if split == "test" else shares["train"]
        begin = instant_of(str(bound)).timestamp() / 3600
        before = sum(count for hour, count in counts.items() if hour < begin)
        assert abs(before - asked * total) <= 4.5


def test_rows_of_few_hours_cannot_be_divided(make_dataset: MakeDataset) -> None:
    with pytest.raises(
        InvalidData, match="36 rows are in 2 hours, too few for the shares: no row is left for"
    ) as caught:
        make_dataset(
            text(["2013-01-01T10:00", "2013-01-01T10:59", "2013-01-01T11:30"], repeat=12),
            label={"column": "y"},
            splits={"time": {"column": "ts", "shares": SHARES}},
        )
    assert caught.value.pointer == "/splits/time/shares"


def test_versions_compare_by_equal_times_alone(make_dataset: MakeDataset) -> None:
    body: dict[str, Any] = {"label": {"column": "y"}}
    rules = [
        make_dataset(text(TIMES), splits={"time": {"column": "ts", **times}}, **body).manifest.split_rule
        for times in ({"test_from": TEST}, {"test_from": TEST}, {"test_from": VALIDATION})
    ]
    assert why_not_comparable(rules[0], rules[1]) is None
    reason = why_not_comparable(rules[0], rules[2])
    assert reason is not None
    assert f"by the time 'ts' (test from {TEST}; rows without it are left out)" in reason


@pytest.mark.parametrize(
    ("written", "zone", "of"),
    [
        ("%d.%m.%Y %H:%M", None, lambda time: f"{time.astimezone(dt.UTC):%d.%m.%Y %H:%M}"),
        ("%m/%d/%Y %I:%M %p", "America/New_York", lambda time: f"{time.astimezone(NEW_YORK):%m/%d/%Y %I:%M %p}"),
        ("unix_ms", None, lambda time: str(round(time.timestamp() * 1000))),
    ],
)
def test_times_of_a_format_are_divided_by_it(
    make_dataset: MakeDataset, written: str, zone: str | None, of: Callable[[dt.datetime], str]
) -> None:
    times = [instant_of(time.replace(" +", "+").replace(" ", "T")).replace(second=0) for time in TIMES]
    splits = {"time": {"column": "ts", "validation_from": VALIDATION, "test_from": TEST}}
    date = {"kind": "datetime", "format": written, "zone": zone, "parts": ["month"]}
    body: dict[str, Any] = {"label": {"column": "y"}, "splits": splits, "features": {"ts": date}}
    made = make_dataset(text([of(time) for time in times]), **body)
    assert rows_by_split(made) == expected(4)
    assert made.manifest.split_rule is not None
    assert made.manifest.split_rule.columns[0].text_rule == {"format": written} | ({"zone": zone} if zone else {})
    shares = {"time": {"column": "ts", "shares": {"train": 0.5, "validation": 0.25, "test": 0.25}}}
    by_shares = make_dataset(text([of(time) for time in times]), **{**body, "splits": shares})
    assert sum(rows_by_split(by_shares).values()) == 4 * len(times)
    with pytest.raises(InvalidData, match="ts"):
        make_dataset(text([*(of(time) for time in times), "soon"]), **body)


def test_requests_keep_their_kind() -> None:
    splits = TimeSplits.model_validate({"time": {"column": "ts", "test_from": "2013-10-01"}})
    assert TimeSplits.model_validate_json(splits.model_dump_json()) == splits
