"""Cancel a training on every process of a cluster at the same step, since processes wait for one another in each step."""

from __future__ import annotations

import keras

from chassis.engine.engine import JobContext
from contracts.errors import Cancelled
from modeling.distributed.devices import Devices

_STEPS_BETWEEN_CHECKS = 10


class CancelTogether(keras.callbacks.Callback):
    """Raise `Cancelled` on all processes once the chief's job is cancelled, checked every ten steps. Workers have no context."""

    def __init__(self, devices: Devices, context: JobContext | None) -> None:
        super().__init__()
        self._devices, self._context = devices, context

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Check for cancellation every ten steps."""
        if batch % _STEPS_BETWEEN_CHECKS == 0 and self._devices.any(self._is_cancelled()):
            raise Cancelled

    def _is_cancelled(self) -> bool:
        if self._context is None:
            return False
        try:
            self._context.check()
        except Cancelled:
            return True
        return False
