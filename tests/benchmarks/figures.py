"""The figures of a benchmark, written as they come: what fails late loses nothing of what was measured before."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["Figures"]

FAILURES = "failures"


class Figures(dict[str, Any]):
    """Figures by name, and the file that has them; under `failures`, by part, why it has no more."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._failures: dict[str, str] = {}
        self._write()

    def measure(self, part: str, run: Callable[[], Mapping[str, Any]]) -> None:
        """Add a part's figures. One that fails is named at the end, and the next begins."""
        print(f"{time.strftime('%H:%M:%S')} {part} …", file=sys.stderr, flush=True)
        try:
            self.add(run())
        except Exception as error:  # noqa: BLE001  # whatever it is, the others are still to be measured
            traceback.print_exc()
            self._failures[part] = f"{type(error).__name__}: {error}"
            self[FAILURES] = self._failures
            self._write()

    def add(self, figures: Mapping[str, Any]) -> None:
        """Add figures, and write the file."""
        self.update(figures)
        self._write()

    def end(self) -> None:
        """Name the file, and exit with an error if a part failed."""
        print(f"written to {self._path}")
        if self._failures:
            lines = [f"  {part}: {why}" for part, why in self._failures.items()]
            sys.exit("\n".join(["failed:", *lines]))

    def _write(self) -> None:
        """Replace the file by a whole one: a reader, and an end at any time, leave no half of it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".partial")
        temporary.write_text(json.dumps(self, indent=1) + "\n")
        temporary.replace(self._path)
