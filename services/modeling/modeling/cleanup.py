"""What killed jobs of this service leave, in the storage and in its state folder, and its removal. No TensorFlow here."""

from __future__ import annotations

from pathlib import Path

from contracts.cleanup import Judge, sweep_attempts, sweep_hidden
from contracts.storage import Storage
from modeling.batch_prediction import repository
from modeling.repository.labels import FOLDER as LABELS
from modeling.repository.versions import MODELS
from modeling.training.state_folders import checkpoint_folder, discard_checkpoints


def sweep(storage: Storage, state: Path, judge: Judge) -> list[str]:
    """Remove versions in the making, predictions that were not published and checkpoints, where they may go. Returns paths."""
    gone = sweep_hidden(storage, MODELS, judge)
    for model in storage.folders(MODELS):
        here = sweep_hidden(storage, f"{MODELS}/{model}", judge)
        gone += here + sweep_hidden(storage, f"{MODELS}/{model}/{LABELS}", judge)
        if here:
            storage.delete_empty_folder(f"{MODELS}/{model}")
    gone += sweep_attempts(
        storage,
        repository.FOLDER,
        lambda name: repository.read_predictions(storage, name).folder.rpartition("/")[2],
        judge,
    )
    return gone + _sweep_checkpoints(state, judge)


def _sweep_checkpoints(state: Path, judge: Judge) -> list[str]:
    kept = Storage(str(checkpoint_folder(state, "")))
    gone = [job for job in kept.folders("") if judge.may_go(job, kept.changed(job))]
    for job in gone:
        discard_checkpoints(state, job)
    return [str(checkpoint_folder(state, job)) for job in gone]
