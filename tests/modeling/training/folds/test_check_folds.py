"""Folds that would leak, or that a dataset does not support, are refused before a job is made of the request."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.modeling.made import Made, make_rows

from contracts.dataset.published import Dataset
from contracts.dataset.split_rule import SplitColumn, SplitRule
from contracts.errors import InvalidRequest
from contracts.messages.trainings import TrainingRequest
from contracts.storage import Storage
from modeling.training.admission import admit
from modeling.training.folds.check_folds import check_folds, fold_notes

BY_TIME = SplitRule(
    by="time", columns=[SplitColumn(name="day", null_values=[""])], shares={}, begins={"test": "2013-11-15"}
)
BY_COLUMN = SplitRule(
    by="column", columns=[SplitColumn(name="year", null_values=[""])], shares={}, values={"test": ["2013"]}
)


def published(storage: Storage, split_rule: SplitRule | None = None, name: str = "made") -> Dataset:
    return Made(make_rows(12), [1] * 9 + [3] * 3, split_rule=split_rule, name=name).publish(storage)


def refused(dataset: Dataset, **body: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        check_folds(dataset, TrainingRequest(model="m", dataset="made", **body))
    return caught.value


def test_splits_by_time(storage: Storage) -> None:
    error = refused(published(storage, split_rule=BY_TIME), folds=5)
    assert error.pointer == "/folds"
    assert "split by time" in error.message
    assert "test split measures later rows" in error.message


def test_keys_that_were_not_recorded(storage: Storage) -> None:
    error = refused(Made(make_rows(12), [1] * 12).publish(storage), folds=3)
    assert (error.pointer, "Run its job again" in error.message) == ("/folds", True)


def test_more_folds_than_rows(storage: Storage) -> None:
    error = refused(published(storage), folds=10)
    assert (error.pointer, error.message) == ("/folds", "9 training rows cannot be divided into folds. Received: 10")


def test_bounds_without_folds_and_of_unknown_metrics(storage: Storage) -> None:
    dataset = published(storage)
    assert refused(dataset, require={"folds": {"auc": {"min": 0.5}}}).pointer == "/require/folds"
    request = TrainingRequest(model="m", dataset="made", folds=3, require={"folds": {"rmse": {"max": 1}}})  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest) as caught:
        admit(storage, dataset, request)
    assert caught.value.pointer == "/require/folds/rmse"


def test_other_splits_that_are_not_random_are_noted(storage: Storage) -> None:
    dataset = published(storage, split_rule=BY_COLUMN)
    check_folds(dataset, TrainingRequest(model="m", dataset="made", folds=3))  # type: ignore[arg-type]
    (note,) = fold_notes(dataset.manifest)
    assert "by the column 'year'" in note
    assert fold_notes(published(storage, name="other").manifest) == []


@pytest.mark.parametrize("folds", [1, 21, 2.5, math.nan, math.inf, "5", True, {"count": 3, "seed": -1}, {"seed": 1}])
def test_numbers_of_folds_that_cannot_be(folds: object) -> None:
    with pytest.raises(ValueError, match="folds"):
        TrainingRequest.model_validate({"model": "m", "dataset": "d", "folds": folds})


def test_a_number_is_a_count() -> None:
    request = TrainingRequest.model_validate({"model": "m", "dataset": "d", "folds": 5})
    assert request.folds is not None
    assert (request.folds.count, request.folds.seed) == (5, 0)
    assert TrainingRequest.model_validate(request.model_dump(mode="json")) == request
