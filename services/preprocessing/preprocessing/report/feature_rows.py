"""One feature in the page's table: its row and the details below, as far as the template cannot compute them itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from markupsafe import Markup

from chassis.pages.distributions import Spread, bars, is_wide, overlay
from chassis.pages.number_format import NOTHING, brief, count, number, signed
from contracts.dataset.warning import SEVERITIES, DatasetWarning, Severity, WarningKind
from contracts.schema import Feature, SplitName
from contracts.statistics import CategoricalStatistics, FeatureStatistics, Histogram, ListStatistics, NumericStatistics
from preprocessing.report.display_text import cut, shown_name, shown_token

__all__ = ["TONES", "FeatureRow", "TokenRow", "feature_row", "search_text", "weight_of"]

TONES: dict[SplitName, int] = {"train": 1, "validation": 2, "test": 3}

TOP_IN_DETAILS = 10
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class TokenRow:
    """A frequent token in the training split. `share`: of the values that are not missing."""

    text: str
    count: int
    share: float
    label_mean: float | None


@dataclass(frozen=True)
class FeatureRow:
    """The contents of a feature's row. `splits` holds the statistics of the splits that have rows."""

    index: int
    name: str
    kind: str
    rules: str
    splits: dict[SplitName, FeatureStatistics]
    train: FeatureStatistics
    missing: dict[SplitName, float]
    thumbnail: Markup
    is_log: bool
    caption: str
    chart: Markup
    axis: tuple[float, float] | None
    tokens: list[TokenRow]
    facts: list[tuple[str, list[str]]]
    """A fact's name, and its value in each split."""
    warnings: list[DatasetWarning]

    @property
    def weight(self) -> int:
        """Return the sort key: a serious warning outweighs up to 999 lesser ones."""
        return weight_of(self.warnings)

    @property
    def kinds(self) -> list[tuple[Severity, WarningKind]]:
        """Return the distinct severities and kinds of its warnings, in order."""
        return _kinds(self.warnings)

    @property
    def search(self) -> str:
        """Return the text that the page's search looks through."""
        return search_text(self.name, self.kind, self.warnings)


def weight_of(warnings: Sequence[DatasetWarning]) -> int:
    """Return the sort key of a feature's warnings: a serious one outweighs up to 999 lesser ones."""
    return sum(1000 ** (len(SEVERITIES) - SEVERITIES.index(warning.severity) - 1) for warning in warnings)


def search_text(name: str, kind: str, warnings: Sequence[DatasetWarning]) -> str:
    """Return the text by which a search finds a feature: its name and kind, and what was warned of."""
    return " ".join([name, kind, *dict.fromkeys(word for pair in _kinds(warnings) for word in pair)])


def _kinds(warnings: Sequence[DatasetWarning]) -> list[tuple[Severity, WarningKind]]:
    return [*dict.fromkeys((warning.severity, warning.kind) for warning in warnings)]


def feature_row(
    index: int,
    name: str,
    feature: Feature,
    by_split: Mapping[SplitName, FeatureStatistics],
    warnings: Sequence[DatasetWarning],
    sql: str | None = None,
) -> FeatureRow:
    """Return a feature's row; `index`: its position in the schema; `by_split`: its statistics, those of train included.

    `sql`: the expression that it is computed by, if it is.
    """
    train = by_split["train"]
    splits: dict[SplitName, FeatureStatistics] = {
        split: statistics for split, statistics in by_split.items() if statistics.rows
    }
    return FeatureRow(
        index=index,
        name=shown_name(name),
        kind=feature.kind,
        rules=_rules(feature) if sql is None else f"computed by SQL: {sql}; {_rules(feature)}",
        splits=splits,
        train=train,
        missing={split: statistics.missing / statistics.rows for split, statistics in splits.items()},
        warnings=[*warnings],
        facts=_facts([*splits.values()]),
        **_parts(splits, train),
    )


def _parts(splits: Mapping[SplitName, FeatureStatistics], train: FeatureStatistics) -> dict[str, Any]:
    match train:
        case NumericStatistics():
            return _numeric(splits, train)
        case CategoricalStatistics():
            return _categorical(train)
        case _:
            assert_never(train)


def _rules(feature: Feature) -> str:
    """Return the feature's settings as text, without those that have no effect."""
    settings = feature.model_dump(mode="json", exclude={"kind"})
    effective = {name: value for name, value in settings.items() if value not in (None, [], False)}
    return cut("; ".join(f"{name} {_plain(value)}" for name, value in effective.items()), 400)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _numeric(splits: Mapping[SplitName, FeatureStatistics], train: NumericStatistics) -> dict[str, Any]:
    numbers: dict[SplitName, NumericStatistics] = {
        split: statistics for split, statistics in splits.items() if isinstance(statistics, NumericStatistics)
    }
    drawn: dict[SplitName, Histogram] = {
        split: statistics.histogram
        for split, statistics in numbers.items()
        if statistics.histogram is not None and statistics.count
    }
    edges = [edge for histogram in drawn.values() for edge in (histogram.edges[0], histogram.edges[-1])]
    label = _summary(train)
    counts = [] if train.histogram is None else train.histogram.counts
    return {
        "thumbnail": bars(f"Histogram of the training values: {label}", counts) if counts else Markup(),
        "is_log": is_wide(counts),
        "caption": "",
        "chart": overlay(
            f"Density of the values in {', '.join(drawn)}: {label}",
            [Spread(histogram.edges, histogram.counts, TONES[split]) for split, histogram in drawn.items()],
        )
        if drawn
        else Markup(),
        "axis": (min(edges), max(edges)) if edges else None,
        "tokens": [],
    }


