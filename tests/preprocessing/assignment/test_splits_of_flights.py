"""The how-to of splits, on the flights of 2013: what it shows is what jobs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import MakeDataset

from contracts.errors import InvalidData
from contracts.messages.schemas import PROPOSAL_EXAMPLE, InferRequest
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
    return " ".join(text.split()) in " ".join(HOW_TO.read_text().split())


def test_planes_fly_in_every_split(make_dataset: MakeDataset, flights: bytes) -> None:
    with pytest.raises(InvalidData) as caught:
        make_dataset(flights, **BODY, splits=BY_TIME, split_key=["tailnum"])
    first, _, rest = caught.value.message.partition(": ")
    assert said(first), caught.value.message
    assert said(rest.partition(";")[0]), caught.value.message


def test_days_are_of_one_split_and_months_are_outside(make_dataset: MakeDataset, flights: bytes) -> None:
    made = make_dataset(flights, **BODY, splits=BY_TIME, split_key=["month", "day"])
    assert made.manifest.groups is not None
    assert said(f"{made.manifest.groups.groups} groups of 'day', 'month', each in one split"), made.manifest.groups
    messages = [each.message for each in made.manifest.warnings or [] if each.kind == "outside training"]
    assert messages
    assert all(said(message) for message in messages), messages


def test_the_time_is_proposed(tmp_path: Path) -> None:
    write_flights(tmp_path)
    request = InferRequest(uris=["flights.csv"], label=BODY["label"])
    (one,) = propose(request, [str(tmp_path)]).time_splits
    assert (one.column, one.splits["time"]["shares"]["test"]) == ("time_hour", 0.1)
    assert one.model_dump() == PROPOSAL_EXAMPLE["time_splits"][0]
