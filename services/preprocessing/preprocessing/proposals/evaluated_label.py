"""The label of each sampled row by an expression, which Spark evaluates on the distinct rows of the columns that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from contracts.errors import TandemError
from contracts.label_kinds import label_traits
from contracts.schema import Label, ValueType
from preprocessing.proposals.label_leaks import Target
from preprocessing.proposals.sampled_columns import Column
from preprocessing.sampled_rows import EvaluateLabel, SampledRows, SampledValue
from preprocessing.sql_names import columns_in

SECONDS = 20.0
"""Time that an evaluation may take."""


def evaluated_label(label: Label, columns: Mapping[str, Column], evaluate: EvaluateLabel) -> Target | str:
    """Return the labels [rows], or why there are none, as a clause."""
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
