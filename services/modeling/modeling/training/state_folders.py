"""Folders of a training in the service's state folder: checkpoints and learning curves. No TensorFlow here.

{state}/checkpoints/{job}/ checkpoints of the job, see `checkpoints`; removed once the job is done
{state}/tensorboard/{model}/{job}/ learning curves, see `tensorboard_callback`; kept for the newest 100 of a model
"""

from __future__ import annotations

import shutil
from pathlib import Path

_RUNS_KEPT = 100


def checkpoint_folder(state: Path, job: str) -> Path:
    """Return the folder of a job's checkpoints."""
    return state / "checkpoints" / job


def discard_checkpoints(state: Path, job: str) -> None:
    """Remove a job's checkpoints. Safe to call twice."""
    shutil.rmtree(checkpoint_folder(state, job), ignore_errors=True)


def board_folder(state: Path, model: str, job: str) -> Path:
    """Return the folder of a job's curves; removes the model's oldest curves past `_RUNS_KEPT`."""
    folder = (state / "tensorboard" / model / job).absolute()
    others = [path for path in folder.parent.glob("*") if path != folder]
    for path in sorted(others, key=_changed)[: -(_RUNS_KEPT - 1)]:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def _changed(path: Path) -> float:
    """Return when a path was changed last; long ago if another training has just removed it."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
