"""Resume a killed training from its last epoch: weights, optimizer, random seeds, learning curves, early stopping and time."""

from __future__ import annotations

import logging
from typing import Any

import keras
import numpy as np

from modeling.distributed.devices import Devices
from modeling.fitting.checkpoints import Checkpoints, Saved
from modeling.fitting.stopping import Stopping
from modeling.fitting.time_limit import TimeLimit

_log = logging.getLogger(__name__)
History = dict[str, list[float]]

_SECONDS = "seconds"


def saved_everywhere(devices: Devices, checkpoints: Checkpoints | None) -> Saved | None:
    """Return the chief's latest checkpoint on every worker; None without a checkpoint."""
    saved = checkpoints.load() if devices.is_chief and checkpoints is not None else None
    if not devices.has_others:
        return saved
    data = devices.broadcast((b"" if saved is None else saved.to_bytes()) if devices.is_chief else None)
    return Saved.from_bytes(data) if data else None


def seconds_before(saved: Saved | None) -> float:
    """Return the seconds of fitting before a checkpoint, of a training that counts them."""
    return 0.0 if saved is None else saved.notes.get(_SECONDS, 0.0)


class KeepState(keras.callbacks.Callback):
    """Callback that writes a checkpoint after each epoch, and keeps the learning curves. It must follow `stopping`.

    `history`: values per epoch by metric, including those before an interruption. `saved`: the checkpoint to resume from, for
    which `restore` must have been called on a compiled network. Without `checkpoints` nothing is written.
    """

    def __init__(
        self,
        checkpoints: Checkpoints | None,
        stopping: Stopping | None,
        saved: Saved | None,
        limit: TimeLimit | None = None,
    ) -> None:
        super().__init__()
        self._checkpoints, self._limit = checkpoints, limit
        self._stopping: Any = stopping
        self._saved = saved
        self.history: History = {} if saved is None else {name: list(of) for name, of in saved.notes["history"].items()}

    @property
    def first_epoch(self) -> int:
        """Return the epochs that were already run."""
        return 0 if self._saved is None else self._saved.epochs

    @property
    def is_over(self) -> bool:
        """Return True if early stopping had ended the training before it was interrupted."""
        return self._saved is not None and bool(self._saved.notes["over"])

    @property
    def _network(self) -> Any:
        return self.model

    def restore(self, network: keras.Model) -> None:
        """Assign the saved values to network and optimizer."""
        if self._saved is not None:
            for variable, value in zip(state_of(network), self._saved.values, strict=True):
                variable.assign(value)
            _log.info("resuming after epoch %d, from its checkpoint", self._saved.epochs)

    def on_train_begin(self, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Restore the state of early stopping, which Keras has just reset."""
        saved, stopping = self._saved, self._stopping
        if saved is None or stopping is None or "wait" not in saved.notes:
            return
        stopping.wait, stopping.best, stopping.best_epoch = (
            saved.notes[name] for name in ("wait", "best", "best_epoch")
        )
        stopping.reduce(saved.notes.get("reductions", 0))
        if saved.best is not None:
            stopping.best_weights = _weights_among(self._network, saved.best)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the metrics of the epoch and write a checkpoint."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if self._checkpoints is None:
            return
        notes: dict[str, Any] = {"history": self.history, "over": bool(self._network.stop_training)}
        if self._limit is not None:
            notes[_SECONDS] = self._limit.spent
        best_epochs = None
        if self._stopping is not None and self._stopping.best is not None:
            stopping = self._stopping
            notes |= {"wait": stopping.wait, "best": float(stopping.best), "best_epoch": stopping.best_epoch}
            notes["reductions"] = stopping.reductions
            best_epochs = stopping.best_epoch + 1
        self._checkpoints.write(epoch + 1, state_of(self._network), notes, best_epochs)


def state_of(network: keras.Model) -> list[Any]:
    """Return every variable that training changes: weights, seeds of dropout, the optimizer's. Takes a compiled network."""
    optimizer: Any = network.optimizer
    optimizer.build(network.trainable_variables)
    return [variable.value for variable in (*network.variables, *optimizer.variables)]


def _weights_among(network: keras.Model, values: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Return the saved values of the network's weights, in the order of `get_weights`."""
    index_of = {id(variable): index for index, variable in enumerate(network.variables)}
    return [values[index_of[id(weight)]] for weight in network.weights]
