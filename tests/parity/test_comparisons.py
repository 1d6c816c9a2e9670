"""A gate compares on rows that neither model was trained on, though the two datasets have other features."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.conftest import MakeDataset
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.storage import Storage

ROWS = 500
DRAWN = random.Random(14)
LABELS = [DRAWN.random() < 0.5 for _ in range(ROWS)]
TEXT = "y,who,hint\n" + "".join(f"{y:d},u{i},{y + DRAWN.gauss(0, 0.3):.17g}\n" for i, y in enumerate(LABELS))
WHO = {"who": {"kind": "categorical"}}
BODY: dict[str, Any] = {"label": {"column": "y"}, "remaining": "exclude", "splits": {"train": 0.7, "test": 0.3}}
TRAINING: dict[str, Any] = {
    "model": "memory",
    "network": {"kind": "linear"},
    "optimizer": "adam",
    "learning_rate": 0.2,
    "batch_size": 32,
    "epochs": 30,
}


def test_one_more_feature_shows_the_incumbent_none_of_its_training_rows(
    make_dataset: MakeDataset, storage: Storage
) -> None:
    make_dataset(TEXT, name="by-who", features=WHO, **BODY)
    champion = run(storage, {**TRAINING, "dataset": "by-who", "label": "champion"}, JobContext.alone("by-who"))
    honest = champion["evaluation"]["test"]["log_loss"]
    assert champion["history"][-1]["loss"] < 0.2, "it knows the labels of its training rows by heart"
    assert honest > 0.65, "of others it knows nothing"

    make_dataset(TEXT, name="by-hint", features={**WHO, "hint": {"kind": "numeric"}}, **BODY)
    require = {"better_than": "champion"}
    body = {**TRAINING, "dataset": "by-hint", "require": require}
    gate = run(storage, body, JobContext.alone("by-hint"))["gate"]
    assert gate["compared"]["its"] == pytest.approx(honest, abs=1e-6)
    assert gate["passed"], gate

    make_dataset(TEXT, name="by-key", features=WHO, split_key=["who"], **BODY)
    with pytest.raises(InvalidRequest, match="by whole rows and this one by the split_key 'who'") as caught:
        run(storage, {**body, "dataset": "by-key"}, JobContext.alone("by-key"))
    assert caught.value.pointer == "/require/better_than"