def _summary(statistics: NumericStatistics) -> str:
    if statistics.min is None or statistics.max is None:
        return "no value"
    words = f"{statistics.count:,} values from {statistics.min:.4g} to {statistics.max:.4g}"
    if statistics.quantiles is None:
        return words
    return f"{words}, half of them from {statistics.quantiles.at(0.25):.4g} to {statistics.quantiles.at(0.75):.4g}"


def _categorical(train: CategoricalStatistics) -> dict[str, Any]:
    top = train.top
    counts = [token.count for token in top]
    listed = f"{len(top):,} of {train.distinct:,}" if len(top) < train.distinct else f"all {len(top):,}"
    label = f"{listed} tokens, {sum(counts) / train.count:.1%} of the values" if top else ""
    return {
        "thumbnail": bars(f"Training counts of the most frequent tokens: {label}", counts) if top else Markup(),
        "is_log": is_wide(counts),
        "caption": f"top {len(top)}: {sum(counts) / train.count:.1%}"
        if len(top) < train.distinct
        else f"all {len(top)}",
        "chart": Markup(),
        "axis": None,
        "tokens": [
            TokenRow(shown_token(token.token), token.count, token.count / train.count, token.label_mean)
            for token in top[:TOP_IN_DETAILS]
        ],
    }


def _facts(splits: Sequence[FeatureStatistics]) -> list[tuple[str, list[str]]]:
    """Return the facts' names with their values in each split, without the facts that no split has."""
    facts = [
        ("values", [count(statistics.count) for statistics in splits]),
        ("missing", [count(statistics.missing) for statistics in splits]),
        *_numeric_facts([statistics for statistics in splits if isinstance(statistics, NumericStatistics)]),
        *_categorical_facts([statistics for statistics in splits if isinstance(statistics, CategoricalStatistics)]),
        (
            "mean label where missing",
            [number(statistics.label.mean_where_missing) if statistics.label else NOTHING for statistics in splits],
        ),
        (
            "mean label where present",
            [number(statistics.label.mean_where_present) if statistics.label else NOTHING for statistics in splits],
        ),
        (
            "correlation of missing and label",
            [signed(statistics.label.correlation) if statistics.label else NOTHING for statistics in splits],
        ),
    ]
    return [(name, values) for name, values in facts if any(value != NOTHING for value in values)]


def _numeric_facts(splits: Sequence[NumericStatistics]) -> list[tuple[str, list[str]]]:
    if not splits:
        return []
    return [
        ("of these NaN", [count(statistics.nan) for statistics in splits]),
        ("of these infinite", [count(statistics.infinite) for statistics in splits]),
        ("distinct values", [count(statistics.distinct) for statistics in splits]),
        ("zeros", [count(statistics.zeros) for statistics in splits]),
        ("negative", [count(statistics.negative) for statistics in splits]),
        ("mean", [brief(statistics.mean) for statistics in splits]),
        ("standard deviation", [brief(statistics.std) for statistics in splits]),
        ("minimum", [brief(statistics.min) for statistics in splits]),
        *(
            (
                f"quantile {share:.0%}" if share != 0.5 else "median",
                [_quantile(statistics, share) for statistics in splits],
            )
            for share in QUANTILES
        ),
        ("maximum", [brief(statistics.max) for statistics in splits]),
    ]


def _quantile(statistics: NumericStatistics, share: float) -> str:
    return brief(statistics.quantiles.at(share)) if statistics.quantiles is not None else NOTHING


def _categorical_facts(splits: Sequence[CategoricalStatistics]) -> list[tuple[str, list[str]]]:
    if not splits:
        return []
    return [
        ("distinct tokens", [count(statistics.distinct) for statistics in splits]),
        ("bytes per value", [brief(statistics.average_length) for statistics in splits]),
        ("values not UTF-8", [count(statistics.invalid_utf8) for statistics in splits]),
        *_list_facts([statistics.lists for statistics in splits if statistics.lists is not None]),
    ]


def _list_facts(lists: Sequence[ListStatistics]) -> list[tuple[str, list[str]]]:
    """Return the facts of rows where values are tokens of lists."""
    if not lists:
        return []
    return [
        ("lists", [count(own.count) for own in lists]),
        ("empty lists", [count(own.empty) for own in lists]),
        ("tokens per list", [brief(own.mean) for own in lists]),
        ("tokens of the longest list", [count(own.longest) for own in lists]),
    ]
