"""Labels of several classes: text or whole numbers, whose ids are learned from the training split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from contracts.classes import MAX_CLASSES, ClassName, class_ids
from contracts.features import TextRule
from contracts.schema import Label
from contracts.statistics import ClassCount, ClassLabelStatistics
from preprocessing.assignment.assign import class_tokens
from preprocessing.label_kinds.base import ExpressionType, LabelsOfKind, SampledValues, SplitCounts
from sources.arrays import Float32s
from sources.values.text_values import read_tokens

FEW_CLASSES = 20
"""Whole numbers that are classes; more of them are a quantity."""
ROWS_PER_TEXT = 5
"""Average rows per distinct text from which on texts are classes."""
MORE_THAN_BINARY = 3
"""With fewer values it is binary, or nothing."""


class MulticlassLabels(LabelsOfKind):
    """Labels that are class ids, of the classes in `assignment.classes`."""

    @property
    def expression_type(self) -> ExpressionType:
        """Return text, whole numbers and booleans; a class that is a fraction would be called as Spark happens to write it."""
        return ExpressionType(
            frozenset({"string", "boolean", "byte", "short", "integer", "long"}), "text, a whole number or a boolean"
        )

    def from_expression(self, values: pa.Array, pointer: str, rule: TextRule | None = None) -> pa.Array:
        """Return the text as the rule reads it, as bytes: the classes are not known yet."""
        del pointer
        text = values.cast(pa.binary())
        return text if rule is None else read_tokens(text, rule)

    def from_column(self, values: pa.Array, label: Label, classes: Sequence[ClassName]) -> tuple[Float32s, int]:
        """Return class ids; NaN for rows without a class, and for those whose class is not one of `classes`."""
        del label
        tokens, indices = class_tokens(values)
        ids = np.array([*class_ids(tokens, classes), np.nan], np.float32)[indices]
        unknown = ids == -1
        ids[unknown] = np.nan
        return ids, int(unknown.sum())

    def statistics(self, counted: SplitCounts) -> ClassLabelStatistics:
        """Return the split's rows by class."""
        tokens = list(counted.counts)
        totals = [0] * len(counted.classes)
        for token, class_id in zip(tokens, class_ids(tokens, counted.classes), strict=True):
            if class_id >= 0:
                totals[class_id] += counted.counts[token][counted.split]
        return ClassLabelStatistics(
            count=sum(totals),
            classes=[ClassCount(value=name, count=count) for name, count in zip(counted.classes, totals, strict=True)],
        )

    def proposed_for(self, values: SampledValues) -> str | None:
        """Return a reason for few whole numbers, and for text that repeats itself."""
        distinct, numbers = len(values.tokens), values.numbers
        if distinct < MORE_THAN_BINARY:
            return None
        if numbers is None:
            repeats = distinct <= MAX_CLASSES and values.rows >= ROWS_PER_TEXT * distinct
            return f"{distinct} different texts in {values.rows} rows" if repeats else None
        whole = np.isfinite(numbers).all() and (numbers == np.round(numbers)).all()
        return f"{distinct} different whole numbers" if whole and distinct <= FEW_CLASSES else None
