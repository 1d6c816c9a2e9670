"""Results of finished folds, kept until the job is done, so that a later attempt does not repeat them.

{checkpoints of the job}/folds/fold-03.json: the result, and what it is of
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pydantic import ValidationError

from contracts.messages.folds.results import FoldResult


class FinishedFolds:
    """The finished folds of one job. `purpose`: inputs of the training; results of other inputs are ignored."""

    def __init__(self, folder: Path, *purpose: str) -> None:
        self._folder = folder
        self._purpose = hashlib.sha256("\0".join(purpose).encode()).hexdigest()

    def read(self, fold: int) -> FoldResult | None:
        """Return the result of a fold, which counts from 1; None if it is not finished."""
        try:
            kept = json.loads(self._path(fold).read_bytes())
            return FoldResult.model_validate(kept["result"]) if kept["purpose"] == self._purpose else None
        except (OSError, ValueError, KeyError, ValidationError):
            return None

    def write(self, result: FoldResult) -> None:
        """Keep a result, at once or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(result.fold)
        temporary = path.with_name(f".{path.name}")
        kept = {"purpose": self._purpose, "result": result.model_dump(mode="json")}
        temporary.write_text(json.dumps(kept), encoding="utf-8")
        temporary.replace(path)

    def _path(self, fold: int) -> Path:
        return self._folder / f"fold-{fold:02d}.json"
