"""Early stopping: Keras's own, and on a plateau first back to the best weights at a lower rate."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from contracts.messages.optimizers import ConstantSchedule, EarlyStopping, Plateau
from modeling.fitting.stopping import Stopping
from modeling.optimization.schedules import Schedule

PLATEAU = Plateau(kind="plateau", factor=0.1, reductions=2)


def begun(stopping: Any) -> Any:
    network: Any = keras.Sequential([keras.layers.Input([1]), keras.layers.Dense(1, use_bias=False)])
    network.stop_training = False
    stopping.set_model(network)
    stopping.on_train_begin()
    return network


def schedule_of(spec: Any) -> Schedule:
    return Schedule(spec, 0.5, 10, 100)


def test_better_by_less_than_min_delta_is_no_better() -> None:
    stopping: Any = Stopping(EarlyStopping(patience=7, min_delta=0.5), schedule_of(ConstantSchedule(kind="constant")))
    assert (stopping.monitor, stopping.patience, stopping.restore_best_weights) == ("val_loss", 7, True)
    begun(stopping)
    waits: list[int] = []
    for epoch, loss in enumerate([1.0, 0.6, 0.4, 0.3]):
        stopping.on_epoch_end(epoch, {"val_loss": loss})
        waits.append(stopping.wait)
    assert waits == [0, 1, 0, 1]


def test_a_plateau_goes_back_to_the_best_weights_at_a_lower_rate_and_stops_after_the_last() -> None:
    schedule = schedule_of(PLATEAU)
    stopping = Stopping(EarlyStopping(patience=2), schedule)
    network = begun(stopping)
    rates: list[float] = []
    weights: list[float] = []
    stopped: list[int] = []
    #         best at 1   back after 3  better at 4   back after 6   stops after 8
    for epoch, loss in enumerate([1.0, 0.5, 0.6, 0.7, 0.4, 0.5, 0.6, 0.7, 0.8]):
        network.set_weights([np.full((1, 1), epoch)])
        stopping.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(round(float(schedule(0)), 6))
        weights.append(float(network.get_weights()[0][0, 0]))
        if network.stop_training:
            stopped.append(epoch)
    assert rates == [0.5, 0.5, 0.5, 0.05, 0.05, 0.05, 0.005, 0.005, 0.005]
    assert weights == [0, 1, 2, 1, 4, 5, 4, 7, 8]
    assert (stopped, stopping.best_epoch) == ([8], 4)
    stopping.on_train_end()
    assert network.get_weights()[0][0, 0] == 4


def test_what_was_stopped_for_another_reason_stays_stopped() -> None:
    stopping = Stopping(EarlyStopping(patience=1), schedule_of(PLATEAU))
    network = begun(stopping)
    stopping.on_epoch_end(0, {"val_loss": 1.0})
    network.stop_training = True
    stopping.on_epoch_end(1, {"val_loss": 2.0})
    assert network.stop_training
    assert stopping.reductions == 0
