"""The first days of months are those of Python's calendar."""

from __future__ import annotations

from datetime import date

from sources.values.calendar_days import begins_of_months


def test_months_begin_when_python_has_them() -> None:
    begins = begins_of_months()
    for year in (1, 4, 100, 400, 1582, 1900, 1970, 2000, 2024, 9999):
        for month in range(1, 13):
            assert begins[year * 12 + month - 1] == (date(year, month, 1) - date(1970, 1, 1)).days
    assert len(begins) == 12 * 10_000 + 1
