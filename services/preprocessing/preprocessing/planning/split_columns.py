"""Columns whose values decide a row's split: those of the split key, or all readable ones that the label is not made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from contracts.errors import InvalidRequest
from contracts.schema import ValueType
from contracts.source import ColumnarSource, DelimitedText, JsonLines
from preprocessing.planning.ranges import Plan
from sources.values.arrow_values import value_type


def split_columns(
    plan: Plan, split_key: Sequence[str], used: Mapping[str, ValueType], behind_label: Sequence[str] = ()
) -> dict[str, ValueType]:
    """Return the columns that are hashed and the types that they are read as, in the order of their names.

    `used`: the columns that the job reads in any case. Others are read as a type that their values have, so that no row is
    refused for them; nested columns, and times in files that carry types, are left out. `behind_label`: the columns that the
    label is made of, left out unless there is no other: rows that are equal but for the label would be learned with one label
    and tested with the other.
    """
    if split_key:
        return {name: used[name] for name in sorted(set(split_key))}
    others = _readable(plan, [name for name in plan.columns if name not in used])
    columns: dict[str, ValueType] = {name: used.get(name) or others[name] for name in sorted({*used, *others})}
    return {name: kind for name, kind in columns.items() if name not in behind_label} or columns


def group_columns(plan: Plan, split_key: Mapping[str, str], used: Mapping[str, ValueType]) -> dict[str, ValueType]:
    """Return the columns of a key that only groups rows, as `split_columns` does. `split_key`: names with their pointers.

    Raises `InvalidRequest` for a column that is nested, or a time in a file that carries types.
    """
    others = _readable(plan, [name for name in split_key if name not in used])
    kinds: dict[str, ValueType] = {**others, **used}
    for name, place in split_key.items():
        if name not in kinds:
            raise InvalidRequest(
                f"column {name!r} is nested, or a time: a split_key is of columns of numbers and text", pointer=place
            )
    key: dict[str, ValueType] = {name: kinds[name] for name in sorted(split_key)}
    return key


def _readable(plan: Plan, names: Sequence[str]) -> dict[str, ValueType]:
    added = [name for name in names if name in plan.files[0].partition]
    own = [name for name in names if name not in added]
    kinds: dict[str, ValueType] = dict.fromkeys(names if isinstance(plan.source, DelimitedText) else added, "bytes")
    if isinstance(plan.source, DelimitedText) or not own:
        return kinds
    there: dict[str, ValueType | None]
    if isinstance(plan.source, ColumnarSource):
        there = {name: _type_of([schema.field(name).type for schema in plan.schemas]) for name in own}
    else:
        there = {name: plan.sampled_types[name] for name in own}
    for name, kind in there.items():
        if kind is not None:  # a sample of JSON shows some types of numbers, and text takes all
            kinds[name] = "bytes" if isinstance(plan.source, JsonLines) else kind
    return kinds


def _type_of(types: Sequence[pa.DataType]) -> ValueType | None:
    """Return a type that the column has in all files; text where one has numbers and another has text.

    Whole numbers that are neither int64 nor doubles are read as their digits.
    """
    kinds = [value_type(kind) for kind in types if not pa.types.is_null(kind)]
    if None in kinds:
        return None
    if "bytes" in kinds or any(pa.types.is_uint64(kind) or pa.types.is_decimal(kind) for kind in types):
        return "bytes"
    return "int64" if kinds and set(kinds) == {"int64"} else "float64"
