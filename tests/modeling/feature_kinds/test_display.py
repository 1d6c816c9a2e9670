"""Numbers, tokens and missing values in the words of the OpenAPI page."""

from __future__ import annotations

import pytest

from contracts.statistics import CategoricalStatistics
from modeling.feature_kinds.display import code_span, missing_spellings, number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-5.0, "-5"),
        (1234567.0, "1,234,567"),
        (0.1 + 0.2, "0.3"),
        (1234.5678, "1,234.57"),
        (1e-7, "1e-07"),
        (999999999999999.0, "999,999,999,999,999"),
        (1e15, "1e+15"),
        (-1e300, "-1e+300"),
    ],
)
def test_whole_numbers_are_whole_and_others_have_six_digits(value: float, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("UA", "`UA`"),
        ("", "``"),
        ("日本", "`日本`"),
        ("a`b", "`a'b`"),
        ("two\nlines\t", r"`two\nlines\t`"),
        ("x" * 40, f"`{'x' * 40}`"),
        ("x" * 41, f"`{'x' * 40}…`"),
    ],
)
def test_any_text_is_a_span_of_code_on_one_line(text: str, span: str) -> None:
    assert code_span(text) == span


def test_spellings_of_missing_and_their_share_in_training() -> None:
    seen = CategoricalStatistics(count=3, missing=1, distinct=2, average_length=None, top=[])
    assert missing_spellings(None, []) == "Missing: left out, null, NaN."
    assert missing_spellings(seen, ["", "N`A"]) == (
        "Missing (25.0% in training): left out, null, NaN, empty text, `N'A`."
    )
    nothing = seen.model_copy(update={"count": 0, "missing": 0})
    assert missing_spellings(nothing, []) == "Missing: left out, null, NaN."
