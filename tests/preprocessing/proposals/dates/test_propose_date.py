"""Columns of dates and times are proposed with their format and the parts that vary; or excluded with what is to be decided."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conftest import MakeDataset
from tests.preprocessing.proposals.tables import Propose, base, flags, table

from contracts.messages.schemas import InferRequest
from preprocessing.engine import SparkEngine
from preprocessing.proposals.propose import propose

ROWS = 1000
START = datetime(2013, 1, 31, 7, 45, 10, 500_000, tzinfo=UTC)
MOMENTS = [START + timedelta(hours=5 * row, minutes=row) for row in range(ROWS)]
ALL = ["month", "weekday", "hour"]


def proposed_of(
    proposed: Propose,
    values: Sequence[object],
    name: str = "seen",
    others: Mapping[str, Sequence[object]] | None = None,
) -> Any:
    proposal = proposed(table({**base(), name: [*values], **(others or {})}))
    return proposal.request["features"].get(name), flags(proposal, name), proposal


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("%Y/%m/%d %H:%M", ALL),
        ("%m/%d/%Y", ALL[:2]),
        ("%d.%m.%Y", ALL[:2]),
        ("%m/%d/%Y %I:%M %p", ALL),
        ("%d-%b-%Y %H:%M:%S", ALL),
        ("%B %d, %Y", ALL[:2]),
        ("%d/%m/%y %H:%M:%S.%f", ALL),
        ("%d %b %Y %H:%M:%S %z", ALL),
    ],
)
def test_usual_patterns_are_found(proposed: Propose, pattern: str, parts: list[str]) -> None:
    feature, shown, _ = proposed_of(proposed, [f'"{moment.strftime(pattern)}"' for moment in MOMENTS])
    assert feature == {"kind": "datetime", "format": pattern, "parts": parts}
    flag = shown["datetime"]
    assert flag.evidence["format"] == pattern
    assert flag.evidence["first"].startswith("2013-01-31T")
    assert (flag.evidence["month"], flag.evidence["weekday"]) == (8, 7)
    assert "times without an offset are read in UTC" in flag.reason


def test_iso_needs_no_format_and_the_evidence_names_the_column_a_datetime(proposed: Propose) -> None:
    feature, _, proposal = proposed_of(proposed, [moment.isoformat() for moment in MOMENTS])
    assert feature == {"kind": "datetime", "parts": ALL}
    evidence = proposal.evidence.features["seen"]
    assert (evidence.kind, evidence.time_share) == ("datetime", 1.0)
    assert evidence.reason.endswith("a model learns their parts, of which month, weekday, hour vary")
    assert [split.column for split in proposal.time_splits] == ["seen"]


def test_only_parts_that_vary_are_proposed(proposed: Propose) -> None:
    days = [f"2013-05-{row % 28 + 1:02d}T06:00" for row in range(ROWS)]
    assert proposed_of(proposed, days)[0] == {"kind": "datetime", "parts": ["weekday"]}
    years = [f"{1900 + row % 2 * 400}-01-01" for row in range(ROWS)]  # both on a Monday
    feature, shown, _ = proposed_of(proposed, years)
    assert feature is None
    assert shown["datetime"].reason.startswith("dates do not repeat, and all have one month, weekday and hour")


def test_two_formats_are_left_to_a_person(proposed: Propose) -> None:
    feature, shown, _ = proposed_of(proposed, [f"0{row % 9 + 1}/0{row % 7 + 1}/2013" for row in range(ROWS)])
    assert feature is None
    assert shown["datetime"].evidence["formats"] == ["%m/%d/%Y", "%d/%m/%Y"]
    assert "written as %m/%d/%Y or %d/%m/%Y: choose one" in shown["datetime"].reason


def test_values_of_no_format_are_left_out(proposed: Propose) -> None:
    values = [*(moment.isoformat() for moment in MOMENTS[1:]), "soon"]
    feature, shown, _ = proposed_of(proposed, values)
    assert feature is None
    assert "not all values are of one usual format" in shown["datetime"].reason


def test_parts_that_are_columns_already_are_not_made_again(proposed: Propose) -> None:
    parts = {"month": [moment.month for moment in MOMENTS], "hour": [moment.hour for moment in MOMENTS]}
    feature, shown, _ = proposed_of(proposed, [moment.isoformat() for moment in MOMENTS], others=parts)
    assert feature is None
    assert shown["datetime"].evidence["columns"] == ["hour", "month"]
    assert "their parts are columns of their own (hour, month); proposed in exclude" in shown["datetime"].reason


@pytest.mark.parametrize(("unit", "scale"), [("unix_s", 10**6), ("unix_ms", 10**3), ("unix_us", 1)])
@pytest.mark.parametrize("name", ["ts", "unix_time", "createdAt", "event_timestamp"])
def test_unix_times_are_found_by_size_and_name(proposed: Propose, unit: str, scale: int, name: str) -> None:
    micros = [(moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for moment in MOMENTS]
    feature = proposed_of(proposed, [value // scale for value in micros], name)[0]
    assert feature == {"kind": "datetime", "format": unit, "parts": ALL}
    assert proposed_of(proposed, [value // scale for value in micros], "amount")[0] != feature


def test_small_numbers_are_no_times(proposed: Propose) -> None:
    assert proposed_of(proposed, [row * 7 % 97 for row in range(ROWS)], "time")[0]["kind"] == "numeric"


def test_days_as_digits_are_found_under_the_name_of_a_date(proposed: Propose) -> None:
    days = [f"{moment:%Y%m%d}" for moment in MOMENTS]
    assert proposed_of(proposed, days, "order_date")[0] == {
        "kind": "datetime",
        "format": "%Y%m%d",
        "parts": ["month", "weekday"],
    }
    assert proposed_of(proposed, days, "code")[0]["kind"] != "datetime"


def test_a_spelling_of_missing_is_named_before_dates_are_read(proposed: Propose) -> None:
    values = [moment.isoformat() if row % 50 else "n/a" for row, moment in enumerate(MOMENTS)]
    feature, shown, _ = proposed_of(proposed, values)
    assert feature is None
    assert "name other spellings in null_values" in shown["datetime"].reason
    named = proposed(table({**base(), "seen": values}), null_values=["n/a"])
    assert named.request["features"]["seen"] == {"kind": "datetime", "parts": ALL}


def test_a_proposal_posted_back_makes_features_of_dates(
    engine: SparkEngine, make_dataset: MakeDataset, sources: Path
) -> None:
    columns = {
        **base(),
        "ordered": [f"{moment:%d.%m.%Y %H:%M}" for moment in MOMENTS],
        "ts": [int(moment.timestamp()) for moment in MOMENTS],
    }
    typed = pa.table({**{name: pa.array(values) for name, values in columns.items()}, "paid": pa.array(MOMENTS)})
    pq.write_table(typed, sources / "dated.parquet")
    (sources / "dated.csv").write_text(table(columns))
    (sources / "dated.jsonl").write_text(
        "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in zip(*columns.values(), strict=True))
    )
    for file in ("dated.csv", "dated.jsonl", "dated.parquet"):
        request = InferRequest.model_validate({"uris": [file], "label": {"column": "late"}})
        body = propose(request, engine.settings.source_roots).request
        dataset = make_dataset(**{**body, "name": f"posted-{file.replace('.', '-')}"}, partitions=3)
        written = {name: of.format for name, of in dataset.schema.time_formats.items()}
        assert written == {"ordered": "%d.%m.%Y %H:%M", "ts": "unix_s"}
        dates = ["ordered", "ts", *(["paid"] if file == "dated.parquet" else [])]
        made = [name for name in dataset.schema.features if name.split(":")[0] in dates]
        assert sorted(made) == sorted(f"{date}:{part}" for date in dates for part in ALL)
        hours = [dataset.vocabulary(f"{date}:hour").tokens.to_pylist() for date in dates]
        assert all(sorted(of) == sorted(hours[0]) for of in hours)
