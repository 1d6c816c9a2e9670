"""The label among the columns: which columns could be one, and its values on the sampled rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import assert_never, cast

import numpy as np

from contracts.errors import TandemError
from contracts.features import TextRule
from contracts.label_kinds import LabelKind, label_traits
from contracts.schema import Label, ValueType
from preprocessing.label_kinds import SampledValues, propose_kind
from preprocessing.label_kinds.binary import NEGATIVE, POSITIVE
from preprocessing.proposals.labels.label_leaks import Target
from preprocessing.proposals.sampled_columns import MISSING, Column
from preprocessing.proposals.spellings import Folded, folded, rarer, read_values
from preprocessing.sampled_rows import EvaluateLabel, SampledRows, SampledValue
from preprocessing.sql_names import columns_in
from sources.arrays import Bools, Float64s

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
SECONDS = 20.0
"""Time that the evaluation of an expression may take."""
_AS_WRITTEN = TextRule()


def truth(column: Column, rule: TextRule = _AS_WRITTEN, positive: str | None = None) -> Float64s | None:
    """Return labels [rows], 1, 0, or NaN where missing; None for a column that is not a binary label.

    `rule` and `positive`: how the label reads its column.
    """
    known = {**dict.fromkeys(POSITIVE, 1.0), **dict.fromkeys(NEGATIVE, 0.0)}
    tokens = read_values(column, rule)
    if positive is not None:
        known = {token: float(token == positive.encode()) for token in tokens if token is not None}
    if not {token for token in tokens if token is not None} <= known.keys():
        return None
    values = np.array([*(np.nan if token is None else known[token] for token in tokens), np.nan])
    return values[column.codes]


def kind_of(column: Column) -> tuple[LabelKind, str] | None:
    """Return the label kind of a column that is not binary, with the reason; None if it cannot be a label."""
    tokens = cast("list[bytes]", column.values.to_pylist())
    return propose_kind(SampledValues(tokens, int((column.codes != MISSING).sum())))


def target_of(label: Label, columns: Mapping[str, Column]) -> Target | str:
    """Return the label of each sampled row as a job reads it; or why it is not known here, as a clause."""
    if label.expression is not None:
        values = truth_of(label.expression, columns) if label.kind == "binary" else None
        return "its expression takes Spark to evaluate" if values is None else Target(label.kind, values)
    column = columns.get(label.column or "")
    if column is None:
        return "its column is neither numbers nor text"
    rule = label.text_rule or TextRule()
    match label.kind:
        case "binary":
            values = truth(column, rule, label.positive)
            return "its column has values other than 0 and 1" if values is None else Target(label.kind, values)
        case "multiclass":
            tokens = read_values(column, rule)
            ids = {token: np.nan if token is None else index for index, token in enumerate(dict.fromkeys(tokens))}
            return Target(label.kind, np.array([*(ids[token] for token in tokens), np.nan])[column.codes])
        case "regression":
            is_number = bool(column.are_numbers.all())
            return (
                Target(label.kind, column.row_numbers()) if is_number else "its column has values that are no numbers"
            )
        case _:
            assert_never(label.kind)


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


def folded_label(column: Column, asked_for: LabelKind | None) -> tuple[Label, Folded] | None:
    """Return a label whose classes have no spellings that differ in case or spaces alone; None for a column without such.

    `asked_for`: the kind that the request has, if any.
    """
    merged = folded(column)
    if merged is None or truth(column) is not None or not column.name:
        return None
    strip, fold_case = merged.rule.strip, merged.rule.fold_case
    kind = asked_for or ("binary" if merged.distinct == 2 else "multiclass")
    if kind == "multiclass":
        proposed = kind_of(column)
        is_one = asked_for is not None or (proposed is not None and proposed[0] == kind)
        return (Label(column=column.name, kind=kind, strip=strip, fold_case=fold_case), merged) if is_one else None
    yes = [token for token in merged.groups if token in YES]
    chosen = yes[0] if len(yes) == 1 else rarer(merged.groups)
    if kind != "binary" or merged.distinct != 2 or not chosen.isprintable():
        return None
    return Label(column=column.name, positive=chosen, strip=strip, fold_case=fold_case), merged


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


def evaluated_label(label: Label, columns: Mapping[str, Column], evaluate: EvaluateLabel) -> Target | str:
    """Return the labels [rows] by an expression, or why there are none, as a clause.

    Spark evaluates it, on the distinct rows of the columns that it names.
    """
    expression = label.expression or ""
    names = columns_in([expression], columns)
    if not names:
        return "its expression names no column of numbers or text"
    if any(np.isinf(columns[name].numbers).any() for name in names):
        return "its expression names a column with infinite numbers"
    rows, places = np.unique(np.stack([columns[name].codes for name in names]), axis=1, return_inverse=True)
    types: dict[str, ValueType] = {name: _type(columns[name]) for name in names}
    values = {
        name: [None if code < 0 else spelled[code] for code in codes]
        for name, codes in zip(names, rows.tolist(), strict=True)
        for spelled in (_values(columns[name], types[name]),)
    }
    try:
        evaluated = evaluate(
            SampledRows(
                expression=expression,
                kind=label.kind,
                strip=label.strip,
                fold_case=label.fold_case,
                seconds=SECONDS,
                types=types,
                columns=values,
            )
        )
    except TandemError as error:
        return f"its expression could not be evaluated: {error.message}"
    if label_traits(label.kind).has_classes:
        ids = {name: float(index) for index, name in enumerate(dict.fromkeys(evaluated)) if name is not None}
        labels = [np.nan if name is None else ids[name] for name in evaluated]
    else:
        labels = [np.nan if value is None else float(value) for value in evaluated]
    return Target(label.kind, np.array(labels)[places.reshape(-1)])


def _type(column: Column) -> ValueType:
    """Return the type that a dataset job reads a column as that is no feature."""
    if column.type is not None:
        return column.type
    return "int64" if column.wholes.all() else "float64" if column.are_numbers.all() else "bytes"


def _values(column: Column, kind: ValueType) -> list[SampledValue]:
    if kind == "bytes":
        return cast("list[SampledValue]", column.tokens())
    if kind == "int64":
        return [*column.whole_numbers()]
    return [None if np.isnan(number) else float(number) for number in column.numbers]
