"""Values and tokens as the descriptions of the OpenAPI page write them."""

from __future__ import annotations

import json

from contracts.statistics import FeatureStatistics

_MAX_LENGTH = 40


def number_text(value: float) -> str:
    """Return a number with thousands separators, whole where it is, else to six digits.

    >>> number_text(1234.5), number_text(1e6)
    ('1,234.5', '1,000,000')
    """
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"


def code_span(text: str) -> str:
    """Return any text as a span of code: on one line, cut short, and without what would end the span."""
    line = json.dumps(text, ensure_ascii=False)[1:-1].replace("`", "'")
    return f"`{line[:_MAX_LENGTH]}{'…' if len(line) > _MAX_LENGTH else ''}`"


def missing_spellings(statistics: FeatureStatistics | None, nulls: list[str]) -> str:
    """Return the sentence on how a missing value may be sent, and which share was missing in training, where known."""
    total = 0 if statistics is None else statistics.rows
    often = "" if statistics is None or not total else f" ({statistics.missing / total:.1%} in training)"
    spellings = ", ".join(["null", "NaN", *(code_span(token) if token else "empty text" for token in nulls)])
    return f"Missing{often}: left out, {spellings}."
