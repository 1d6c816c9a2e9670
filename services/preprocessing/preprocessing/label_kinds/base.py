"""The questions that a kind of label answers to the stages of preprocessing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.classes import ClassName
from contracts.features import TextRule
from contracts.label_kinds import LabelKind, label_traits
from contracts.schema import Label
from contracts.statistics import AnyLabelStatistics, NumericStatistics
from preprocessing.assignment.classes import Counts
from sources.arrays import Float64s, Floats

StagedLabels = Floats | pa.Array
"""Labels of an expression, [rows], as they are staged: numbers as `from_column` returns them; or the text of classes, binary,
null where missing."""

NUMBER_TYPES = ("byte", "short", "integer", "long", "float", "double", "decimal")
"""Spark's types of numbers."""


@dataclass(frozen=True)
class ExpressionType:
    """Allowed types of a label's expression: names of Spark's types, and their description in error messages."""

    allowed: frozenset[str]
    words: str


@dataclass(frozen=True)
class SampledValues:
    """The distinct values of a sampled column, as bytes; and the number of rows that have one."""

    tokens: Sequence[bytes]
    rows: int

    @property
    def numbers(self) -> Float64s | None:
        """Return the values as numbers, float64; None if one of them is not a number."""
        try:
            return np.array([float(token) for token in self.tokens])
        except ValueError:
            return None


@dataclass(frozen=True)
class SplitCounts:
    """Counts of one split's labels, over all tasks."""

    split: int
    rows: int
    positives: int
    """Rows of the label 1, of a binary label."""
    counts: Counts
    """Rows of every split by class, of a label that has classes."""
    classes: Sequence[ClassName]
    """The classes that are learned, in the order of ids."""
    numbers: NumericStatistics | None
    """The statistics of the label's column, of a label that is a number."""


class LabelsOfKind(ABC):
    """Labels of one kind; it has no state."""

    @property
    @abstractmethod
    def expression_type(self) -> ExpressionType:
        """Return what a label's expression may return."""

    @abstractmethod
    def from_expression(self, values: pa.Array, pointer: str, rule: TextRule | None = None) -> StagedLabels:
        """Return an expression's values as they are staged; classes that are text as the `rule` reads them.

        `values`, [rows]: string for a label that has classes, else double; null where missing. Raises `UnusableLabel` with the
        `pointer` for a value that no label of this kind has.
        """

    @abstractmethod
    def from_column(self, values: pa.Array, label: Label, classes: Sequence[ClassName]) -> tuple[Floats, int]:
        """Return labels, [rows], NaN where missing, and the number of rows of an unknown class.

        They are of `label_type`.

        `values`, [rows]: numbers where the kind is read as a number, else bytes. Raises `UnusableLabel`, which names the label's
        column, for a value that no label of this kind has.
        """

    @abstractmethod
    def statistics(self, counted: SplitCounts) -> AnyLabelStatistics:
        """Return the label's statistics in one split."""

    def proposed_for(self, values: SampledValues) -> str | None:
        """Return why a column of these values is proposed as a label of this kind; None, the default, if it is not."""
        del values
        return None


def label_type(kind: LabelKind) -> pa.DataType:
    """Return the type of a kind's labels in all staged files: float64 of numbers, else float32 (of classes, their ids)."""
    return pa.float64() if label_traits(kind).is_number else pa.float32()
