"""Early stopping, which may first return to the best epoch and continue at a lower rate."""

from __future__ import annotations

from typing import Any

import keras

from contracts.messages.optimizers import EarlyStopping
from modeling.optimization.schedules import Schedule


class Stopping(keras.callbacks.EarlyStopping):
    """Keras's early stopping by the validation loss; restores the weights of the best epoch at the end, stopped or not.

    With a schedule that has reductions, training continues from the best epoch's weights when patience ends, at the next lower
    rate, until there is no reduction left. The optimizer's averages stay.
    """

    def __init__(self, spec: EarlyStopping, schedule: Schedule) -> None:
        assert spec.patience is not None
        super().__init__(
            "val_loss",
            patience=spec.patience,
            min_delta=spec.min_delta,  # pyright: ignore[reportArgumentType]  # Keras infers int of 0
            mode="min",
            restore_best_weights=True,
        )
        self._schedule = schedule
        self.reductions = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop where patience has ended and no reduction is left."""
        network: Any = self.model
        stops_anyway = network.stop_training
        super().on_epoch_end(epoch, logs)
        if not network.stop_training or stops_anyway or self.reductions == self._schedule.most_reductions:
            return
        network.stop_training = False
        network.set_weights(self.best_weights)
        self.wait = 0
        self.reduce(self.reductions + 1)

    def reduce(self, times: int) -> None:
        """Set the number of reductions so far, and the rate with it."""
        self.reductions = times
        if times:
            self._schedule.reduce(times)
