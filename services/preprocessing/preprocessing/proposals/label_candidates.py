"""The label among the columns: whether it can be learned, which columns could be one, and which give it away."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from contracts.label_kinds import LabelKind
from preprocessing.label_kinds import SampledValues, propose_kind
from preprocessing.label_kinds.binary import NEGATIVE, POSITIVE
from preprocessing.proposals.sampled_columns import MISSING, Column
from sources.arrays import Bools, Float64s, Int64s

LABEL_NAMES = frozenset(
    {
        "label",
        "target",
        "y",
        "outcome",
        "class",
        "is_fraud",
        "fraud",
        "churn",
        "churned",
        "clicked",
        "click",
        "survived",
        "converted",
        "conversion",
        "defaulted",
        "late",
        "response",
        "positive",
    }
)
"""A column of 0 and 1, or of false and true, with such a name is taken for the label where none is given."""
YES = frozenset({"yes", "y", "true", "t", "1", "positive", "pos", "on", "ja", "oui", "si", "sí", "sim"})
"""Of two spellings of a label, one of these means 1; without such, the rarer one."""

FEWEST_EACH = 5
"""Rows of each label that a verdict needs."""
TELLING_AUC = 0.999
"""AUC, or 1 - AUC, from which on a number leaks the label; real features do not reach it."""
TELLING_PURITY = 0.999
ROWS_EACH = 5
"""Average rows per distinct value from which on equal labels of a value are no accident."""


@dataclass(frozen=True)
class Telling:
    """A column's association with the label. AUC is None for text, purity if values are too rare."""

    auc: float | None
    purity: float | None
    why: str | None


def truth(column: Column) -> Float64s | None:
    """Return labels [rows], 1, 0, or NaN where missing; None for a column that is not a binary label."""
    tokens = cast("list[bytes]", column.values.to_pylist())
    if not set(tokens) <= {*POSITIVE, *NEGATIVE}:
        return None
    values = np.array([*(float(token in POSITIVE) for token in tokens), np.nan])
    return values[column.codes]


def kind_of(column: Column) -> tuple[LabelKind, str] | None:
    """Return the label kind of a column that is not binary, with the reason; None if it cannot be a label."""
    tokens = cast("list[bytes]", column.values.to_pylist())
    return propose_kind(SampledValues(tokens, int((column.codes != MISSING).sum())))


def is_learnable(labels: Float64s) -> bool:
    """Return whether both labels occur at least `FEWEST_EACH` times."""
    return min(int((labels == 0).sum()), int((labels == 1).sum())) >= FEWEST_EACH


_COMPARISON = re.compile(
    r"\s*(`(?P<quoted>[^`]+)`|(?P<name>\w+))\s*(?P<sign><=|>=|!=|<>|==|=|<|>)\s*(?P<value>-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)|'[^'\\]*')\s*"
)
_SIGNS: dict[str, Callable[[Float64s, float], Bools]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "==": np.equal,
    "!=": np.not_equal,
    "<>": np.not_equal,
}


def truth_of(expression: str, columns: Mapping[str, Column]) -> Float64s | None:
    """Return labels as `truth` does for an expression that compares one column with one value; None for any other."""
    comparison = _COMPARISON.fullmatch(expression)
    column = None if comparison is None else columns.get(comparison["quoted"] or comparison["name"])
    if comparison is None or column is None:
        return None
    text = comparison["value"]
    if text.startswith("'"):
        if comparison["sign"] in {"<", "<=", ">", ">="}:
            return None
        values, value = np.array([float(token == text[1:-1]) for token in column.tokens()]), 1.0
    elif not column.are_numbers.all():
        return None
    else:
        values, value = column.numbers, float(text)
    told = np.where(np.isnan(values), np.nan, _SIGNS[comparison["sign"]](values, value).astype(np.float64))
    return np.append(told, np.nan)[column.codes]


def candidates(columns: Mapping[str, Column]) -> list[str]:
    """Columns of two values; those that a dataset job takes as a label first, and of them those with a label's name."""
    two = [column for column in columns.values() if column.distinct == 2]
    ranked = sorted(two, key=lambda column: (truth(column) is None, not has_label_name(column.name)))
    return [column.name for column in ranked]


def has_label_name(name: str) -> bool:
    """Return whether the name is a usual name of labels."""
    return name.lower() in LABEL_NAMES


def as_expression(column: Column) -> str | None:
    """Return a Spark SQL expression for a binary label from a column of two other values; None if it is ambiguous."""
    if column.distinct != 2 or truth(column) is not None or not column.name or "`" in column.name:
        return None
    values = column.tokens()
    yes = [value for value in values if value.strip().lower() in YES]
    chosen = yes[0] if len(yes) == 1 else values[int(np.argmin(column.counts))]
    if not chosen.isprintable() or set(chosen) & set("'\\\\\"`"):
        return None
    return f"`{column.name}` = '{chosen}'"


def telling(column: Column, labels: Float64s) -> Telling:
    """Return the column's association with the label, missing values included, over the labeled rows."""
    known = ~np.isnan(labels)
    codes, positive = column.codes[known], labels[known] == 1
    auc = _auc(np.append(column.numbers, np.nan)[codes], positive) if column.are_numbers.all() else None
    purity = _purity(codes, positive)
    if auc is not None and max(auc, 1 - auc) >= TELLING_AUC:
        return Telling(auc, purity, "the number alone orders all rows by their label")
    if purity is not None and purity >= TELLING_PURITY:
        return Telling(auc, purity, "all rows with the same value have the same label")
    return Telling(auc, purity, None)


def _auc(numbers: Float64s, positive: Bools) -> float | None:
    """Area under the ROC curve of the rows that have a number: Mann and Whitney's U, ties counted half."""
    there = ~np.isnan(numbers)
    numbers, positive = numbers[there], positive[there]
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if min(ones, zeros) < FEWEST_EACH:
        return None
    _, places, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[places][positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _purity(codes: Int64s, positive: Bools) -> float | None:
    """Return the share of rows that have their value's majority label; missing is a value. None if values are rare."""
    places = codes - MISSING
    totals = np.bincount(places)
    ones = np.bincount(places, weights=positive, minlength=len(totals))
    distinct = int((totals > 0).sum())
    if (
        distinct < 2
        or len(codes) < ROWS_EACH * distinct
        or min(positive.sum(), len(positive) - positive.sum()) < FEWEST_EACH
    ):
        return None
    return float(np.maximum(ones, totals - ones).sum() / len(codes))


def equal_columns(columns: Mapping[str, Column]) -> dict[str, str]:
    """Return columns equal to an earlier one in every row, with its name; skips constant columns."""
    first: dict[tuple[bytes, bytes], str] = {}
    earlier_of: dict[str, str] = {}
    for name, column in columns.items():
        if column.distinct < 2:
            continue
        is_number = bool(column.are_numbers.all())
        values = column.numbers.tobytes() if is_number else b"\0".join(cast("list[bytes]", column.values.to_pylist()))
        key = (column.codes.tobytes(), values)
        earlier = first.setdefault(key, name)
        if earlier != name:
            earlier_of[name] = earlier
    return earlier_of
