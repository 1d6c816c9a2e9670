from __future__ import annotations

import pytest

from contracts.expressions import ResultType
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.expressions.parsing.refusal import RefusedExpression

COLUMNS: dict[str, ResultType] = {
    "x": "double",
    "n": "integer",
    "s": "text",
    "t": "instant",
    "b": "boolean",
    "a b": "double",
    "r.z": "double",
}


@pytest.mark.parametrize(
    ("text", "word", "position", "reason"),
    [
        ("x + zz", "zz", 5, "not one of the columns"),
        ("X + 1", "X", 1, "upper and lower case counts"),
        ("x + soundex(s)", "soundex", 5, "labels and filters may use it"),
        ("1 + sum(x)", "sum", 5, "reads one row"),
        ("rand() + x", "rand", 1, "not of the row"),
        ("t > current_date()", "current_date", 5, "not of the row"),
        ("x > (SELECT 1)", "SELECT", 6, "no queries"),
        ("sin(x) > 0", ">", 8, "last place depends"),
        ("concat(s, x)", "concat", 1, "text of a double differs"),
        ("s < 'b'", "<", 3, "comparison of order"),
        ("x = 'a'", "=", 3, "cast one of them"),
        ("n + s", "+", 3, "one type"),
        ("t - t", "-", 3, "unix_seconds"),
        ("substring(s, n)", "substring", 1, "written in the expression"),
        ("x + 1e400", "1e400", 5, "at most about 1.8e308"),
        ("round(x, -1)", "round", 1, "0 to 15 decimals. Received: -1"),
        ("x IN (n)", "IN", 3, "list of literals"),
        ("s RLIKE '(?i)a'", "RLIKE", 3, "flags"),
        ("s LIKE s", "LIKE", 3, "written in the expression"),
        ("date_trunc('eon', t)", "date_trunc", 1, "takes day, hour"),
        ("timestampdiff(YEAR, t, t)", "timestampdiff", 1, "for days use datediff"),
        ("round(x, 40)", "round", 1, "0 to 15 decimals. Received: 40"),
        ("sin(x, x)", "sin", 1, "2 arguments"),
        ("t > 'soon'", ">", 3, "2020-12-31"),
        ("cast(x AS DECIMAL(3, 1))", "cast", 1, "casts are to"),
        ("cast(s AS TIMESTAMP)", "cast", 1, "type of an instant"),
        ("r.z", "z", 3, "structures"),
        ("NULL", "NULL", 1, "no type"),
        ("coalesce(NULL, NULL) = x", "coalesce", 1, "only NULL"),
        ("x AS y", "AS", 3, "labels and filters"),
        ("s[0]", "[", 2, "labels and filters"),
        ("1 + 2", "1 + 2", 1, "at least one column"),
        ("x; x", "x; x", 1, "not one expression"),
        ("", "", 1, "not one expression"),
        ("x +", "+", 3, "operand is absent"),
        ("(x", "x", 2, "no expression of SQL"),
        ("x > 'a", "x > 'a", 1, "quote"),
        ("9223372036854775808 + n", "9223372036854775808", 1, "64 bits"),
        ("(" * 500 + "x" + ")" * 500, "(" * 20, 1, "too deep"),
        ("+".join(["x"] * 100), "x+x+x+x+x+x+x+x+x+x+", 1, "50 operations deep"),
        ("x" * 10_001, "x" * 20, 1, "at most 10000 characters"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_refused_has_its_word_position_and_reason(text: str, word: str, position: int, reason: str) -> None:
    with pytest.raises(RefusedExpression, match="character") as refused:
        parse_expression(text, COLUMNS)
    assert (refused.value.word, refused.value.position) == (word, position)
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("n / 2", "cast(n AS DOUBLE) / 2.0D"),
        ("x + n", "x + cast(n AS DOUBLE)"),
        ("x > 1", "1.0D < x"),
        ("x != 1", "NOT (x = 1)"),
        ("n BETWEEN 1 AND 3", "1 <= n AND n <= 3"),
        ("if(b, x, NULL)", "CASE WHEN b THEN x END"),
        ("nvl(x, 0)", "coalesce(x, 0D)"),
        ("log(2, x)", "ln(x) / ln(2)"),
        ("s || n || 'x'", "concat(s, cast(n AS STRING), 'x')"),
        ("extract(HOUR FROM t)", "hour(t)"),
        ("day(t)", "dayofmonth(t)"),
        ("cast(t AS DATE)", "date_trunc('DAY', t)"),
        ("t > '2020-1-2'", "t > DATE '2020-01-02'"),
        ("t > TIMESTAMP '2020-01-02T00:00:00Z'", "t > DATE '2020-01-02'"),
        ("b IS TRUE", "b <=> true"),
        ("x::bigint", "cast(x AS BIGINT)"),
        ("`a b` % 2", "mod(`a b`, 2.0)"),
        ("`r.z` -- a comment", "`r.z`"),
        ("s RLIKE '\\\\d'", r"s RLIKE r'\d'"),
        ("b AND x > 1 AND b", "b AND (x > 1) AND b"),
    ],
)
def test_two_spellings_of_one_tree(text: str, same: str) -> None:
    assert parse_expression(text, COLUMNS) == parse_expression(same, COLUMNS)


def test_a_zone_is_kept_where_there_are_dates() -> None:
    assert parse_expression("x + 1", COLUMNS, "Europe/Berlin").zone is None
    zone = parse_expression("hour(t)", COLUMNS, "Europe/Berlin").zone
    assert zone is not None
    assert zone.name == "Europe/Berlin"


def test_a_literal_without_an_offset_is_in_the_zone() -> None:
    in_utc = parse_expression("t > '2020-01-01 12:00:00Z'", COLUMNS, "Europe/Berlin")
    assert in_utc == parse_expression("t > '2020-01-01 13:00:00'", COLUMNS, "Europe/Berlin")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="America/New_York"):
        parse_expression("hour(t)", COLUMNS, "../etc/passwd")
