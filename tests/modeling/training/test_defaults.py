from __future__ import annotations

from typing import Any

import pytest

from contracts.messages.networks import TabM
from contracts.messages.optimizers import EarlyStopping, Plateau
from contracts.messages.trainings import WARM_COSINE, TrainingRequest
from modeling.training.defaults import settled


def request(**more: Any) -> TrainingRequest:
    return TrainingRequest.model_validate({"model": "m", "dataset": "d", **more})


@pytest.mark.parametrize(
    ("rows", "batch_size", "epochs", "patience"),
    [(0, 32, 100, 20), (275, 32, 100, 20), (262_000, 1024, 10, 3), (40_000_000, 4096, 10, 3)],
)
def test_what_is_left_open_follows_the_rows(rows: int, batch_size: int, epochs: int, patience: int) -> None:
    found = settled(request(network={"kind": "dnn"}), rows)
    assert (found.batch_size, found.epochs) == (batch_size, epochs)
    assert found.early_stopping is not None
    assert found.early_stopping.patience == patience


def test_what_is_left_open_follows_the_network() -> None:
    linear, deep = (settled(request(network={"kind": kind}), 100) for kind in ("linear", "dnn"))
    assert isinstance(settled(request(), 100).network, TabM)
    assert (linear.optimizer.kind, linear.learning_rate) == ("ftrl", 0.1)
    assert (deep.optimizer.kind, deep.learning_rate) == ("adam", 0.003)
    assert settled(request(optimizer="adagrad"), 100).learning_rate == 0.05


def test_an_ensemble_learns_at_one_rate_until_validation_stops_falling() -> None:
    few, many = (
        settled(request(network={"kind": "tabm"}), 10_000, 300),
        settled(request(network={"kind": "tabm"}), 10**6),
    )
    assert (few.network, many.network) == (
        TabM(kind="tabm", hidden=[128, 64], members=8, bins=13, embedding_shrinkage=50),
        TabM(kind="tabm", hidden=[256, 128], members=1, bins=32, embedding_shrinkage=50),
    )
    assert (few.schedule, few.learning_rate, few.batch_size, few.epochs) == (Plateau(kind="plateau"), 0.002, 128, 200)
    assert few.early_stopping == EarlyStopping(patience=6)
    assert (many.batch_size, many.epochs) == (4096, 82)
    unstopped = settled(request(network={"kind": "tabm"}, early_stopping=None), 20_000)
    assert unstopped.schedule == settled(request(network={"kind": "dnn"}), 20_000).schedule == WARM_COSINE


@pytest.mark.parametrize(("rows", "patience", "epochs"), [(10**6, 6, 82), (6 * 10**6, 3, 14), (10**8, 2, 10)])
def test_long_epochs_are_fewer_and_waited_for_less(rows: int, patience: int, epochs: int) -> None:
    found = settled(request(), rows)
    assert (found.early_stopping, found.epochs) == (EarlyStopping(patience=patience), epochs)


def test_what_was_asked_for_stays() -> None:
    asked = request(
        masking={"share": 0.3, "weight": 0.5},
        schedule="step",
        epochs=3,
        batch_size=7,
        learning_rate=0.5,
        optimizer={"kind": "sgd", "momentum": 0.1},
        early_stopping=None,
        network={"kind": "dnn"},
    )
    assert settled(asked, 10**6).model_dump() == asked.model_dump()
    assert (
        settled(request(early_stopping={"patience": 1}), 10**6).early_stopping
        == request(early_stopping={"patience": 1}).early_stopping
    )


def test_more_rows_are_masked_for_an_ensemble_unless_the_request_says_how_many() -> None:
    def share(**fields: object) -> float | None:
        masking = settled(request(**fields), 1000).masking
        return None if masking is None else masking.share

    assert (share(), share(network={"kind": "dnn"}), share(network={"kind": "linear"})) == (0.25, 0.1, 0.1)
    assert (share(masking={"share": 0.5}), share(masking={"share": 0}), share(masking=None)) == (0.5, 0, None)
    assert share(masking={"unseen": 0.1}, network={"kind": "dnn"}) == 0.1


def test_masked_rows_count_less_where_squared_errors_are_minimized() -> None:
    def weight(label: Any, **fields: Any) -> float | None:
        masking = settled(request(**fields), 1000, label=label).masking
        return None if masking is None else masking.weight

    assert (weight("regression"), weight("binary"), weight("multiclass")) == (0.2, 1, 1)
    assert weight("regression", quantiles=[0.1, 0.9]) == 1, "a pinball loss grows with the deviation, not its square"
    assert weight("regression", masking={"weight": 0.5}) == 0.5
