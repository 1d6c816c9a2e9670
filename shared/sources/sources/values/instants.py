"""Times of any type as instants: microseconds since 1970 in UTC."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features.time_formats import TimeFormat
from contracts.features.time_patterns import parts_of
from sources.arrays import Bools
from sources.values.iso_times import iso_times
from sources.values.local_times import in_utc
from sources.values.number_tokens import number_tokens
from sources.values.pattern_times import pattern_times
from sources.values.refused import refused
from sources.values.unix_times import unix_times

_ISO_8601 = (
    r"^[ \t]*(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)"
    r"(?: ?(?P<offset>Z|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3])(?::?(?P<minutes>[0-5][0-9]))?))?)?[ \t]*$"
)
_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_MINUTE = 60_000_000


_AUTO = TimeFormat()


def instants(values: pa.Array, written: TimeFormat | None = None) -> tuple[pa.Array, list[int]]:
    """Return microseconds since 1970 in UTC, int64, null where missing, and the positions of values that are no time.

    Those are null, too. `written`: the format; None for ISO 8601 (extended format, a space in place of the T as well). Text,
    dates and timestamps without an offset are in the format's zone, or else in UTC. Fractions of a microsecond are cut off.
    Numbers are times of a format of numbers, and whole ones of a pattern, as 20130115 of `%Y%m%d`. Text of a format of numbers
    is not read here: `text_values.typed` makes numbers of it first.
    """
    written = written or _AUTO
    kind = values.type
    if pa.types.is_date(kind):
        values = values.cast(pa.timestamp("ms"))
    if pa.types.is_timestamp(values.type):
        micros = _microseconds(values)
        return (micros if values.type.tz is not None else _of_clocks(micros, written)), []
    if kind == pa.binary():
        assert written.unix_unit is None, "text of numbers is parsed before"
        return _of_text(values, written) if written.pattern is None else _of_pattern(values, written.pattern, written)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        if written.unix_unit is not None:
            return unix_times(values, written.unix_unit)
        if written.pattern is not None:
            return _of_pattern(_digits(values), written.pattern, written)
    return pa.nulls(len(values), pa.int64()), np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False)).tolist()


def _digits(values: pa.Array) -> pa.Array:
    """Return numbers as text, null for NaN and infinities."""
    return values.cast(pa.string()).cast(pa.binary()) if pa.types.is_integer(values.type) else number_tokens(values)


def _of_clocks(micros: pa.Array, written: TimeFormat) -> pa.Array:
    """Return times of the format's clocks in UTC."""
    if written.zone is None:
        return micros
    is_missing = micros.is_null().to_numpy(zero_copy_only=False)
    return pa.array(in_utc(micros.fill_null(0).to_numpy(zero_copy_only=False), written.zone), mask=is_missing)


def _of_pattern(texts: pa.Array, pattern: str, written: TimeFormat) -> tuple[pa.Array, list[int]]:
    times = pattern_times(texts, pattern)
    micros = pa.array(times.micros, mask=~times.parsed)
    wrong = np.flatnonzero(~times.parsed & texts.is_valid().to_numpy(zero_copy_only=False)).tolist()
    has_offset = any(part.directive == "z" for part in parts_of(pattern))
    return (micros if has_offset else _of_clocks(micros, written)), wrong


def _microseconds(values: pa.Array) -> pa.Array:
    """Return an Arrow timestamp of any unit: those of a zone count from 1970 in UTC already."""
    counts = values.cast(pa.int64())
    if values.type.unit == "ns":
        present = np.floor_divide(counts.fill_null(0).to_numpy(zero_copy_only=False), 1000)
        return pa.array(present, mask=counts.is_null().to_numpy(zero_copy_only=False))
    return pc.multiply(counts, pa.scalar(_MICROSECONDS[values.type.unit], pa.int64()))


def _of_text(texts: pa.Array, written: TimeFormat) -> tuple[pa.Array, list[int]]:
    """Return the times of text: most by `iso_times`, and the rest by regular expressions, at a tenth of the speed."""
    quick = iso_times(texts)
    micros, is_missing, is_local = quick.micros, ~quick.parsed, quick.local
    left = np.flatnonzero(is_missing & texts.is_valid().to_numpy(zero_copy_only=False))
    wrong: list[int] = []
    if len(left):
        slow, is_local[left], slow_wrong = _by_expressions(texts.take(pa.array(left)))
        micros[left] = slow.fill_null(0).to_numpy(zero_copy_only=False)
        is_missing[left] = slow.is_null().to_numpy(zero_copy_only=False)
        wrong = left[slow_wrong].tolist()
    if written.zone is not None and is_local.any():
        micros[is_local] = in_utc(micros[is_local], written.zone)
    return pa.array(micros, mask=is_missing), wrong


def _by_expressions(texts: pa.Array) -> tuple[pa.Array, Bools, list[int]]:
    """Return the times, which of them have no offset, and the positions of text that is no time."""
    parts = pc.extract_regex(texts, pattern=_ISO_8601)
    date, clock, offset, sign, hours, minutes = (
        pc.struct_field(parts, name).cast(pa.string())
        for name in ("date", "clock", "offset", "sign", "hours", "minutes")
    )
    clock = pc.if_else(pc.equal(clock, ""), "00:00", pc.replace_substring(clock, ",", "."))
    local = pc.replace_substring_regex(pc.binary_join_element_wise(date, clock, " "), r"(\.[0-9]{6})[0-9]+$", r"\1")
    is_wrong = pc.and_(texts.is_valid(), parts.is_null()).to_numpy(zero_copy_only=False)
    try:
        counted = _counted(local)
    except pa.ArrowInvalid:  # a day or an hour that there is not
        is_wrong[refused(local, _counted)] = True
        counted = _counted(pc.if_else(pa.array(is_wrong), pa.scalar(None, pa.string()), local))
    offsets = pc.add(pc.multiply(_integers(hours), 60), _integers(minutes))
    signed = pc.if_else(pc.equal(sign, "-"), pc.negate(offsets), offsets)
    micros = pc.subtract(counted, pc.multiply(signed, _MINUTE))
    is_local = pc.equal(offset, "").fill_null(False).to_numpy(zero_copy_only=False)  # noqa: FBT003 - Arrow's argument
    return micros, is_local, np.flatnonzero(is_wrong).tolist()


def _counted(local: pa.Array) -> pa.Array:
    return local.cast(pa.timestamp("us")).cast(pa.int64())


def _integers(digits: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64())
