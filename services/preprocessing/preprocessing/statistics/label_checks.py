"""Checks that the label varies, so that a model can learn it."""

from __future__ import annotations

from contracts.dataset import LeftOut
from contracts.errors import UnusableLabel
from contracts.label_kinds import SMALLEST_DEVIATION, label_traits
from contracts.schema import Schema
from contracts.statistics import NumberLabelStatistics, Statistics
from preprocessing.statistics.analyze import Partial


def check_label(partial: Partial, left_out: LeftOut, schema: Schema) -> None:
    """Check that the training split has rows, and rows of both classes for a binary label. Raises `UnusableLabel`."""
    pointer = _label_pointer(schema)
    train = partial.rows[0]
    if not any(split.rows for split in partial.rows) and not left_out.unknown_class:
        if left_out.filtered and not left_out.without_label:
            raise UnusableLabel(f"the filter is true for no row: {left_out.filtered} rows were read", pointer="/filter")
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


def _label_pointer(schema: Schema) -> str:
    return "/label/column" if schema.label.column else "/label/expression"
