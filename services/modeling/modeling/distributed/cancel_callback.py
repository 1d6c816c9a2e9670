"""How the processes of a cluster leave a training early: all at the same step, since in each they wait for one another."""

from __future__ import annotations

import keras

from chassis.engine.engine import JobContext
from contracts.errors import Cancelled
from modeling.distributed.devices import Devices

_STEPS_BETWEEN_QUESTIONS = 10


class LeaveTogether(keras.callbacks.Callback):
    """Every ten steps, all ask whether the chief's job was asked to stop, and then raise `Cancelled`. Workers have no context."""

    def __init__(self, devices: Devices, context: JobContext | None) -> None:
        super().__init__()
        self._devices, self._context = devices, context

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Ask, if it is time to."""
        if batch % _STEPS_BETWEEN_QUESTIONS == 0 and self._devices.any(self._is_cancelled()):
            raise Cancelled

    def _is_cancelled(self) -> bool:
        if self._context is None:
            return False
        try:
            self._context.check()
        except Cancelled:
            return True
        return False
