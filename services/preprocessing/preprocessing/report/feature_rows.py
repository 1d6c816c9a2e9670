"""One feature as the page's table shows it: a row, and the details below it. Only what the template cannot work out itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from markupsafe import Markup

from chassis.pages.distributions import Spread, bars, is_wide, overlay
from chassis.pages.number_format import NOTHING, brief, count, number, signed
from contracts.schema import Feature, SplitName
from contracts.statistics import CategoricalStatistics, FeatureStatistics, Histogram, NumericStatistics
from preprocessing.report.data_warning import SEVERITIES, DataWarning, Kind, Severity
from preprocessing.report.display_text import cut, shown_text, shown_token

__all__ = ["TONES", "FeatureRow", "TokenRow", "feature_row"]

TONES: dict[SplitName, int] = {"train": 1, "validation": 2, "test": 3}

TOP_IN_DETAILS = 10
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class TokenRow:
    """A frequent token in the training split. `share` is of the values that are there."""

    text: str
    count: int
    share: float
    label_mean: float | None


@dataclass(frozen=True)
class FeatureRow:
    """What is said of a feature. `splits` holds the statistics of those that have rows."""

    at: int
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
    """A name, and what it is in each split."""
    warnings: list[DataWarning]

    @property
    def weight(self) -> int:
        """To sort by: a serious warning weighs more than any number of lesser ones."""
        return sum(1000 ** (len(SEVERITIES) - SEVERITIES.index(each.severity) - 1) for each in self.warnings)

    @property
    def kinds(self) -> list[tuple[Severity, Kind]]:
        """What its warnings are about, each once."""
        return [*dict.fromkeys((each.severity, each.kind) for each in self.warnings)]

    @property
    def search(self) -> str:
        """What a search finds it by."""
        words = [
            self.name,
            self.kind,
            *dict.fromkeys(word for pair in self.kinds for word in pair),
        ]
        return " ".join(words)


def feature_row(
    at: int,
    name: str,
    feature: Feature,
    found: Mapping[SplitName, FeatureStatistics],
    warnings: Sequence[DataWarning],
) -> FeatureRow:
    """The row of the feature with that place in the schema; `found`: its statistics in each split."""
    train = found["train"]
    splits: dict[SplitName, FeatureStatistics] = {
        split: each for split, each in found.items() if each.count + each.missing
    }
    return FeatureRow(
        at=at,
        name=shown_text(name),
        kind=feature.kind,
        rules=_rules(feature),
        splits=splits,
        train=train,
        missing={split: each.missing / (each.count + each.missing) for split, each in splits.items()},
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
    """The feature's settings, without those that change nothing."""
    settings = feature.model_dump(mode="json", exclude={"kind"})
    found = {name: value for name, value in settings.items() if value not in (None, [], False)}
    return cut("; ".join(f"{name} {_plain(value)}" for name, value in found.items()), 400)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _numeric(splits: Mapping[SplitName, FeatureStatistics], train: NumericStatistics) -> dict[str, Any]:
    numbers: dict[SplitName, NumericStatistics] = {
        split: each for split, each in splits.items() if isinstance(each, NumericStatistics)
    }
    drawn: dict[SplitName, Histogram] = {
        split: each.histogram for split, each in numbers.items() if each.histogram is not None and each.count
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


def _summary(found: NumericStatistics) -> str:
    if found.min is None or found.max is None:
        return "no value"
    words = f"{found.count:,} values from {found.min:.4g} to {found.max:.4g}"
    if found.quantiles is None:
        return words
    return f"{words}, half of them from {found.quantiles.at(0.25):.4g} to {found.quantiles.at(0.75):.4g}"


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
    """What is known of each split, without the rows of which none is."""
    found = [
        ("values", [count(each.count) for each in splits]),
        ("missing", [count(each.missing) for each in splits]),
        *_numeric_facts([each for each in splits if isinstance(each, NumericStatistics)]),
        *_categorical_facts([each for each in splits if isinstance(each, CategoricalStatistics)]),
        (
            "mean label where missing",
            [number(each.label.mean_where_missing) if each.label else NOTHING for each in splits],
        ),
        (
            "mean label where there",
            [number(each.label.mean_where_present) if each.label else NOTHING for each in splits],
        ),
        (
            "correlation of missing and label",
            [signed(each.label.correlation) if each.label else NOTHING for each in splits],
        ),
    ]
    return [(name, values) for name, values in found if any(value != NOTHING for value in values)]


def _numeric_facts(splits: Sequence[NumericStatistics]) -> list[tuple[str, list[str]]]:
    if not splits:
        return []
    return [
        ("of these NaN", [count(each.nan) for each in splits]),
        ("of these infinite", [count(each.infinite) for each in splits]),
        ("different values", [count(each.distinct) for each in splits]),
        ("zeros", [count(each.zeros) for each in splits]),
        ("negative", [count(each.negative) for each in splits]),
        ("mean", [brief(each.mean) for each in splits]),
        ("standard deviation", [brief(each.std) for each in splits]),
        ("least", [brief(each.min) for each in splits]),
        *(
            (f"quantile {share:.0%}" if share != 0.5 else "median", [_quantile(each, share) for each in splits])
            for share in QUANTILES
        ),
        ("greatest", [brief(each.max) for each in splits]),
    ]


def _quantile(found: NumericStatistics, share: float) -> str:
    return brief(found.quantiles.at(share)) if found.quantiles is not None else NOTHING


def _categorical_facts(splits: Sequence[CategoricalStatistics]) -> list[tuple[str, list[str]]]:
    if not splits:
        return []
    return [
        ("different tokens", [count(each.distinct) for each in splits]),
        ("bytes per value", [brief(each.average_length) for each in splits]),
        ("values not UTF-8", [count(each.invalid_utf8) for each in splits]),
    ]
