"""A limit of time for fitting."""

from __future__ import annotations

import time
from typing import Any

import keras

from modeling.distributed.devices import Devices


class TimeLimit(keras.callbacks.Callback):
    """Callback that ends a training after the epoch in which a limit of seconds passes, on all processes of a cluster at once.

    They count from when it is made. `seconds_before`: those that earlier attempts of the job took, which count as well.
    """

    def __init__(self, seconds: float, devices: Devices, seconds_before: float = 0.0) -> None:
        super().__init__()
        self._seconds, self._devices, self._before = seconds, devices, seconds_before
        self._began = time.monotonic()

    @property
    def spent(self) -> float:
        """Return the seconds of all attempts so far."""
        return self._before + time.monotonic() - self._began

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names them
        """Stop once the limit has passed on any process."""
        network: Any = self.model
        if self._devices.any(self.spent >= self._seconds):
            network.stop_training = True
