"""The flights as one dataset per way of dividing the work: `python -m tests.quality.flights_datasets FOLDER none raw …`."""

from __future__ import annotations

import sys
from pathlib import Path

from chassis.engine.engine import JobContext
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings
from tandem.demo_data import flights_request, write_flights


def make(root: Path, modes: list[str]) -> None:
    write_flights(root)
    settings = PreprocessingSettings(storage=str(root / "storage"), state=str(root / "state"), source_roots=[str(root)])
    engine = SparkEngine(settings)
    engine.warm()
    for mode in modes:
        asked = flights_request(mode).model_dump(mode="json", exclude_none=True)
        engine.run("dataset", {**asked, "records": mode, "layout": "packed"}, JobContext.alone(mode))
    engine.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2:])
