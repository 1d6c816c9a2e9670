from __future__ import annotations

from datetime import date

import numpy as np

from contracts.expressions import calendar

EPOCH = date(1970, 1, 1).toordinal()
FIRST, LAST = date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH
DAYS = np.concatenate(
    [np.arange(FIRST, LAST, 97), np.arange(FIRST, FIRST + 800), np.arange(-800, 800), np.arange(LAST - 800, LAST + 1)]
)
DATES = [date.fromordinal(int(day) + EPOCH) for day in DAYS]


def test_parts_of_dates_are_those_of_python() -> None:
    expected = {
        "year": [d.year for d in DATES],
        "quarter": [(d.month + 2) // 3 for d in DATES],
        "month": [d.month for d in DATES],
        "day": [d.day for d in DATES],
        "dayofyear": [d.timetuple().tm_yday for d in DATES],
        "dayofweek": [d.isoweekday() % 7 + 1 for d in DATES],
        "weekday": [d.weekday() for d in DATES],
        "weekofyear": [d.isocalendar().week for d in DATES],
    }
    assert {part: of(DAYS).tolist() for part, of in calendar.PARTS_OF_DATES.items()} == expected


def test_days_of_a_date_invert_its_parts() -> None:
    assert np.array_equal(calendar.days_of(*calendar.year_month_day(DAYS)), DAYS)


def test_first_days() -> None:
    for unit, start in {
        "year": lambda d: d.replace(month=1, day=1),
        "quarter": lambda d: d.replace(month=(d.month - 1) // 3 * 3 + 1, day=1),
        "month": lambda d: d.replace(day=1),
    }.items():
        assert calendar.FIRST_DAYS[unit](DAYS).tolist() == [start(d).toordinal() - EPOCH for d in DATES]
    assert calendar.FIRST_DAYS["week"](DAYS).tolist() == [
        int(day) - d.weekday() for day, d in zip(DAYS, DATES, strict=True)
    ]
