"""Numbers as people read them. Each is a filter in templates, under the function's name; None becomes a dash."""

from __future__ import annotations

import math
from datetime import UTC, datetime

__all__ = [
    "FILTERS",
    "NOTHING",
    "brief",
    "count",
    "moment",
    "number",
    "percent",
    "seconds",
    "signed",
    "size",
    "visible",
    "when",
]

NOTHING = "-"
FILTERS = ("brief", "count", "moment", "number", "percent", "seconds", "signed", "size", "visible", "when")


def number(value: float | None, digits: int = 4) -> str:
    """Format a measure as `brief` does, filled up with zeros to `digits` significant digits, so that a column is even.

    >>> number(0.78512), number(12.3), number(0.0000012), number(123456.7), number(0), number(None)
    ('0.7851', '12.30', '1.2e-06', '123,457', '0', '-')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    rounded = float(f"{value:.{digits}g}")
    if not 1e-4 <= abs(rounded) < 10_000:
        return brief(value, digits)
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{value:.{max(decimals, 0)}f}"


def brief(value: float | None, digits: int = 4) -> str:
    """Format a value in as few digits as identify it, at most `digits` significant ones but for whole numbers.

    >>> brief(17), brief(2013), brief(123456.7), brief(0.00000123), brief(None)
    ('17', '2013', '123,457', '1.23e-06', '-')
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if 9_999.5 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.{max(digits, 4 if abs(value) >= 1 else 0)}g}"


def signed(value: float | None, digits: int = 4) -> str:
    """Format a difference: as `number`, with its sign.

    >>> signed(0.25), signed(-0.25), signed(0.0)
    ('+0.2500', '-0.2500', '0')
    """
    shown = number(value, digits)
    return f"+{shown}" if value is not None and value > 0 and shown != NOTHING else shown


def count(value: int | None) -> str:
    """Format a whole number with commas.

    >>> count(1234567)
    '1,234,567'
    """
    return NOTHING if value is None else f"{value:,}"


def percent(value: float | None, digits: int = 1) -> str:
    """Format a share (0 to 1) as a percentage.

    >>> percent(0.2345)
    '23.4%'
    """
    return NOTHING if value is None or not math.isfinite(value) else f"{value:.{digits}%}"


def seconds(value: float | None) -> str:
    """Format a duration in seconds.

    >>> seconds(0.5), seconds(75), seconds(7300)
    ('0.50 s', '1 min 15 s', '2 h 1 min')
    """
    if value is None:
        return NOTHING
    if round(value, 1) < 60:
        return f"{value:.2f} s" if round(value, 2) < 10 else f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(value: float | None) -> str:
    """Bytes, in powers of a thousand.

    >>> size(512), size(1_500_000)
    ('512 B', '1.5 MB')
    """
    if value is None:
        return NOTHING
    if round(value) < 1000:
        return f"{value:.0f} B"
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if round(value, 1) < 1000:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def visible(text: str) -> str:
    r"""Escape characters that a page would not show: line breaks, other control characters, spaces at the ends.

    >>> visible("a\nb")
    'a\\nb'
    """
    if text != text.strip() or not text:
        return repr(text)
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def when(value: datetime | None) -> str:
    """Format a time in UTC, to the second."""
    return NOTHING if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def moment(value: float | None) -> str:
    """Format seconds since the epoch as `when` does.

    >>> moment(0)
    '1970-01-01 00:00:00 UTC'
    """
    return NOTHING if value is None else when(datetime.fromtimestamp(value, UTC))
