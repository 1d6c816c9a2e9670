from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from contracts.features import TextRule
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_columns, read_rows

FIELDS = Fields(["distance", "delay"], ["carrier"], ["NA", "-999"])


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (-0.0, -0.0),
        (2**53 + 1, float(2**53 + 1)),
        (1e300, 1e300),
        pytest.param(10**400, math.nan, id="long"),
        (math.inf, math.inf),
    ]
    + [(value, math.nan) for value in (None, math.nan, "", "NA", "-999", -999, -999.0)],
)
def test_numbers(value: Any, number: float) -> None:
    assert FIELDS.number(value) == pytest.approx(number, nan_ok=True, rel=0)


@pytest.mark.parametrize("value", ["1", "x", True, False, [], [1], {}, {"b64": "MQ=="}])
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"must be a number, or null where it is missing\. Received: "):
        FIELDS.number(value)


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("UA", b"UA"),
        ("日本", "日本".encode()),
        ("", b""),
        (None, b""),
        (math.nan, b""),
        (-math.inf, b""),
        (12, b"12"),
        (-1.0, b"-1"),
        (-0.0, b"0"),
        (6.5, b"6.5"),
        (1.2e-5, b"1.2e-05"),
        ("101.0", b"101.0"),
        ("True", b"True"),
        (1e20, b"100000000000000000000"),
        (True, b"true"),
        (False, b"false"),
        ({"b64": "/wAK"}, b"\xff\x00\n"),
    ],
)
def test_tokens(value: Any, token: bytes) -> None:
    assert FIELDS.token(value, "carrier") == token


@pytest.mark.parametrize("value", ["101.0", b"101.0", {"b64": "MTAxLjA="}, 101, 101.0])
def test_a_number_is_one_token_however_it_is_sent(value: Any) -> None:
    respelled = Fields(["km"], ["carrier", "version"], [], respelled=["carrier"])
    assert respelled.token(value, "carrier") == b"101"
    assert respelled.token("101.0", "version") == b"101.0"


@pytest.mark.parametrize(
    "value", [[], ["UA"], {}, {"b64": "!"}, {"b64": 1}, {"b64": "", "x": 1}, pytest.param(10**5000, id="long")]
)
def test_what_is_no_token(value: Any) -> None:
    with pytest.raises(InvalidRequest):
        FIELDS.token(value, "carrier")


def test_an_unknown_field_is_told_the_nearest_known_one() -> None:
    assert "'distance'" in FIELDS.unknown("distanse").message
    assert "'carrier'" in FIELDS.unknown("zzzzzz").message


def test_text_is_read_by_the_rules_of_the_features() -> None:
    rules = {
        "fee": TextRule(prefix="$", thousands_separator=","),
        "share": TextRule(suffix="%"),
        "churned": TextRule(strip=True, fold_case=True),
    }
    fields = Fields(["fee", "share", "age"], ["churned", "plan"], ["na"], text_rules=rules)
    rows = [
        {"fee": "$1,234.50", "share": "12 %", "churned": " Yes", "plan": " Yes"},
        {"fee": 7, "share": b"5%", "age": 3, "churned": "NA"},
    ]
    values = read_rows(rows, fields, "instances")
    np.testing.assert_array_equal(values.numeric, np.array([[1234.5, 12, np.nan], [7, 5, 3]], np.float32))
    assert values.tokens.tolist() == [[b"yes", b" Yes"], [b"", b""]]
    columns = {name: [row.get(name) for row in rows] for name in ("fee", "share", "churned")}
    again = read_columns(columns, 2, fields, lambda name: name)
    np.testing.assert_array_equal(again.numeric[:, :2], values.numeric[:, :2])
    assert again.tokens[:, 0].tolist() == [b"yes", b""]
    assert fields.number_of_text("$2", "fee") == 2
    for text, name in (("12 kg", "share"), ("$5", "age")):
        with pytest.raises(InvalidRequest, match="must be a number"):
            fields.number(text, name)


def test_the_marks_of_the_source_hold_at_predict() -> None:
    fields = Fields(["fee"], [], [], marks=(",", "."))
    assert fields.number_of_text("1.234,5", "fee") == fields.number("1.234,5", "fee") == 1234.5
    assert fields.number(1234.5, "fee") == 1234.5
