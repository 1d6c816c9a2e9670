"""Other rules for numbers than the dataset's, from the same statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import numbers, raw_matrices, signed_log1p
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.features import Bucketize, Numeric
from contracts.messages.trainings import NumericOverride
from contracts.storage import Storage
from modeling.repository.versions import read_manifest
from modeling.serving.load_saved_model import load
from modeling.training.feature_overrides import overridden

ROWS = make_rows(120)
QUICK: dict[str, Any] = {"network": {"kind": "linear"}, "epochs": 1, "batch_size": 16}
OVERRIDES: dict[str, Any] = {
    "distance km": {"impute": {"constant": 500}, "scale": "log1p", "indicator": False},
    "class": {"impute": "median", "scale": "minmax", "clip": [0.1, 0.9]},
    "constant": {"bucketize": {"bounds": [7, 8]}},
}


def overrides(**fields: Any) -> dict[str, NumericOverride]:
    return {"class": NumericOverride.model_validate(fields)}


@pytest.mark.parametrize("records", ["raw", "none"])
def test_the_graph_follows_the_request(storage: Storage, records: Any) -> None:
    made = Made(ROWS, [1] * len(ROWS), records=records)
    made.publish(storage)
    run(storage, {**QUICK, "features": OVERRIDES}, JobContext.alone())
    manifest = read_manifest(storage, "m", 1)
    assert manifest.schema_.features["distance km"] == Numeric.model_validate(
        {"dtype": "float64", **OVERRIDES["distance km"]}
    )
    numeric, tokens = raw_matrices(SCHEMA, ROWS)
    found = load(storage, manifest).signatures["transform"].call(numeric, tokens)
    statistics = made.statistics

    distance = numbers(ROWS, "distance km")
    logs = signed_log1p(np.where(np.isnan(distance), np.float32(500), distance).astype(np.float64))
    known = statistics.numeric("distance km")
    assert known.log1p_mean is not None
    assert known.log1p_std is not None
    np.testing.assert_allclose(
        found["numeric"][:, 0], (logs - known.log1p_mean) / known.log1p_std, rtol=1e-6, atol=1e-6
    )

    grade = numbers(ROWS, "class")
    there = grade[~np.isnan(grade)]
    low, high = (np.float32(np.quantile(there, share)) for share in (0.1, 0.9))
    filled = np.clip(np.where(np.isnan(grade), np.float32(np.median(there)), grade), low, high)
    np.testing.assert_allclose(found["numeric"][:, 1], (filled - low) / (high - low), rtol=1e-5, atol=1e-6)
    assert found["numeric"].shape[1] == 3 + 2  # the indicator of the distance is gone, that of the class is not
    assert set(found["categorical"][:, -1].tolist()) == {2}


def test_what_is_left_out_stays_and_null_takes_away(storage: Storage) -> None:
    schema = SCHEMA.model_copy(
        update={
            "features": {
                "class": Numeric(dtype="int64", clip=[0.1, 0.9], indicator=True),
                "constant": Numeric(dtype="float64", bucketize=Bucketize(quantiles=4)),
            }
        }
    )
    dataset = Made(ROWS, [1] * len(ROWS), schema=schema).publish(storage)

    def changed(feature: str, **fields: Any) -> Any:
        return overridden(dataset, {feature: NumericOverride.model_validate(fields)}).features[feature]

    assert changed("class", scale="none") == Numeric(dtype="int64", clip=[0.1, 0.9], indicator=True, scale="none")
    assert changed("class", clip=None) == Numeric(dtype="int64", indicator=True)
    assert changed("class", impute="none").impute == "none"
    assert changed("class", bucketize={"quantiles": 3}) == Numeric(
        dtype="int64", indicator=True, bucketize=Bucketize(quantiles=3)
    )
    assert changed("constant", bucketize=None, impute="mean", scale="minmax") == Numeric(
        dtype="float64", scale="minmax"
    )
    assert overridden(dataset, {}) is dataset.schema


@pytest.mark.parametrize(
    ("given", "pointer", "message"),
    [
        ({"class": {"clip": [0.9, 0.1]}}, "/features/class/clip", "below the second"),
        ({"class": {"impute": "none", "indicator": False}}, "/features/class/impute", "needs an indicator"),
        (
            {"class": {"bucketize": {"quantiles": 3}, "scale": "minmax"}},
            "/features/class/scale",
            "must be none",
        ),
        ({"origin": {"scale": "none"}}, "/features/origin", "only numeric"),
        ({"a/b": {"scale": "none"}}, "/features/a~1b", "no feature 'a/b'"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    storage: Storage, given: dict[str, Any], pointer: str, message: str
) -> None:
    dataset = Made(ROWS, [1] * len(ROWS)).publish(storage)
    with pytest.raises(InvalidRequest, match=message) as caught:
        overridden(dataset, {name: NumericOverride.model_validate(each) for name, each in given.items()})
    assert caught.value.pointer == pointer


def test_final_numbers_cannot_be_treated_otherwise(storage: Storage) -> None:
    dataset = Made(ROWS, [1] * len(ROWS), records="transformed").publish(storage)
    with pytest.raises(InvalidRequest, match="records raw or none") as caught:
        overridden(dataset, overrides(scale="minmax"))
    assert caught.value.pointer == "/features"


def test_statistics_that_lack_what_is_asked_for_are_told_of(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Made(ROWS, [1] * len(ROWS)).publish(storage)
    statistics = dataset.statistics()
    old = statistics.numeric("class").model_copy(update={"quantiles": None})
    train = statistics.splits["train"]
    split = train.model_copy(update={"features": {**train.features, "class": old}})
    older = statistics.model_copy(update={"splits": {**statistics.splits, "train": split}})
    monkeypatch.setattr(type(dataset), "statistics", lambda _: older)
    with pytest.raises(InvalidRequest, match="hold no quantiles") as caught:
        overridden(dataset, overrides(impute="median"))
    assert caught.value.pointer == "/features"


def test_an_overridden_model_answers_rows_of_nothing(storage: Storage) -> None:
    Made(ROWS, [1] * len(ROWS)).publish(storage)
    run(storage, {**QUICK, "features": OVERRIDES}, JobContext.alone())
    signature = load(storage, read_manifest(storage, "m", 1)).signatures["serving_default"]
    nothing = np.full((1, len(SCHEMA.number_columns)), np.nan, np.float32)
    found = signature.call(nothing, np.full((1, len(SCHEMA.token_columns)), b"", object))["predictions"]
    assert np.isfinite(found).all()
    assert tf.rank(found) == 1
