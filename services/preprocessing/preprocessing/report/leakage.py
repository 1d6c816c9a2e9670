"""Label leakage: features that reveal the label in training, but are unknown or different when a prediction is requested.

Detected where a feature's tokens or its missing values nearly determine the label, and where the label is computed from the
column. A numeric feature is checked by the latter two alone: published statistics hold no label by number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import assert_never

from contracts.schema import Schema
from contracts.statistics import (
    AnyLabelStatistics,
    CategoricalStatistics,
    ClassLabelStatistics,
    FeatureStatistics,
    LabelStatistics,
    NumberLabelStatistics,
)
from preprocessing.report.data_warning import DataWarning
from preprocessing.report.display_text import shown_token

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
_STRINGS = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"")
_NAMES = re.compile(r"`((?:[^`]|``)+)`|\b(\w*[^\W\d]\w*)")  # a name may begin with a digit


def leakage_warnings(
    schema: Schema, label: AnyLabelStatistics, name: str, statistics: FeatureStatistics
) -> Iterator[DataWarning]:
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


def not_checked_warnings(label: AnyLabelStatistics) -> Iterator[DataWarning]:
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
        yield DataWarning(
            "leakage not checked",
            "note",
            f"Leaks of a label of this kind are checked {unchecked}.",
            "A proposal for the same files with this label checks the columns by their values, on a sample.",
            {},
        )


def names_in(expression: str) -> set[str]:
    """Return every name in a Spark SQL expression, of columns and functions alike, in lower case: Spark ignores case.

    >>> sorted(names_in("`Arr Delay` > 15 AND status <> 'late'"))
    ['and', 'arr delay', 'status']
    """
    names = _NAMES.findall(_STRINGS.sub(" ", expression))
    return {(quoted.replace("``", "`") or plain).lower() for quoted, plain in names}


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


def _in_expression(schema: Schema, name: str) -> Iterator[DataWarning]:
    if name.lower() in label_names(schema):
        expression = schema.label.expression or schema.derive.get(schema.label.name, "")
        yield DataWarning(
            "leakage",
            "serious",
            f"The label is computed from it: {expression[:200]}.",
            "Exclude the column: it reveals the label, and it is not available when a prediction is requested.",
            {},
            name,
        )


def _missing(name: str, statistics: FeatureStatistics) -> Iterator[DataWarning]:
    both = statistics.label
    if both is None or both.correlation is None or abs(both.correlation) < MISSING_CORRELATION:
        return
    where_missing, where_present = both.mean_where_missing or 0.0, both.mean_where_present or 0.0
    yield DataWarning(
        "leakage",
        "serious" if abs(both.correlation) >= MISSING_DECIDES else "warning",
        f"Its missing values correlate with the label ({both.correlation:+.2f}): the mean label is {where_missing:.3f} "
        f"where it is missing and {where_present:.3f} where it is present.",
        "A value that is filled in only after the outcome reveals it. " + _ADVICE,
        {
            "correlation": both.correlation,
            "mean_where_missing": where_missing,
            "mean_where_present": where_present,
        },
        name,
    )


def _tokens_together(name: str, statistics: CategoricalStatistics, label: LabelStatistics) -> Iterator[DataWarning]:
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
        yield DataWarning(
            "leakage",
            "serious",
            f"Its {len(known)} most frequent tokens ({rows:,} rows) nearly determine the label: guessing by them is right for "
            f"{share:.2%} of the rows, guessing without them for {1 - wrong_without / rows:.2%}.",
            _ADVICE,
            {"tokens": len(known), "rows": rows, "right": share, "right_without": 1 - wrong_without / rows},
            name,
        )


def _single_token(name: str, statistics: CategoricalStatistics, label: LabelStatistics) -> Iterator[DataWarning]:
    for token in statistics.top:
        if token.label_mean not in {0.0, 1.0} or token.count < TOKEN_ROWS * label.count:
            continue
        share = label.mean if token.label_mean == 1.0 else 1 - label.mean
        if token.count * math.log(share) <= math.log(CHANCE):
            yield DataWarning(
                "leakage",
                "warning",
                f"All {token.count:,} training rows with “{shown_token(token.token, 60)}” have the label {token.label_mean:.0f}, "
                f"which {share:.1%} of all rows have.",
                "A token that is set once the outcome is known reveals it. " + _ADVICE,
                {"count": token.count, "label": token.label_mean, "share_of_all": share},
                name,
            )
