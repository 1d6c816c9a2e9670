"""`datetime` features as derived columns: the SQL and the feature of each part."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest

from contracts.features import CYCLES, Categorical, DatePart, DateTime, Numeric
from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.planning.date_features import date_features

PARTS: list[DatePart] = [*get_args(DatePart)]


def feature(**options: Any) -> DateTime:
    return DateTime.model_validate({"kind": "datetime", **options})


@pytest.mark.parametrize(
    ("part", "sql"),
    [
        ("year", "year(`t`)"),
        ("quarter", "quarter(`t`)"),
        ("month", "month(`t`)"),
        ("week", "weekofyear(`t`)"),
        ("day", "day(`t`)"),
        ("day_of_year", "dayofyear(`t`)"),
        ("weekday", "weekday(`t`)"),
        ("hour", "hour(`t`)"),
        ("minute", "minute(`t`)"),
        ("second", "second(`t`)"),
    ],
)
def test_each_part_is_a_category_and_a_year_is_a_number(part: DatePart, sql: str) -> None:
    expected = Numeric() if part == "year" else Categorical()
    assert date_features("t", feature(parts=[part])) == {f"t:{part}": (sql, expected)}


def test_every_part_is_sql_that_the_graph_computes() -> None:
    for cyclic in (False, True):
        made = date_features("t", feature(parts=PARTS, cyclic=cyclic, since="2020-01-01"))
        assert len(made) == (2 * len(CYCLES) + 2 if cyclic else len(PARTS) + 1)
        for sql, _ in made.values():
            assert parse_expression(sql, {"t": "instant"}).columns() == {"t": "instant"}


@pytest.mark.parametrize("part", CYCLES)
def test_a_cycle_is_a_sine_and_a_cosine_of_the_whole_turn(part: DatePart) -> None:
    made = date_features("t", feature(parts=[part], cyclic=True))
    assert list(made) == [f"t:{part}:sin", f"t:{part}:cos"]
    ((plain, _),) = date_features("t", feature(parts=[part])).values()
    for wave in ("sin", "cos"):
        sql, its = made[f"t:{part}:{wave}"]
        assert sql == f"{wave}({plain} * {2 * math.pi / CYCLES[part]!r}D)"
        assert its == Numeric(scale="none")


def test_a_year_has_no_cycle() -> None:
    assert date_features("t", feature(parts=["year"], cyclic=True)) == {"t:year": ("year(`t`)", Numeric())}


@pytest.mark.parametrize(
    ("since", "start"),
    [
        ("2020-01-01", "DATE'2020-01-01'"),
        ("signup", "`signup`"),
        ("2020-01", "`2020-01`"),
        ("the day's `start`", "`the day's ``start```"),
    ],
)
def test_days_count_from_a_date_or_from_another_column(since: str, start: str) -> None:
    made = date_features("t", feature(parts=[], since=since))
    sql = f"(unix_micros(`t`) - unix_micros({start})) / 86400000000"
    assert made == {"t:days_since": (sql, Numeric())}


def test_names_with_spaces_and_backticks_are_quoted() -> None:
    column = "the `day` of it"
    made = date_features(column, feature(parts=["hour"]))
    ((name, (sql, _)),) = made.items()
    assert (name, sql) == (f"{column}:hour", "hour(`the ``day`` of it`)")
    assert parse_expression(sql, {column: "instant"}).columns() == {column: "instant"}
