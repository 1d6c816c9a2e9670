"""Checks that the label varies and that rows weigh something, so that a model can learn and be evaluated."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.dataset.manifest import LeftOut
from contracts.errors import InvalidData, UnusableLabel
from contracts.label_kinds import SMALLEST_DEVIATION, label_traits
from contracts.schema import SPLIT_NAMES, Schema
from contracts.statistics import NumberLabelStatistics, Statistics
from preprocessing.statistics.analyze import Partial


def check_label(partial: Partial, left_out: LeftOut, schema: Schema) -> None:
    """Check that the training split has rows, and rows of both classes for a binary label. Raises `UnusableLabel`."""
    pointer = _label_pointer(schema)
    train = partial.rows[0]
    if not any(split.rows for split in partial.rows) and not left_out.unknown_class:
        if left_out.filtered and not left_out.without_label:
            raise UnusableLabel(f"the filter is true for no row: {left_out.filtered} rows were read", pointer="/filter")
        if left_out.without_split:
            raise InvalidData(
                f"no row is in a split: {left_out.without_split} rows have a value, or are in a file, that no split has, or have "
                "no time",
                pointer="/splits",
            )
        skipped = f", besides {left_out.filtered} that the filter left out" if left_out.filtered else ""
        raise UnusableLabel(f"no row has a label: {left_out.without_label} rows were read{skipped}", pointer=pointer)
    if not train.rows:
        others = sum(split.rows for split in partial.rows) + left_out.unknown_class
        raise UnusableLabel(f"no training row has a label: {others} rows of other splits have", pointer=pointer)
    if label_traits(schema.label.kind).is_binary and train.positives in (0, train.rows):
        raise UnusableLabel(
            f"the label is the same in all {train.rows} training rows, of which {train.positives} are positive; "
            "there is nothing to learn",
            pointer=pointer,
        )


def check_number_label(statistics: Statistics, schema: Schema) -> None:
    """Check that a regression's training labels differ by more than `SMALLEST_DEVIATION`. Raises `UnusableLabel`."""
    label = statistics.splits["train"].label
    if not isinstance(label, NumberLabelStatistics):
        return
    if not label.numbers.std:
        only = "none" if label.numbers.mean is None else format(label.numbers.mean, ".17g")
        raise UnusableLabel(
            f"the label is the same in all {label.count} training rows: {only}; there is nothing to learn",
            pointer=_label_pointer(schema),
        )
    if label.numbers.std < SMALLEST_DEVIATION:
        raise UnusableLabel(
            f"the label {schema.label.name!r} differs by no more than {label.numbers.std:g} in its {label.count} training rows "
            "(standard deviation), and squared errors of that size count as 0; choose another unit (`derive`)",
            pointer=_label_pointer(schema),
        )


def check_weights(partial: Partial, weighing: Sequence[Sequence[int]], schema: Schema) -> None:
    """Check that each split with rows has one of a weight above 0. Raises `InvalidData`, which names the column of weights.

    `weighing`: the number of such rows by task and split.
    """
    for split, rows, *counts in zip(SPLIT_NAMES, partial.rows, *weighing, strict=True):
        if rows.rows and not sum(counts):
            raise InvalidData(
                f"the weights {schema.weight!r} of all {rows.rows} rows of the {split} split are 0 (as is one below 1.2e-38), "
                "so nothing can be learned or measured there; give a row of it a weight, or choose other `splits`",
                pointer="/weight",
            )


def _label_pointer(schema: Schema) -> str:
    return "/label/column" if schema.label.column else "/label/expression"
