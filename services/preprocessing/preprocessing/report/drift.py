"""How a dataset differs from another one, as a section of its page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from chassis.pages.distributions import Spread, overlay
from contracts.drift_comparison import (
    Categories,
    Comparison,
    FeatureDrift,
    FeatureThresholds,
    Measure,
    SchemaDifference,
)
from contracts.statistics import NumericStatistics, SplitStatistics, Statistics
from preprocessing.report.display_text import cut, shown_text, shown_token

__all__ = ["Beside", "DriftSection", "drift_section"]

MEASURES: dict[Measure, str] = {
    "l_infinity": "L-infinity",
    "jensen_shannon": "Jensen-Shannon",
    "missing_share": "missing",
}

SHOWN_TOKENS = 5


@dataclass(frozen=True)
class Beside:
    """What a dataset is compared with, and what came of it."""

    comparison: Comparison
    thresholds: FeatureThresholds
    """Those of every column that has none of its own."""
    statistics: Statistics
    """Of the other dataset."""


@dataclass(frozen=True)
class Tokens:
    """Categories that one of the two lacks."""

    count: int
    share: float | None
    top: list[str]
    more: int


@dataclass(frozen=True)
class DriftRow:
    """One column, in both datasets."""

    name: str
    place: int | None
    """Which of the page's features it is; None for the label."""
    found: FeatureDrift
    exceeded: list[str]
    where: str
    picture: Markup
    new: Tokens | None
    vanished: Tokens | None

    @property
    def missing_apart(self) -> float | None:
        """How far the shares of missing values are from one another."""
        here, there = self.found.missing_share
        return None if here is None or there is None else abs(here - there)


@dataclass(frozen=True)
class DriftSection:
    """What the page says about both."""

    comparison: Comparison
    thresholds: list[tuple[str, float]]
    rows: list[DriftRow]
    rules: list[tuple[str, str, str]]
    """Features whose rules differ: what they are here, and there."""


def drift_section(here: Statistics, beside: Beside, places: Mapping[str, int]) -> DriftSection:
    """`places`: of the page's features. Columns past a threshold come first, then by divergence."""
    found = beside.comparison
    sides = (here.splits[found.split], beside.statistics.splits[found.other_split])
    ordered = sorted(found.features, key=lambda each: (not each.exceeded, -(each.jensen_shannon or 0.0)))
    limits = beside.thresholds.model_dump()
    return DriftSection(
        comparison=found,
        thresholds=[(words, limits[measure]) for measure, words in MEASURES.items() if limits[measure] is not None],
        rows=[_row(each, sides, places) for each in ordered],
        rules=[_rules(each) for each in found.schema_differences],
    )


def _row(found: FeatureDrift, sides: tuple[SplitStatistics, SplitStatistics], places: Mapping[str, int]) -> DriftRow:
    return DriftRow(
        name=shown_text(found.feature),
        place=None if found.kind == "label" else places.get(found.feature),
        found=found,
        exceeded=[MEASURES[measure] for measure in found.exceeded],
        where=shown_text(found.l_infinity_at, 60) if found.l_infinity_at is not None else "",
        picture=_picture(found, sides),
        new=_tokens(found.new),
        vanished=_tokens(found.vanished),
    )


def _picture(found: FeatureDrift, sides: tuple[SplitStatistics, SplitStatistics]) -> Markup:
    """The densities of numbers in both, over one another."""
    spreads: list[Spread] = []
    for tone, side in enumerate(sides, start=1):
        column = side.features.get(found.feature) if found.kind == "numeric" else None
        if isinstance(column, NumericStatistics) and column.histogram is not None:
            spreads.append(Spread(column.histogram.edges, column.histogram.counts, tone))
    return overlay("Densities in both datasets", spreads) if len(spreads) == len(sides) else Markup()


def _tokens(found: Categories | None) -> Tokens | None:
    if found is None:
        return None
    top = [shown_token(token.token, 40) for token in found.top[:SHOWN_TOKENS]]
    return Tokens(found.count, found.share, top, found.count - len(top))


def _rules(found: SchemaDifference) -> tuple[str, str, str]:
    """Of features that both have, only the rules that differ."""
    here, there = found.here, found.there
    if here is None or there is None:
        return shown_text(found.feature), _words(here), _words(there)
    same = {name for name, value in here.items() if name in there and there[name] == value}
    return shown_text(found.feature), _words(here, same), _words(there, same)


def _words(rules: dict[str, Any] | None, without: set[str] | frozenset[str] = frozenset()) -> str:
    if rules is None:
        return "no feature"
    return cut("; ".join(f"{name} {_value(value)}" for name, value in rules.items() if name not in without), 400) or "-"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
