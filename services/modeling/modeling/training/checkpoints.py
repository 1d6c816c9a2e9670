"""Checkpoints of a training after each epoch, from which a killed one resumes, in a folder of the job.

    {state}/checkpoints/{job}/epoch-00003.index, .data-…     TensorFlow's own checkpoint format, which holds numbers alone
                             /latest.json                    written last: which of them counts, and what else must be remembered

A checkpoint is found whole or not at all. Beside the latest one, that of the best epoch so far is kept: early stopping needs it.
"""

from __future__ import annotations

import hashlib
import io
import json
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
        arrays = {f"v{at}": value for at, value in enumerate(self.values)}
        arrays |= {f"b{at}": value for at, value in enumerate(self.best or [])}
        stream = io.BytesIO()
        np.savez(stream, about=np.frombuffer(about, np.uint8), **arrays)  # pyright: ignore[reportArgumentType]
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Saved:
        """Deserialize what `to_bytes` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            about: dict[str, Any] = json.loads(found["about"].tobytes())
            values = [found[f"v{at}"] for at in range(sum(name[0] == "v" for name in found.files))]
            best = [found[f"b{at}"] for at in range(len(values))] if about["has_best"] else None
        return cls(about["epochs"], values, best, about["notes"])


class Checkpoints:
    """The checkpoints of one job. `purpose`: whatever must be the same for them to be of use; others are not read."""

    def __init__(self, folder: Path, *purpose: str) -> None:
        self._folder = folder
        self._purpose = hashlib.sha256("\0".join([*purpose, tf.__version__]).encode()).hexdigest()

    def load(self) -> Saved | None:
        """Return the latest checkpoint; None if there is none, or none that fits this job."""
        try:
            found: dict[str, Any] = json.loads((self._folder / _LATEST).read_bytes())
        except (OSError, ValueError):
            return None
        if found["purpose"] != self._purpose:
            return None
        try:
            values = _read(self._folder / _name(found["epochs"]), found["variables"])
            best = found["best_epochs"]
            best_values = None if best is None else _read(self._folder / _name(best), found["variables"])
        except (tf.errors.OpError, KeyError):
            return None
        return Saved(found["epochs"], values, best_values, found["notes"])

    def write(
        self, epochs: int, variables: Sequence[tf.Variable], notes: dict[str, Any], best_epochs: int | None
    ) -> None:
        """Keep the variables as they are after so many epochs, with `notes`, plain JSON; and those after `best_epochs`."""
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
                path.unlink(missing_ok=True)


def _name(epochs: int) -> str:
    return f"epoch-{epochs:05d}"


def _read(prefix: Path, count: int) -> list[np.ndarray[Any, Any]]:
    reader: Any = tf.train.load_checkpoint(str(prefix))
    return [np.asarray(reader.get_tensor(f"variables/{at}/.ATTRIBUTES/VARIABLE_VALUE")) for at in range(count)]
