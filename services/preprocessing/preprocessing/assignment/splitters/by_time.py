"""Times at which validation and test begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from contracts.dataset.requested_splits import SplitTimes, instant_of
from contracts.dataset.split_rule import SplitColumn, SplitRule
from contracts.errors import InvalidData
from contracts.features import TimeFormat
from contracts.schema import SPLIT_NAMES
from preprocessing.assignment.assign import LEFT_OUT
from preprocessing.assignment.splitters.base import NO_TIME, UNDATED, Divided, SplitBatch, Splitter, written_name
from preprocessing.assignment.splitters.value_hashes import text_options
from sources.arrays import Float64s
from sources.values.arrow_values import value_type, written_values
from sources.values.instants import instants
from sources.values.text_values import Spelling, typed

if TYPE_CHECKING:
    from preprocessing.assignment.work import Work

_DAY = 86_400_000_000
_TRAIN = SPLIT_NAMES.index("train") + 1


@dataclass(frozen=True)
class TimeSplitter(Splitter):
    """A row goes to the last split that begins at or before its time, and trains before all of them.

    Where shares are asked for, `time_shares` finds when splits begin, before any row is divided.
    """

    times: SplitTimes

    @property
    def written(self) -> list[str]:
        """Return the column of times: no feature has its type, and no rule of a feature changes it."""
        return [self.times.column]

    def rule(self, work: Work) -> SplitRule:
        """Return the rule: when validation and test begin."""
        column = SplitColumn(
            name=self.times.column, null_values=list(work.split_spelling.null_tokens), text_rule=self._text_rule(work)
        )
        return SplitRule(
            by="time",
            columns=[column],
            text_options=text_options(work.plan.source),
            shares={},
            begins={split: str(bound) for split, bound in self.times.bounds.items()},
            missing=self.times.missing,
        )

    def divide(self, work: Work, batch: SplitBatch) -> Divided:
        """Return the split of each row by its time; one without a time is left out, or trains.

        Raises `InvalidData` for a value that is no time, or no number where the bounds are numbers.
        """
        times = self.compared(work, batch)
        begins = self._begins()
        codes = np.full(len(times), _TRAIN, np.uint8)
        compared = times.fill_null(0).to_numpy(zero_copy_only=False)
        for split, begin in begins.items():
            codes[compared >= begin] = SPLIT_NAMES.index(split) + 1
        is_missing = times.is_null().to_numpy(zero_copy_only=False)
        codes[is_missing] = _TRAIN if self.times.missing == "train" else LEFT_OUT
        days = np.full(len(times), UNDATED) if self.times.is_numeric else np.floor_divide(compared, _DAY)
        return Divided(codes, np.where(is_missing, NO_TIME, days).astype(np.int32))

    def compared(self, work: Work, batch: SplitBatch) -> pa.Array:
        """Return the time of each row, null where missing: microseconds since 1970, int64, or float64 where bounds are numbers.

        Raises `InvalidData` for a value that is neither.
        """
        values = batch.rows.column(written_name(self.times.column))
        written = self._written(work)
        times, wrong = _numbers(values, work.split_spelling) if self.times.is_numeric else _times(values, written)
        if wrong:
            raise self._refused(values, wrong[0], batch, written)
        return times

    def _written(self, work: Work) -> TimeFormat | None:
        """Return the format that features give the column; None for ISO 8601."""
        return None if self.times.is_numeric else work.schema.time_formats.get(self.times.column)

    def _text_rule(self, work: Work) -> dict[str, str | bool]:
        written = self._written(work)
        if written is None:
            return {}
        rule: dict[str, str | bool] = {"format": written.format}
        return rule if written.zone is None else rule | {"zone": written.zone.name}

    def _begins(self) -> dict[str, float | int]:
        return {
            split: since_1970(bound) if isinstance(bound, str) else bound for split, bound in self.times.bounds.items()
        }

    def _refused(self, values: pa.Array, row: int, batch: SplitBatch, written: TimeFormat | None) -> InvalidData:
        wanted = (
            "a time as ISO 8601 writes it (2013-10-01, 2013-10-01T06:00:00Z)" if written is None else written.expected
        )
        wanted = "a number" if self.times.is_numeric else wanted
        value = values[row].as_py()
        shown = value.decode(errors="replace") if isinstance(value, bytes) else value
        return InvalidData(
            f"{batch.place(row)}: the column {self.times.column!r}, by which rows are split, must hold {wanted}, as the bounds "
            f"are. Received: {str(shown)[:100]!r}. List it among the source's null values if it means that there is none",
            pointer="/splits/time/column",
        )


def _decoded(values: pa.Array) -> pa.Array:
    plain = values.dictionary_decode() if isinstance(values, pa.DictionaryArray) else values
    return written_values(plain) if value_type(plain.type) == "bytes" else plain


def _times(values: pa.Array, written: TimeFormat | None) -> tuple[pa.Array, list[int]]:
    """Return microseconds since 1970 in UTC, null where missing, and the positions of values that are no time."""
    plain = _decoded(values)
    if plain.type == pa.binary():
        return typed(plain, "instant", Spelling((), time=written))
    return instants(plain, written)


def _numbers(values: pa.Array, spelling: Spelling) -> tuple[pa.Array, list[int]]:
    """Return float64 numbers, null where missing or not finite, and the positions of other values."""
    if value_type(values.type) is None:
        return pa.nulls(len(values), pa.float64()), np.flatnonzero(
            values.is_valid().to_numpy(zero_copy_only=False)
        ).tolist()
    plain = written_values(values)
    numbers, wrong = typed(plain, "float64", spelling) if plain.type == pa.binary() else (plain, [])
    present: Float64s = numbers.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return pa.array(present, mask=~np.isfinite(present)), wrong


def since_1970(text: str) -> int:
    """Return an instant of ISO 8601 text as microseconds since 1970 in UTC. Raises `ValueError` for other text."""
    instant = instant_of(text)
    seconds = int(instant.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + instant.microsecond
