"""The section of a dataset's report that compares it with another dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from chassis.pages.distributions import Spread, overlay
from contracts.messages.comparisons import (
    Categories,
    Comparison,
    FeatureDrift,
    FeatureThresholds,
    Measure,
    SchemaDifference,
)
from contracts.statistics import NumericStatistics, SplitStatistics, Statistics
from preprocessing.report.display_text import cut, shown_name, shown_text, shown_token

__all__ = ["ComparedDataset", "DriftSection", "drift_section"]

MEASURES: dict[Measure, str] = {
    "l_infinity": "L-infinity",
    "jensen_shannon": "Jensen-Shannon",
    "missing_share": "missing",
}

SHOWN_TOKENS = 5


@dataclass(frozen=True)
class ComparedDataset:
    """The dataset to compare with, and the result of the comparison."""

    comparison: Comparison
    thresholds: FeatureThresholds
    """Thresholds of the columns that do not set their own."""
    statistics: Statistics
    """Statistics of the other dataset."""


@dataclass(frozen=True)
class Tokens:
    """Categories that one of the two datasets lacks."""

    count: int
    share: float | None
    top: list[str]
    more: int


@dataclass(frozen=True)
class DriftRow:
    """One column, in both datasets."""

    name: str
    place: int | None
    """Index of the feature in the page's table; None for the label."""
    drift: FeatureDrift
    exceeded: list[str]
    where: str
    picture: Markup
    new: Tokens | None
    vanished: Tokens | None

    @property
    def missing_apart(self) -> float | None:
        """Return the absolute difference of the shares of missing values; None if either is unknown."""
        here, there = self.drift.missing_share
        return None if here is None or there is None else abs(here - there)


@dataclass(frozen=True)
class DriftSection:
    """The comparison as the template shows it."""

    comparison: Comparison
    thresholds: list[tuple[str, float]]
    rows: list[DriftRow]
    rules: list[tuple[str, str, str]]
    """Features whose rules differ: name, rules in this dataset, rules in the other."""


def drift_section(here: Statistics, compared: ComparedDataset, places: Mapping[str, int]) -> DriftSection:
    """Return the section. Columns beyond a threshold come first, then by divergence.

    `places`: by feature name, its index in the page's table.
    """
    comparison = compared.comparison
    sides = (here.splits[comparison.split], compared.statistics.splits[comparison.other_split])
    ordered = sorted(comparison.features, key=lambda drift: (not drift.exceeded, -(drift.jensen_shannon or 0.0)))
    limits = compared.thresholds.model_dump()
    return DriftSection(
        comparison=comparison,
        thresholds=[(words, limits[measure]) for measure, words in MEASURES.items() if limits[measure] is not None],
        rows=[_row(drift, sides, places) for drift in ordered],
        rules=[_rules(drift) for drift in comparison.schema_differences],
    )


def _row(drift: FeatureDrift, sides: tuple[SplitStatistics, SplitStatistics], places: Mapping[str, int]) -> DriftRow:
    return DriftRow(
        name=shown_name(drift.feature),
        place=None if drift.kind == "label" else places.get(drift.feature),
        drift=drift,
        exceeded=[MEASURES[measure] for measure in drift.exceeded],
        where=shown_text(drift.l_infinity_at, 60) if drift.l_infinity_at is not None else "",
        picture=_picture(drift, sides),
        new=_tokens(drift.new),
        vanished=_tokens(drift.vanished),
    )


def _picture(drift: FeatureDrift, sides: tuple[SplitStatistics, SplitStatistics]) -> Markup:
    """Draw the densities of a numeric feature in both datasets, overlaid; empty for other features."""
    spreads: list[Spread] = []
    for tone, side in enumerate(sides, start=1):
        column = side.features.get(drift.feature) if drift.kind == "numeric" else None
        if isinstance(column, NumericStatistics) and column.histogram is not None:
            spreads.append(Spread(column.histogram.edges, column.histogram.counts, tone))
    return overlay("Densities in both datasets", spreads) if len(spreads) == len(sides) else Markup()


def _tokens(categories: Categories | None) -> Tokens | None:
    if categories is None:
        return None
    top = [shown_token(token.token, 40) for token in categories.top[:SHOWN_TOKENS]]
    return Tokens(categories.count, categories.share, top, categories.count - len(top))


def _rules(difference: SchemaDifference) -> tuple[str, str, str]:
    """Return a feature's name and its rules on both sides; where both have it, only the rules that differ."""
    here, there = difference.here, difference.there
    if here is None or there is None:
        return shown_name(difference.feature), _words(here), _words(there)
    same = {name for name, value in here.items() if name in there and there[name] == value}
    return shown_name(difference.feature), _words(here, same), _words(there, same)


def _words(rules: dict[str, Any] | None, without: set[str] | frozenset[str] = frozenset()) -> str:
    if rules is None:
        return "no feature"
    return cut("; ".join(f"{name} {_value(value)}" for name, value in rules.items() if name not in without), 400) or "-"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
