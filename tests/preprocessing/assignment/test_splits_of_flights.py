"""The how-to of splits, on the flights of 2013: what it shows is what jobs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeDataset

from contracts.errors import InvalidData
from contracts.messages.schemas import PROPOSAL_EXAMPLE, InferRequest, Proposal
from preprocessing.proposals.propose import propose
from tandem.demo_data import write_flights

HOW_TO = Path("docs/how-to/splits.md")
BODY: dict[str, Any] = {
    "source": {"format": "csv", "uris": ["flights.csv"], "null_values": ["", "NA"]},
    "label": {"expression": "arr_delay > 15", "kind": "binary"},
    "features": {
        "carrier": {"kind": "categorical"},
        "tailnum": {"kind": "hashed", "buckets": 4096},
        "month": {"kind": "numeric"},
        "distance": {"kind": "numeric"},
    },
    "remaining": "exclude",
    "records": "none",
}
BY_TIME = {"time": {"column": "time_hour", "validation_from": "2013-10-01", "test_from": "2013-11-15"}}


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_flights(tmp_path_factory.mktemp("flights")).read_bytes()


def said(text: str) -> bool:
    plain = HOW_TO.read_text(encoding="utf-8").replace("\n> ", " ")
    return " ".join(text.split()) in " ".join(plain.split())


@pytest.mark.parametrize("key", [["tailnum"], ["month", "day"]], ids=["planes", "days"])
def test_planes_and_days_of_utc_are_in_several_splits(
    make_dataset: MakeDataset, flights: bytes, key: list[str]
) -> None:
    with pytest.raises(InvalidData) as caught:
        make_dataset(flights, **BODY, splits=BY_TIME, split_key=key)
    first = caught.value.message.partition(";")[0]
    assert said(first), first


def test_days_of_new_york_are_of_one_split_and_months_are_outside(make_dataset: MakeDataset, flights: bytes) -> None:
    times = {"validation_from": "2013-10-01T00:00:00-04:00", "test_from": "2013-11-15T00:00:00-05:00"}
    assert all(said(f'"{name}": "{bound}"') for name, bound in times.items())
    made = make_dataset(flights, **BODY, splits={"time": {"column": "time_hour", **times}}, split_key=["month", "day"])
    assert made.manifest.groups is not None
    assert said(f"{made.manifest.groups.groups} groups of 'day', 'month', each in one split"), made.manifest.groups
    messages = [each.message for each in made.manifest.warnings or [] if each.kind == "outside training"]
    assert len(messages) == 2
    assert all(said(message) for message in messages), messages


def test_the_time_is_proposed(tmp_path: Path) -> None:
    write_flights(tmp_path)
    request = InferRequest(uris=["flights.csv"], label=BODY["label"])
    (one,) = propose(request, [str(tmp_path)]).time_splits
    assert (one.column, one.splits["time"]["shares"]["test"]) == ("time_hour", 0.1)
    assert [one] == Proposal.model_validate(PROPOSAL_EXAMPLE).time_splits
