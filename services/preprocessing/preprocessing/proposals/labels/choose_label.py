"""Choose the label of a proposal: the one that was asked for, as it can be read, or the one column that looks like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import NotFound
from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.schemas import Flag
from contracts.schema import Label
from preprocessing.planning.column_names import unknown_column
from preprocessing.proposals.describe_source import Description
from preprocessing.proposals.labels import label_candidates as labels
from preprocessing.proposals.sample_rows import Sample
from preprocessing.proposals.sampled_columns import Column
from preprocessing.sql_names import columns_in

_SHOWN_CELLS = 10


@dataclass
class ChosenLabel:
    """A label, or None where none is known; the columns that it is computed from; and flags to review."""

    label: Label | None = None
    columns: list[str] = field(default_factory=list[str])
    flags: list[Flag] = field(default_factory=list[Flag])


def choose_label(
    given: Label | None, sample: Sample, columns: Mapping[str, Column], description: Description
) -> ChosenLabel:
    """Return the label of the request, with what its values need to be read, or one that is found.

    `columns`: those of the sample whose values can be read. Raises `NotFound` for a column that is not in the sample.
    """
    if given is None:
        return _found(columns)
    if given.expression is not None:
        return ChosenLabel(given, columns_in([given.expression], sample.columns))
    name = given.column or ""
    if name not in sample.columns:
        raise _unknown(name, sample, description)
    column = columns.get(name)
    if given.positive is not None or column is None:
        flags = [] if given.positive is not None or not _must_be_binary(given) else [_not_binary(name, [])]
        return ChosenLabel(given, [name], flags)
    return _as_it_is_written(given, column)


def _must_be_binary(given: Label) -> bool:
    return "kind" not in given.model_fields_set or label_traits(given.kind).is_binary


def _as_it_is_written(given: Label, column: Column) -> ChosenLabel:
    """Return the label of a column: by its spellings, as it is, by the kind of its values, or as an expression."""
    name = column.name
    kind: LabelKind | None = given.kind if "kind" in given.model_fields_set else None
    if (folded := _folded(column, kind)) is not None:
        return folded
    if not _must_be_binary(given) or labels.truth(column) is not None:
        return ChosenLabel(given, [name])
    if kind is None and (proposed := labels.kind_of(column)) is not None:
        likely, why = proposed
        flag = _flag(name, f"proposed as kind {likely}: {why}", {"kind": likely})
        return ChosenLabel(Label(column=name, kind=likely), [name], [flag])
    expression = labels.as_expression(column)
    if expression is None:
        return ChosenLabel(given, [name], [_not_binary(name, [token.value for token in column.top()])])
    reason = f"the label must be 0 or 1, false or true, so an expression is proposed in its place: {expression}"
    flag = _flag(name, reason, {"values": {token.value: token.count for token in column.top()}})
    return ChosenLabel(Label(expression=expression), [name], [flag])


def _folded(column: Column, asked_for: LabelKind | None) -> ChosenLabel | None:
    """Return a label whose classes have one spelling each; None for a column that needs none."""
    spelled = labels.folded_label(column, asked_for)
    if spelled is None:
        return None
    label, merged = spelled
    reason = f"spellings that differ in case or spaces alone are one class by {merged.options}"
    reason += "" if label.positive is None else f", and the label is 1 where it is {label.positive!r}"
    flags = [merged.flag(column.name), _flag(column.name, reason, {"classes": merged.distinct})]
    return ChosenLabel(label, [column.name], flags)


def _found(columns: Mapping[str, Column]) -> ChosenLabel:
    """Return the only column of two values that has a label's name."""
    plain = [
        name
        for name in labels.candidates(columns)
        if labels.has_label_name(name) and labels.truth(columns[name]) is not None
    ]
    if len(plain) != 1:
        return ChosenLabel()
    flag = _flag(plain[0], "taken for the label: it has two values, and a label's name", {})
    return ChosenLabel(Label(column=plain[0]), plain, [flag])


def _unknown(name: str, sample: Sample, description: Description) -> NotFound:
    """Return the error for a label column that is not there, which tells where the header was guessed away."""
    error = unknown_column(name, sample.columns, "/label/column")
    guess = description.guesses.get("header")
    if guess is None or guess.given or guess.value:
        return error
    first = ", ".join(map(repr, (description.first_row or [])[:_SHOWN_CELLS]))
    return NotFound(
        f"{error.message}. The first row, {first}, was taken for values: {guess.reason}; if it holds the names of the "
        "columns, set header to true",
        pointer=error.pointer,
    )


def _not_binary(name: str, values: list[str]) -> Flag:
    return _flag(name, "the label must be 0 or 1, false or true; give an expression", {"values": values})


def _flag(column: str, reason: str, evidence: dict[str, Any]) -> Flag:
    return Flag(column=column, kind="label", reason=reason, evidence=evidence)
