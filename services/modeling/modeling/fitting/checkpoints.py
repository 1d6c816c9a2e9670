"""Checkpoints of a training after each epoch, from which it resumes when killed, in a folder of the job.

    {state}/checkpoints/{job}/epoch-00003.index, .data-…     TensorFlow's own checkpoint format, which holds numbers alone
                             /latest.json                    written last: the current checkpoint, and further state

A checkpoint is published atomically. Besides the latest one, that of the best epoch so far is kept for early stopping.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

_LATEST = "latest.json"


@dataclass(frozen=True)
class Saved:
    """The latest checkpoint: the variables' values after `epochs` epochs, and `best`, those of the epoch `best_epoch`."""

    epochs: int
    values: list[np.ndarray[Any, Any]]
    best: list[np.ndarray[Any, Any]] | None
    notes: dict[str, Any]

    def to_bytes(self) -> bytes:
        """Serialize, for `from_bytes` in another process."""
        about = json.dumps({"epochs": self.epochs, "notes": self.notes, "has_best": self.best is not None}).encode()
        arrays = {f"v{index}": value for index, value in enumerate(self.values)}
        arrays |= {f"b{index}": value for index, value in enumerate(self.best or [])}
        stream = io.BytesIO()
        np.savez(stream, about=np.frombuffer(about, np.uint8), **arrays)  # pyright: ignore[reportArgumentType]
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Saved:
        """Deserialize the bytes of `to_bytes`."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            about: dict[str, Any] = json.loads(arrays["about"].tobytes())
            values = [arrays[f"v{index}"] for index in range(sum(name[0] == "v" for name in arrays.files))]
            best = [arrays[f"b{index}"] for index in range(len(values))] if about["has_best"] else None
        return cls(about["epochs"], values, best, about["notes"])


class Checkpoints:
    """The checkpoints of one job. `purpose`: inputs of the training; checkpoints of other inputs are ignored."""

    def __init__(self, folder: Path, *purpose: str) -> None:
        self._folder = folder
        self._purpose = hashlib.sha256("\0".join([*purpose, tf.__version__]).encode()).hexdigest()

    def load(self) -> Saved | None:
        """Return the latest checkpoint of the same purpose; None without one."""
        try:
            latest: dict[str, Any] = json.loads((self._folder / _LATEST).read_bytes())
        except (OSError, ValueError):
            return None
        if latest["purpose"] != self._purpose:
            return None
        try:
            values = _read(self._folder / _name(latest["epochs"]), latest["variables"])
            best = latest["best_epochs"]
            best_values = None if best is None else _read(self._folder / _name(best), latest["variables"])
        except (tf.errors.OpError, KeyError):
            return None
        return Saved(latest["epochs"], values, best_values, latest["notes"])

    def write(
        self, epochs: int, variables: Sequence[tf.Variable], notes: dict[str, Any], best_epochs: int | None
    ) -> None:
        """Write the variables after `epochs` epochs, with `notes`, plain JSON; keep the checkpoint after `best_epochs`, too."""
        self._folder.mkdir(parents=True, exist_ok=True)
        tf.train.Checkpoint(variables=list(variables)).write(str(self._folder / _name(epochs)))
        latest = {
            "purpose": self._purpose,
            "epochs": epochs,
            "best_epochs": best_epochs,
            "variables": len(variables),
            "notes": notes,
        }
        temporary = self._folder / f".{_LATEST}"
        temporary.write_text(json.dumps(latest), encoding="utf-8")
        temporary.replace(self._folder / _LATEST)
        kept = {_name(epochs), *([] if best_epochs is None else [_name(best_epochs)])}
        for path in self._folder.glob("epoch-*"):
            if path.name.partition(".")[0] not in kept:
                _remove(path)


def _remove(path: Path) -> None:
    """Remove a checkpoint's file, or the folder that TensorFlow leaves where it was killed within a write."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _name(epochs: int) -> str:
    return f"epoch-{epochs:05d}"


def _read(prefix: Path, count: int) -> list[np.ndarray[Any, Any]]:
    reader: Any = tf.train.load_checkpoint(str(prefix))
    return [np.asarray(reader.get_tensor(f"variables/{index}/.ATTRIBUTES/VARIABLE_VALUE")) for index in range(count)]
