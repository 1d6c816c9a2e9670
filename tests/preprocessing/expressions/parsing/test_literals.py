from __future__ import annotations

import pytest

from preprocessing.expressions.parsing import literals
from preprocessing.expressions.zone_transitions import zone_rules

BERLIN = zone_rules("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-1-1 01:00:00", 0),
        ("2020-07-01 00:00:00.000001", 1_593_554_400_000_001),
        ("2021-03-28 02:30:00", 1_616_895_000_000_000),
        ("2021-10-31 02:30:00", 1_635_640_200_000_000),
        ("2021-10-31 02:30:00+01:00", 1_635_643_800_000_000),
    ],
)
def test_instants(text: str, micros: int) -> None:
    assert literals.instant(text, BERLIN).value == micros


def test_a_date_of_a_timestamp_and_numbers() -> None:
    assert literals.date_of(" 2020-01-01 12:00:00") == "2020-01-01"
    assert literals.number("12").type == "integer"
    assert literals.number("1e3").value == 1000.0
