"""The label: a column or an expression, and options that only some labels have."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.label import Label


def test_a_label_is_a_column_or_an_expression() -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        Label()
    with pytest.raises(ValidationError, match="exactly one"):
        Label(column="y", expression="y > 1")
    assert Label(expression="y > 1").name == "label"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expression": "y > 1", "positive": "yes"}, "positive is the text that is 1"),
        ({"column": "y", "kind": "regression", "strip": True}, "this label is a number"),
        ({"expression": "y > 1", "fold_case": True}, "this label is a condition"),
        ({"column": "y", "positive": "Yes", "fold_case": True}, "positive must be as it is read, 'yes'"),
    ],
)
def test_options_of_other_labels_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Label(**options)


def test_a_label_is_shown_with_the_text_that_is_1() -> None:
    assert Label(column="y", positive="yes").shown == "y = 'yes'"
    assert Label(expression="y > 1").shown == "y > 1"
