"""Hints for the next training from the course of one."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.messages.trainings import EpochRecord, Training


def training_notes(request: Training, history: Sequence[EpochRecord], kept: int) -> list[str]:
    """Return a sentence where the first or the last possible epoch was the best by the validation loss.

    Nothing without that loss. The last epoch is that of the request, or the one in which its time limit passed.
    """
    epochs = len(history)
    if epochs < 2 or request.early_stopping is None or any(record.val_loss is None for record in history):
        return []
    if kept == 1:
        never = f"Epoch 1 of {epochs} was kept: the validation loss was never lower than after the first pass over the rows."
        return [f"{never} A learning_rate below {request.learning_rate:g}, or dropout, may find a better model."]
    if kept < epochs:
        return []
    falling = f"The last of {epochs} epochs was kept: the validation loss was still falling."
    if epochs == request.epochs:
        return [f"{falling} More epochs may find a better model."]
    if request.time_limit is not None:
        return [f"{falling} A time_limit above {request.time_limit:g} s may find a better model."]
    return []
