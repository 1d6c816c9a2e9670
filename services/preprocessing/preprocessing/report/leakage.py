"""Features that know the label: what they say at training is not known, or not so, when a prediction is asked for.

Found where a feature's tokens or its missing values all but decide the label, and where the label is computed from the column.
A number that gives the label away is only seen by the latter two: published statistics hold no label by number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from contracts.schema import Schema
from contracts.statistics import AnyLabelStatistics, CategoricalStatistics, FeatureStatistics, LabelStatistics
from preprocessing.report.data_warning import DataWarning
from preprocessing.report.display_text import shown_token

MISSING_CORRELATION = 0.5
"""Correlation of missingness and label from which on to look: it explains a quarter (0.5 squared) of the label's variance."""

MISSING_DECIDES = 0.95
"""Correlation from which on missing and the label are the same, but for a few rows."""

TOKENS_DECIDE = 0.98
"""Share of the error of always guessing the commoner label that guessing by token takes away; no honest feature does as much."""

FEWEST_PER_TOKEN = 20.0
"""Rows per frequent token below which its mean label is too much chance to judge by: a token of one row always decides."""

TOKEN_ROWS = 0.005
"""A token that decides the label alone matters from this share of the rows on."""

CHANCE = 1e-9
"""How improbable one label in all rows of a token must be, were the two independent: far less than one by all tokens tried."""

_ADVICE = "Exclude it unless it is known, with the same meaning, at the moment of the prediction."
_STRINGS = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"")
_NAMES = re.compile(r"`((?:[^`]|``)+)`|([^\W\d]\w*)")


def leakage_warnings(
    schema: Schema, label: AnyLabelStatistics, name: str, found: FeatureStatistics
) -> Iterator[DataWarning]:
    """Of one feature, by the training split's statistics."""
    yield from _in_expression(schema, name)
    if isinstance(label, LabelStatistics) and not 0 < label.positives < label.count:
        return
    by_missing = [*_missing(name, found)]
    yield from by_missing
    if not isinstance(label, LabelStatistics):
        return
    if isinstance(found, CategoricalStatistics) and not by_missing:  # where it is there, its tokens would say so again
        yield from [*_tokens_together(name, found, label)] or _single_token(name, found, label)


def names_in(expression: str) -> set[str]:
    """Every name in a Spark SQL expression, of columns and functions alike, in lower case: Spark does not tell cases apart.

    >>> sorted(names_in("`Arr Delay` > 15 AND status <> 'late'"))
    ['and', 'arr delay', 'status']
    """
    found = _NAMES.findall(_STRINGS.sub(" ", expression))
    return {(quoted.replace("``", "`") or plain).lower() for quoted, plain in found}


def label_names(schema: Schema) -> set[str]:
    """Every name that the label's expression leads to, also by way of derived columns; in lower case."""
    derived = {name.lower(): expression for name, expression in schema.derive.items()}
    found: set[str] = set()
    ahead = names_in(schema.label.expression) if schema.label.expression is not None else {schema.label.name.lower()}
    while ahead:
        name = ahead.pop()
        found.add(name)
        ahead |= names_in(derived.get(name, "")) - found
    return found


def _in_expression(schema: Schema, name: str) -> Iterator[DataWarning]:
    if name.lower() in label_names(schema):
        expression = schema.label.expression or schema.derive.get(schema.label.name, "")
        yield DataWarning(
            "leakage",
            "serious",
            f"The label is computed from it: {expression[:200]}.",
            "Exclude the column: whoever knows it knows the label, and it is not there when a prediction is asked for.",
            {},
            name,
        )


def _missing(name: str, found: FeatureStatistics) -> Iterator[DataWarning]:
    both = found.label
    if both is None or both.correlation is None or abs(both.correlation) < MISSING_CORRELATION:
        return
    where_missing, where_present = both.mean_where_missing or 0.0, both.mean_where_present or 0.0
    yield DataWarning(
        "leakage",
        "serious" if abs(both.correlation) >= MISSING_DECIDES else "warning",
        f"Whether it is missing goes with the label (correlation {both.correlation:+.2f}): the mean label is {where_missing:.3f} "
        f"where it is missing and {where_present:.3f} where it is there.",
        "A value that is filled in only after the outcome gives it away. " + _ADVICE,
        {
            "correlation": both.correlation,
            "mean_where_missing": where_missing,
            "mean_where_present": where_present,
        },
        name,
    )


def _tokens_together(name: str, found: CategoricalStatistics, label: LabelStatistics) -> Iterator[DataWarning]:
    """Guess each frequent token's commoner label, and count how much better that is than one guess for all of them."""
    known = [(token.count, token.label_mean) for token in found.top if token.label_mean is not None]
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
            f"Its {len(known)} most frequent tokens ({rows:,} rows) all but decide the label: a guess by them is right for "
            f"{share:.2%} of the rows, one without them for {1 - wrong_without / rows:.2%}.",
            _ADVICE,
            {"tokens": len(known), "rows": rows, "right": share, "right_without": 1 - wrong_without / rows},
            name,
        )


def _single_token(name: str, found: CategoricalStatistics, label: LabelStatistics) -> Iterator[DataWarning]:
    for token in found.top:
        if token.label_mean not in {0.0, 1.0} or token.count < TOKEN_ROWS * label.count:
            continue
        share = label.mean if token.label_mean == 1.0 else 1 - label.mean
        if token.count * math.log(share) <= math.log(CHANCE):
            yield DataWarning(
                "leakage",
                "warning",
                f"All {token.count:,} training rows with “{shown_token(token.token, 60)}” have the label {token.label_mean:.0f}, "
                f"which {share:.1%} of all rows have.",
                "A token that is set once the outcome is known gives it away. " + _ADVICE,
                {"count": token.count, "label": token.label_mean, "share_of_all": share},
                name,
            )
