"""Splits by a time are proposed where the data has one, for a person to take; the request stays as it was."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.conftest import MakeDataset
from tests.preprocessing.proposals.tables import ROWS, Propose, base, table

from contracts.dataset.requested_splits import TimeSplits

LABEL = {"column": "late"}
FIRST = dt.datetime(2013, 1, 1, 5)  # noqa: DTZ001 - of no zone, as in the text
HOURS = [FIRST + dt.timedelta(hours=3 * at) for at in range(ROWS)]
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


def test_a_time_of_every_row_is_proposed_with_its_evidence(proposed: Propose) -> None:
    times = [time.isoformat() + "Z" for time in HOURS]
    proposal = proposed(table(base() | {"seen": [*times[:-1], "NA"]}), label=LABEL, null_values=["NA"])
    (one,) = proposal.time_splits
    assert one.splits == {"time": {"column": "seen", "shares": SHARES}}
    assert (one.first, one.last) == ("2013-01-01T05:00:00Z", "2013-05-05T23:00:00Z")
    assert (one.days, one.hours, one.missing) == (125, ROWS - 1, 1)
    assert one.rows == {"train": 799, "validation": 100, "test": 100}
    assert "on 125 days, and the rows are in their order" in one.reason
    assert TimeSplits.model_validate(one.splits)
    assert proposal.request["splits"] == SHARES
    assert proposal.request["features"]["seen"] == {"kind": "datetime", "parts": ["month", "weekday", "hour"]}
    assert proposed(table(base()), label=LABEL).time_splits == []


@pytest.mark.parametrize(
    "kind", [pa.timestamp("ms"), pa.timestamp("ns", "Asia/Tokyo"), pa.date32(), pa.string()], ids=str
)
def test_times_of_typed_files(proposed: Propose, kind: pa.DataType) -> None:
    days = [dt.datetime(2010, 1, 1) + dt.timedelta(days=at) for at in range(ROWS)]  # noqa: DTZ001 - of no zone
    column = pa.array([str(day.date()) for day in days]) if pa.types.is_string(kind) else pa.array(days).cast(kind)
    file = BytesIO()
    parquet.write_table(pa.table({**{name: pa.array(each) for name, each in base().items()}, "day": column}), file)
    (one,) = proposed(file.getvalue(), file="table.parquet", label=LABEL).time_splits
    assert (one.column, one.days, one.first) == ("day", ROWS, "2010-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("seen", ["2013-01-01T05:00:00"] * 500 + ["2013-01-02"] * 500),  # too few hours
        ("seen", [f"{time:%d/%m/%Y}" for time in HOURS]),  # a job does not read these
        ("seen", [*(str(time) for time in HOURS[:-1]), "soon"]),  # nor this one
        ("seen", [str(time) if at % 10 else "" for at, time in enumerate(HOURS)]),  # often missing
        ("date_of_birth", [str(time) for time in HOURS]),
        ("seen", [str(min(time, HOURS[700])) for time in HOURS]),  # a third of the rows are of the last hour
        ("late", [str(time) for time in HOURS]),  # the label
    ],
)
def test_what_is_no_time_to_split_by(proposed: Propose, name: str, values: list[str]) -> None:
    columns = base() | {name: values, "y": [at % 2 for at in range(ROWS)]}
    assert proposed(table(columns), label={"column": "late" if name == "late" else "y"}).time_splits == []


def test_times_in_the_order_of_the_rows_come_first(proposed: Propose) -> None:
    columns = base() | {"back": [str(time) for time in HOURS[::-1]], "on": [str(time) for time in HOURS]}
    assert [one.column for one in proposed(table(columns), label=LABEL).time_splits] == ["on", "back"]


def test_a_proposal_is_taken_as_it_is(proposed: Propose, make_dataset: MakeDataset) -> None:
    text = table(base() | {"seen": [str(time) for time in HOURS]})
    proposal = proposed(text, label=LABEL)
    (one,) = proposal.time_splits
    body: dict[str, Any] = {**proposal.request, "splits": one.splits}
    del body["name"], body["source"]
    made = make_dataset(text, **body)
    assert {split: content.rows for split, content in made.manifest.splits.items()} == one.rows
