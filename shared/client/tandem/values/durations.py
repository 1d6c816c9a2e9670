"""Durations as a person reads them."""

from __future__ import annotations


def shown_duration(seconds: float) -> str:
    """Return a duration in its two largest units.

    >>> shown_duration(0.42), shown_duration(59.6), shown_duration(125), shown_duration(7384)
    ('0.4 s', '1 min 0 s', '2 min 5 s', '2 h 3 min')
    """
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
