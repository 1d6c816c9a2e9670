"""Label leakage: features that reveal the label in training, but are unknown or different when a prediction is requested.

Detected where a feature's tokens or its missing values nearly determine the label, and where the label is computed from the
column. A numeric feature is checked by the latter two alone: published statistics hold no label by number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import assert_never

from contracts.dataset.warning import DatasetWarning
from contracts.schema import Schema
from contracts.statistics import (
    AnyLabelStatistics,
    CategoricalStatistics,
    ClassLabelStatistics,
    FeatureStatistics,
    LabelStatistics,
    NumberLabelStatistics,
)
from preprocessing.report.display_text import shown_token
from preprocessing.sql_names import names_in

MISSING_CORRELATION = 0.5
"""Correlation of missingness and label that warns: it explains a quarter (0.5 squared) of the label's variance."""

MISSING_DECIDES = 0.95
"""Correlation from which missingness and label are equal but for a few rows."""

TOKENS_DECIDE = 0.98
"""Share of the majority label's error that guessing by token removes; no legitimate feature reaches it."""

FEWEST_PER_TOKEN = 20.0
"""Rows per frequent token below which its mean label is mostly chance: a token of one row always determines the label."""

TOKEN_ROWS = 0.005
"""Share of the rows from which a single token that determines the label matters."""

CHANCE = 1e-9
"""Largest probability of one label in all rows of a token under independence: far below one divided by the tokens tested."""

_ADVICE = "Exclude it unless it is known, with the same meaning, at the moment of the prediction."


def leakage_warnings(
    schema: Schema, label: AnyLabelStatistics, name: str, statistics: FeatureStatistics
) -> Iterator[DatasetWarning]:
    """Yield the leakage warnings about one feature, from the training split's statistics."""
    yield from _in_expression(schema, name)
    if isinstance(label, LabelStatistics) and not 0 < label.positives < label.count:
        return
    by_missing = [*_missing(name, statistics)]
    yield from by_missing
    if not isinstance(label, LabelStatistics):
        return
    if isinstance(statistics, CategoricalStatistics) and not by_missing:  # its tokens would repeat that warning
        yield from [*_tokens_together(name, statistics, label)] or _single_token(name, statistics, label)


def not_checked_warnings(label: AnyLabelStatistics) -> Iterator[DatasetWarning]:
    """Yield a note of what the statistics do not tell: they hold no label by class, and no tokens' labels of a number."""
    match label:
        case LabelStatistics():
            unchecked = None
        case NumberLabelStatistics():
            unchecked = "only by missing values and by its expression: the statistics hold no label by token"
        case ClassLabelStatistics():
            unchecked = "only by its expression: the statistics hold no label by token, or where values are missing"
        case _:
            assert_never(label)
    if unchecked is not None:
        yield DatasetWarning(
            kind="leakage not checked",
            severity="note",
            message=f"Leaks of a label of this kind are checked {unchecked}.",
            advice="A proposal for the same files with this label checks the columns by their values, on a sample.",
            numbers={},
        )


def label_names(schema: Schema) -> set[str]:
    """Return every name that the label's expression uses, directly or through derived columns, in lower case."""
    derived = {name.lower(): expression for name, expression in schema.derive.items()}
    visited: set[str] = set()
    ahead = names_in(schema.label.expression) if schema.label.expression is not None else {schema.label.name.lower()}
    while ahead:
        name = ahead.pop()
        visited.add(name)
        ahead |= names_in(derived.get(name, "")) - visited
    return visited


def _in_expression(schema: Schema, name: str) -> Iterator[DatasetWarning]:
    if name.lower() in label_names(schema):
        expression = schema.label.expression or schema.derive.get(schema.label.name, "")
        yield DatasetWarning(
            kind="leakage",
            severity="serious",
            message=f"The label is computed from it: {expression[:200]}.",
            advice="Exclude the column: it reveals the label, and it is not available when a prediction is requested.",
            numbers={},
            feature=name,
        )


def _missing(name: str, statistics: FeatureStatistics) -> Iterator[DatasetWarning]:
    both = statistics.label
    if both is None or both.correlation is None or abs(both.correlation) < MISSING_CORRELATION:
        return
    where_missing, where_present = both.mean_where_missing or 0.0, both.mean_where_present or 0.0
    yield DatasetWarning(
        kind="leakage",
        severity="serious" if abs(both.correlation) >= MISSING_DECIDES else "warning",
        message=f"Its missing values correlate with the label ({both.correlation:+.2f}): the mean label is {where_missing:.3f} "
        f"where it is missing and {where_present:.3f} where it is present.",
        advice="A value that is filled in only after the outcome reveals it. " + _ADVICE,
        numbers={
            "correlation": both.correlation,
            "mean_where_missing": where_missing,
            "mean_where_present": where_present,
        },
        feature=name,
    )


def _tokens_together(name: str, statistics: CategoricalStatistics, label: LabelStatistics) -> Iterator[DatasetWarning]:
    """Compare guessing the majority label of each frequent token with guessing one label for all of them."""
    known = [(token.count, token.label_mean) for token in statistics.top if token.label_mean is not None]
    rows = sum(count for count, _ in known)
    if not rows or rows < FEWEST_PER_TOKEN * len(known) or rows < 0.5 * label.count:
        return
    positives = sum(count * mean for count, mean in known)
    wrong = sum(count * min(mean, 1 - mean) for count, mean in known)
    wrong_without = min(positives, rows - positives)
    if wrong_without > 0 and 1 - wrong / wrong_without >= TOKENS_DECIDE:
        share = 1 - wrong / rows
        yield DatasetWarning(
            kind="leakage",
            severity="serious",
            message=f"Its {len(known)} most frequent tokens ({rows:,} rows) nearly determine the label: guessing by "
            "them is right for "
            f"{share:.2%} of the rows, guessing without them for {1 - wrong_without / rows:.2%}.",
            advice=_ADVICE,
            numbers={"tokens": len(known), "rows": rows, "right": share, "right_without": 1 - wrong_without / rows},
            feature=name,
        )


def _single_token(name: str, statistics: CategoricalStatistics, label: LabelStatistics) -> Iterator[DatasetWarning]:
    for token in statistics.top:
        if token.label_mean not in {0.0, 1.0} or token.count < TOKEN_ROWS * label.count:
            continue
        share = label.mean if token.label_mean == 1.0 else 1 - label.mean
        if token.count * math.log(share) <= math.log(CHANCE):
            yield DatasetWarning(
                kind="leakage",
                severity="warning",
                message=f"All {token.count:,} training rows with “{shown_token(token.token, 60)}” have the label "
                f"{token.label_mean:.0f}, "
                f"which {share:.1%} of all rows have.",
                advice="A token that is set once the outcome is known reveals it. " + _ADVICE,
                numbers={"count": token.count, "label": token.label_mean, "share_of_all": share},
                feature=name,
            )
