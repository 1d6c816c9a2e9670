"""Requests of trainings: defaults, weights of classes, and overrides in which null differs from nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features import Bucketize, Constant
from contracts.messages.networks import TabM
from contracts.messages.optimizers import Adagrad, EarlyStopping, Step
from contracts.messages.trainings import NumericOverride, Training, TrainingRequest

BODY: dict[str, Any] = {"model": "m", "dataset": "d"}


def request(**more: Any) -> TrainingRequest:
    return TrainingRequest.model_validate({**BODY, **more})


def test_the_documents_example_is_a_request() -> None:
    (example,) = TrainingRequest.model_json_schema()["examples"]
    one = TrainingRequest.model_validate(example)
    assert one.model == example["model"]
    assert TrainingRequest.model_validate_json(one.model_dump_json()) == one


def test_what_is_left_out() -> None:
    one = request()
    assert one.network == TabM(kind="tabm")
    assert one.schedule is None
    assert one.early_stopping == EarlyStopping()
    assert (one.epochs, one.batch_size, one.optimizer, one.learning_rate) == (None, None, None, None)
    assert (one.seed, one.class_weights, one.slices, one.require, one.label) == (0, None, None, None, None)
    assert (one.importance.rows, one.importance.repeats) == (5000, 3)
    assert request(early_stopping=None).early_stopping is None


def test_a_kind_alone_stands_for_an_optimizer_and_a_schedule() -> None:
    one = request(optimizer="adagrad", schedule="step")
    assert (one.optimizer, one.schedule) == (Adagrad(kind="adagrad"), Step(kind="step"))


def test_null_takes_a_rule_away_and_nothing_leaves_it() -> None:
    one = NumericOverride.model_validate({"clip": None, "scale": "log1p"})
    assert one.model_fields_set == {"clip", "scale"}
    assert one.model_dump() == {"clip": None, "scale": "log1p"}
    again = NumericOverride.model_validate_json(one.model_dump_json())
    assert (again, again.model_fields_set) == (one, one.model_fields_set)
    assert NumericOverride().model_dump() == {}
    assert NumericOverride(bucketize=Bucketize(quantiles=3), impute=Constant(constant=1)).model_dump() == {
        "bucketize": {"quantiles": 3, "bounds": None},
        "impute": {"constant": 1.0},
    }


def test_a_request_survives_being_stored() -> None:
    stored = request(features={"a": {"clip": None}, "b": {"impute": {"constant": 1}}}).model_dump(mode="json")
    assert stored["features"] == {"a": {"clip": None}, "b": {"impute": {"constant": 1.0}}}
    assert TrainingRequest.model_validate(stored).model_dump(mode="json") == stored


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "a/b"}, "match pattern"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"batch_size": 1_000_001}, "less than or equal to 1000000"),
        ({"learning_rate": 0}, "greater than 0"),
        ({"learning_rate": float("inf")}, "finite|less than or equal to 100"),
        ({"seed": 2**31}, "less than 2147483648"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"slices": [str(number) for number in range(21)]}, "at most 20"),
        ({"class_weights": {}}, "at least 1 item"),
        ({"class_weights": {"1": -1}}, "greater than or equal to 0"),
        ({"class_weights": "sqrt"}, "'balanced'"),
        ({"importance": {"rows": -1}}, "greater than or equal to 0"),
        ({"require": {}}, "at least one condition"),
        ({"features": {"a": {"dtype": "int64"}}}, "Extra"),
        ({"features": {"a": {"bucketize": {}}}}, "exactly one of quantiles and bounds"),
    ],
)
def test_a_request_that_cannot_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        request(**change)


def test_weights_of_classes_are_numbers_or_balanced() -> None:
    assert request(class_weights="balanced").class_weights == "balanced"
    assert request(class_weights={"1": 5, "0": 0}).class_weights == {"1": 5.0, "0": 0.0}


def test_a_training_leaves_nothing_open() -> None:
    settled = {"epochs": 1, "batch_size": 2, "optimizer": "sgd", "learning_rate": 0.1}
    assert Training.model_validate({**BODY, **settled}).epochs == 1
    for name in settled:
        with pytest.raises(ValidationError, match="Field required"):
            Training.model_validate({**BODY, **{key: value for key, value in settled.items() if key != name}})


@pytest.mark.parametrize("levels", [[0.5], [0.9, 0.1], [0.5, 0.5], [0.0, 0.5], [0.5, 1.0]])
def test_quantiles_ascend_between_0_and_1(levels: list[float]) -> None:
    with pytest.raises(ValidationError):
        TrainingRequest.model_validate({"model": "m", "dataset": "d", "quantiles": levels})
