"""Dates of instants over 1900 to 2100: the kernel and the graph have those of `zoneinfo`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from tests.parity.drawn_expressions import COLUMNS
from tests.parity.test_expressions import Graphs

from preprocessing.expressions.parsing.parse_expression import parse_expression
from preprocessing.expressions.zone_transitions import load_zone, zone_rules
from sources.expressions.compile_arrow import compile_arrow

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Asia/Shanghai",
    "Antarctica/Troll",
    "Africa/Monrovia",
    "America/Caracas",
    "Asia/Pyongyang",
    "Pacific/Kwajalein",
]
PARTS: dict[str, Callable[[datetime], int]] = {
    "year": lambda local: local.year,
    "quarter": lambda local: (local.month + 2) // 3,
    "month": lambda local: local.month,
    "day": lambda local: local.day,
    "dayofyear": lambda local: local.timetuple().tm_yday,
    "dayofweek": lambda local: local.isoweekday() % 7 + 1,
    "weekday": lambda local: local.weekday(),
    "weekofyear": lambda local: local.isocalendar().week,
    "hour": lambda local: local.hour,
    "minute": lambda local: local.minute,
    "second": lambda local: local.second,
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGIN, END = -2_208_988_800 * 10**6, 4_102_444_800 * 10**6


def instants(zone: str, count: int) -> np.ndarray:
    """Instants over 1900 to 2100, among them the microseconds around each transition, and ends of years."""
    random = np.random.default_rng(3)
    transitions = np.array(zone_rules(zone).transitions, np.int64) * 10**6
    years = (
        np.array([int((datetime(year, 1, 1, tzinfo=UTC) - EPOCH).total_seconds()) for year in range(1900, 2100)])
        * 10**6
    )
    special = np.concatenate(
        [transitions, transitions - 1, transitions + 1_800_000_000, years, years - 1, years + 86_400_000_000]
    )
    return np.concatenate([special, random.integers(BEGIN, END, count - len(special))])


def check(zone: str, count: int) -> None:
    micros = instants(zone, count)
    tz = load_zone(zone)
    local = [(EPOCH + timedelta(microseconds=int(instant))).astimezone(tz) for instant in micros]
    columns = {
        name: pa.array(micros) if kind == "instant" else pa.nulls(count, pa.int64()) for name, kind in COLUMNS.items()
    }
    expressions = [parse_expression(f"{part}(t)", COLUMNS, zone) for part in PARTS]
    kernels = [compile_arrow(expression)({"t": columns["t"]}) for expression in expressions]
    for part, kernel in zip(PARTS.values(), kernels, strict=True):
        np.testing.assert_array_equal(kernel.to_numpy(), [part(moment) for moment in local])
    truncations = [
        parse_expression(f"date_trunc('{unit}', t)", COLUMNS, zone) for unit in ("day", "hour", "month", "week", "year")
    ]
    days = compile_arrow(truncations[0])({"t": columns["t"]}).to_pylist()
    midnights = [moment.replace(hour=0, minute=0, second=0, microsecond=0) for moment in local]
    assert all(
        day in {micros_of(midnight), micros_of(midnight.replace(fold=1))} and day <= instant
        for day, midnight, instant in zip(days, midnights, micros.tolist(), strict=True)
    )
    with_graph = [*expressions, *truncations]
    graphs = Graphs(with_graph)(columns_for_graph(micros))
    for expression, graph in zip(with_graph, graphs, strict=True):
        assert compile_arrow(expression)({"t": columns["t"]}).equals(graph)


def columns_for_graph(micros: np.ndarray) -> dict[str, pa.Array]:
    fills = {"double": pa.float64(), "integer": pa.int64(), "text": pa.binary(), "boolean": pa.bool_()}
    return {
        name: pa.array(micros) if kind == "instant" else pa.nulls(len(micros), fills[kind])
        for name, kind in COLUMNS.items()
    }


def micros_of(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize("zone", ZONES)
def test_dates_are_those_of_zoneinfo(zone: str) -> None:
    check(zone, 20_000)


@pytest.mark.long
@pytest.mark.parametrize("zone", ZONES)
def test_a_million_dates_are_those_of_zoneinfo(zone: str) -> None:
    check(zone, 1_000_000)
