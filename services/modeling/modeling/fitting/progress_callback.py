"""Report the progress of a training through its job's events."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import keras

from chassis.engine.engine import JobContext
from contracts.errors import Cancelled

_SECONDS_BETWEEN_REPORTS = 0.25


@dataclass(frozen=True)
class FitPhase:
    """The name of a fit in the job's progress, and the part of the whole progress that it takes."""

    name: str = "fit"
    begin: float = 0.02
    end: float = 0.9
    is_last: bool = True
    """False if other fits follow, so that the time that this one takes is not that of the job."""

    def part(self, index: int, parts: int, name: str | None = None) -> FitPhase:
        """Return the part at `index`, from 0, of this many equal `parts`."""
        length = (self.end - self.begin) / parts
        begin = self.begin + index * length
        return FitPhase(name or self.name, begin, begin + length, is_last=index == parts - 1)


FIT = FitPhase()


class Reporter(keras.callbacks.Callback):
    """Callback that reports progress, at most four times a second, and raises `Cancelled` for a cancelled job.

    It does not raise when several workers must stop together: see `cancel_callback`. `seconds_left` is an estimate without early
    stopping, by the speed of this attempt; none where other fits follow.
    """

    def __init__(
        self,
        context: JobContext,
        *,
        epochs: int,
        rows: int,
        steps: int,
        first_epoch: int = 0,
        leaves_alone: bool = True,
        phase: FitPhase = FIT,
    ) -> None:
        super().__init__()
        self._context = context
        self._leaves_alone = leaves_alone
        self._phase = phase
        self._epochs, self._rows, self._steps = epochs, rows, steps
        self._first_epoch = self._epoch = first_epoch
        self._began: float | None = None
        self._next_report = 0.0
        self._validation: dict[str, float] = {}

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names it
        """Remember which epoch it is, and when the first one began."""
        self._epoch = epoch
        if self._began is None:
            self._began = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Report progress, but not at every step: reading the loss waits for the step."""
        self._check()
        now = time.monotonic()
        if now >= self._next_report:
            self._next_report = now + _SECONDS_BETWEEN_REPORTS
            self._say(min((batch + 1) / self._steps, 1.0), logs)

    def on_test_batch_end(self, batch: int, logs: object = None) -> None:  # noqa: ARG002  # Keras names them
        """Check for cancellation during validation."""
        self._check()

    def _check(self) -> None:
        if self._leaves_alone:
            self._context.check()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report the epoch's metrics; its validation metrics stay in the progress of the next epoch."""
        del epoch  # `on_epoch_begin` has stored it
        self._validation = {
            name: round(float(value), 6) for name, value in (logs or {}).items() if name.startswith("val_")
        }
        self._say(1.0, logs)

    def _say(self, part: float, logs: dict[str, Any] | None) -> None:
        done = self._epoch + part
        here = done - self._first_epoch
        seconds = time.perf_counter() - (self._began or time.perf_counter())
        details: dict[str, Any] = {
            "epoch": self._epoch + 1,
            "epochs": self._epochs,
            "examples_per_second": round(here * self._rows / seconds) if seconds else None,
            "seconds_left": round(seconds * (self._epochs - done) / here, 1) if here and self._phase.is_last else None,
            **self._validation,
            **{name: round(float(value), 6) for name, value in (logs or {}).items()},
        }
        with nullcontext() if self._leaves_alone else suppress(Cancelled):
            self._context.progress(
                self._phase.name,
                self._phase.begin + (self._phase.end - self._phase.begin) * done / self._epochs,
                completed=round(done * self._steps),
                total=self._steps * self._epochs,
                **details,
            )
