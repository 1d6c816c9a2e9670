"""Lists of numbers in requests."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.features import Numeric


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"many": {"separator": "-"}}, "cannot hold what numbers are written with"),
        ({"many": {"separator": "1"}}, "cannot hold what numbers are written with"),
        ({"many": {"separator": "]"}}, "write an empty list"),
        ({"many": {"separator": "||"}}, "cannot end as it begins"),
        ({"many": {"statistics": []}}, "at least 1 item"),
        ({"many": {"statistics": ["mean", "mean"]}}, "must be distinct"),
        ({"many": {"statistics": ["median"]}}, "'mean'"),
        ({"many": {}, "shape": [2]}, "shape is of single numbers"),
        ({"many": {}, "dtype": "int64"}, "dtype is of single numbers"),
        ({"many": {}, "null_values": ["-1"]}, "null_values is of single numbers"),
        ({"many": {}, "prefix": "$"}, "prefix is of single numbers"),
    ],
)
def test_what_is_no_rule_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Numeric.model_validate({"kind": "numeric", **options})


def test_a_stored_feature_is_a_single_number() -> None:
    (conflict,) = Numeric(many={}, indicator=True).with_type("float64").conflicts(())  # pyright: ignore[reportArgumentType]
    assert conflict.place == ("many",)
