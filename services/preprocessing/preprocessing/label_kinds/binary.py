"""Binary labels: 0 or 1, false or true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.classes import ClassName
from contracts.errors import UnusableLabel
from contracts.features import TextRule
from contracts.schema import Label
from contracts.statistics import LabelStatistics, LabelValue
from preprocessing.label_kinds.base import NUMBER_TYPES, ExpressionType, LabelsOfKind, SplitCounts
from sources.arrays import Float32s

POSITIVE = (b"1", b"true", b"True", b"TRUE", b"1.0")
NEGATIVE = (b"0", b"false", b"False", b"FALSE", b"0.0")
_TRUTH = {**dict.fromkeys(POSITIVE, 1.0), **dict.fromkeys(NEGATIVE, 0.0)}


class BinaryLabels(LabelsOfKind):
    """Labels of 0 and 1. A column is proposed for one by its two values, see `proposals.labels.label_candidates`."""

    @property
    def expression_type(self) -> ExpressionType:
        """Return booleans and numbers."""
        return ExpressionType(frozenset({"boolean", *NUMBER_TYPES}), "a boolean or a number")

    def from_expression(self, values: pa.Array, pointer: str, rule: TextRule | None = None) -> Float32s:
        """Return 1, 0, or NaN. Raises `UnusableLabel` for any other number."""
        del rule
        numbers = values.fill_null(float("nan")).to_numpy()
        wrong = numbers[~(np.isnan(numbers) | (numbers == 0) | (numbers == 1))]
        if len(wrong):
            raise UnusableLabel(
                f"the label's expression must be 0 or 1, false or true. Received: {wrong[0]:g}", pointer=pointer
            )
        return numbers.astype(np.float32)

    def from_column(self, values: pa.Array, label: Label, classes: Sequence[ClassName]) -> tuple[Float32s, int]:
        """Parse bytes: 0, 1, 0.0, 1.0, false and true; or 1 where it is the label's positive text, else 0.

        Raises `UnusableLabel`, which names the first other value.
        """
        del classes
        encoded = cast("pa.DictionaryArray", pc.dictionary_encode(values))
        tokens = cast("list[bytes]", encoded.dictionary.to_pylist())
        truth = {token: _TRUTH.get(token) for token in tokens}
        if label.positive is not None:
            truth = {token: float(token == label.positive.encode()) for token in tokens}
        wrong = [token for token, value in truth.items() if value is None]
        if wrong:
            shown = wrong[0].decode(errors="backslashreplace")
            raise UnusableLabel(
                f"the label {label.name!r} must be 0 or 1, false or true; or label.positive is the text that is 1. "
                f"Received: {shown!r}",
                pointer="/label/column",
            )
        numbers = np.array([*truth.values(), np.nan], np.float32)
        indices = cast("npt.NDArray[np.int32]", encoded.indices.fill_null(len(tokens)).to_numpy(zero_copy_only=False))
        return numbers[indices], 0

    def statistics(self, counted: SplitCounts) -> LabelStatistics:
        """Return how many rows have each of the two values."""
        rows = {0.0: counted.rows - counted.positives, 1.0: counted.positives}
        return LabelStatistics(
            count=counted.rows,
            positives=counted.positives,
            distribution=[LabelValue(value=value, count=count) for value, count in rows.items()],
        )
