"""Values per second and core of dates and times in given formats, in the kernel: python -m tests.benchmarks.date_formats."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
from tests.benchmarks.parts import median

from contracts.features import TimeFormat
from preprocessing.expressions.zone_transitions import zone_rules
from sources.values.text_values import Spelling, typed

ROWS = 1_000_000
FORMATS = ("auto", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y", "%d %B %Y %I:%M %p", "%Y%m%d", "unix_s", "unix_ms")


def written(seconds: np.ndarray, form: str) -> pa.Array:
    """Times as text of a format."""
    moments = seconds.astype("M8[s]").tolist()
    match form:
        case "auto":
            texts = [moment.isoformat() for moment in moments]
        case "unix_s" | "unix_ms":
            texts = [str(value) for value in (seconds * (1 if form == "unix_s" else 1000)).tolist()]
        case _:
            texts = [moment.strftime(form) for moment in moments]
    return pa.array([text.encode() for text in texts], pa.binary())


def measure(rows: int = ROWS) -> dict[str, float]:
    """Values per second of each format, in UTC and by the clocks of New York, on one core."""
    pa.set_cpu_count(1)
    seconds = np.random.default_rng(1).integers(0, 2 * 10**9, rows)
    speeds: dict[str, float] = {}
    for form in FORMATS:
        texts = written(seconds, form)
        for place, zone in (("utc", None), ("new_york", zone_rules("America/New_York"))):
            spelling = Spelling(("", "NA"), time=TimeFormat(format=form, zone=zone))
            assert not typed(texts, "instant", spelling)[1]
            speeds[f"{form} {place}"] = rows / median(
                lambda texts=texts, spelling=spelling: typed(texts, "instant", spelling), 5
            )
    return speeds


if __name__ == "__main__":
    print(json.dumps({name: round(value) for name, value in measure().items()}, indent=1))
