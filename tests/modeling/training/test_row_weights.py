"""A training looks at the weights itself: the dataset may be of an earlier release."""

from __future__ import annotations

import re

import pytest
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.schema import Records, SplitName
from contracts.storage import Storage

SCHEMA_WITH_WEIGHT = SCHEMA.model_copy(update={"weight": "exposure"})
SPLITS = [1, 1, 1, 2, 3]


def made(split: SplitName | None, weight: float, records: Records = "raw") -> Made:
    """A dataset in which all rows of a split have that weight."""
    rows = make_rows(60)
    splits = [SPLITS[at % 5] for at in range(60)]
    code = {"train": 1, "validation": 2, "test": 3, None: 0}[split]
    for row, own in zip(rows, splits, strict=True):
        row["exposure"] = weight if own == code else 2.0
    return Made(rows, splits, schema=SCHEMA_WITH_WEIGHT, records=records)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("weight", [0.0, 1e-39])
def test_a_split_that_weighs_nothing_is_refused_before_the_fit(
    storage: Storage, split: SplitName, weight: float
) -> None:
    made(split, weight).publish(storage)
    progress = JobContext.alone()
    reason = (
        f"the weights 'exposure' of all {made(split, weight).statistics.splits[split].rows} rows of the {split} split"
    )
    with pytest.raises(InvalidRequest, match=re.escape(reason)) as caught:
        run(storage, {"epochs": 1}, progress)
    assert caught.value.pointer == "/dataset"
    assert not storage.exists("models/m")


def test_rows_that_weigh_something_are_trained_on(storage: Storage) -> None:
    made(None, 0).publish(storage)
    assert run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())["version"] == 1
