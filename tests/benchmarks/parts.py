"""What the parts of `make bench` share: where their files are, how they time, and how one part is run in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BUILD = Path("build/bench").absolute()


TRAINED_FROM = {"none": "columns", "raw": "packed", "transformed": "packed"}
"""The layout, per kind of records, that training is measured with: the cheapest to read."""


def key(records: str, layout: str) -> str:
    """How a mode is called in the figures' names."""
    return records if layout == "columns" else f"{records}_packed"


def median(run: Callable[[], Any], repeat: int) -> float:
    """The median of the seconds that it takes."""
    took: list[float] = []
    for _ in range(repeat):
        begun = time.perf_counter()
        run()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def source_file(rows: int, seed: int) -> Path:
    """The generated file of so many rows; made if it is not there."""
    from tests.benchmarks import criteo  # noqa: PLC0415 - parts that generate nothing need not load it

    path = BUILD / f"criteo-{rows}-{seed}.tsv"
    if not path.exists():
        print(f"generating {path.name} …", file=sys.stderr)
        criteo.write(path, rows=rows, seed=seed)
    return path


def in_its_own_process(
    part: str, add: Callable[[dict[str, Any]], None] = lambda _: None, **options: Any
) -> dict[str, Any]:
    """Run a part's `main`, which prints figures as lines of JSON: its memory is its own, and so are its threads.

    `add` is called with each line's figures as they come. Raises RuntimeError for a part that fails.
    """
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", f"tests.benchmarks.{part}", *words]
    figures: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                measured = json.loads(line)
                figures |= measured
                add(measured)
    if process.returncode:
        raise RuntimeError(f"{part} ended with exit code {process.returncode}")
    return figures


def print_each(pieces: Iterable[dict[str, Any]]) -> None:
    """Print the figures of a part as they come, for `in_its_own_process`."""
    for figures in pieces:
        print(json.dumps(figures), flush=True)


def pays_after(found: dict[str, Any], records: str) -> float | None:
    """After how many epochs `transformed` has made up for its longer dataset job, beside other records; None: never."""
    modes = found["modes"]
    saved = modes[records]["epoch_s"] - modes["transformed"]["epoch_s"]
    job = {mode: found[f"dataset_{key(mode, layout)}_s"] for mode, layout in TRAINED_FROM.items()}
    return max((job["transformed"] - job[records]) / saved, 0.0) if saved > 0 else None
