"""A numeric column's state as bytes in the staging folder: a header as JSON after its length, then the arrays, one by one.

Others may be able to write to the storage, so that the bytes are data: nothing of them is run, and numbers that no column has are
refused before a kernel indexes by them.
"""

from __future__ import annotations

from math import prod
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from contracts.base_model import FrozenModel
from contracts.errors import CorruptData
from contracts.schema import SPLITS
from preprocessing.kernels.gather_present import COUNTERS
from preprocessing.statistics.distinct_counts import Registers, no_registers
from preprocessing.statistics.numeric_columns import NumberState, NumberSums, Spread
from preprocessing.statistics.value_counts import CAPACITY, ValueCounts
from sources.arrays import Array
from sources.drift.sortable_keys import keys_of

_LENGTH = 4
"""Bytes of the header's length, little-endian."""
_LEAST_KEY, _MOST_KEY = keys_of(np.array([-1e100, 1e100])).tolist()
"""Keys of the extremes of a value: those of a regression's label."""
_MOST_REGISTER = 64

_Count = Annotated[int, Field(ge=0, lt=1 << 62)]


class _Sums(FrozenModel):
    """As `NumberSums`. The extremes are in an array, since they may be infinite."""

    count: _Count
    zeros: _Count
    negative: _Count
    total: str
    squares: str
    """Hexadecimal: they have hundreds of digits."""
    sketch: _Count
    """Bytes of the sketch."""


class _Header(FrozenModel):
    integers: bool
    shift: Annotated[int, Field(ge=0, lt=64)]
    keys: Annotated[int, Field(ge=0, le=CAPACITY)]
    spread: Annotated[list[_Sums], Field(min_length=SPLITS, max_length=SPLITS)] | None


def state_bytes(state: NumberState) -> bytes:
    """Serialize a state."""
    spread = state.spread
    header = _Header(
        integers=state.integers,
        shift=state.values.shift,
        keys=len(state.values.keys),
        spread=None if spread is None else [_sums(split) for split in spread],
    )
    parts = [state.missing, state.values.keys, state.values.counts]
    if spread is not None:
        parts += [
            np.array([(split.sums.low, split.sums.high) for split in spread]),
            *(split.registers for split in spread),
        ]
    head = header.model_dump_json().encode()
    sketches = [] if spread is None else [split.sketch for split in spread]
    return b"".join(
        [
            len(head).to_bytes(_LENGTH, "little"),
            head,
            *(np.ascontiguousarray(part).tobytes() for part in parts),
            *sketches,
        ]
    )


def state_of(data: memoryview, path: str) -> NumberState:
    """Return the state of the bytes at `path`. Raises `CorruptData` for bytes that are no output of `state_bytes`."""
    try:
        size = int.from_bytes(data[:_LENGTH], "little")
        header = _Header.model_validate_json(bytes(data[_LENGTH : _LENGTH + size]))
        state = _state(header, _Arrays(data[_LENGTH + size :]))
    except (ValidationError, ValueError) as error:
        reason = "its header" if isinstance(error, ValidationError) else str(error)
        raise CorruptData(f"{path} is not a column's state that a task of this service left: {reason}") from None
    return state


class _Arrays:
    """The arrays after the header, in turn."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def array(self, kind: type[np.generic], *shape: int) -> Array:
        """Return the next array. Raises `ValueError` past the end."""
        size = prod(shape) * np.dtype(kind).itemsize
        return np.frombuffer(self.bytes(size), kind).reshape(shape)

    def bytes(self, size: int) -> bytes:
        """Return the next bytes. Raises `ValueError` past the end."""
        taken = self._data[:size]
        if len(taken) < size:
            raise ValueError("it is too short")
        self._data = self._data[size:]
        return bytes(taken)

    def finish(self) -> None:
        """Raise `ValueError` for bytes that nothing took."""
        if len(self._data):
            raise ValueError("it is too long")


def _state(header: _Header, arrays: _Arrays) -> NumberState:
    missing = arrays.array(np.int64, SPLITS, COUNTERS)
    values = ValueCounts(
        header.shift, arrays.array(np.uint64, header.keys), arrays.array(np.int64, header.keys, SPLITS)
    )
    _check_values(values)
    if missing.min() < 0:
        raise ValueError("a negative count")
    if header.spread is None:
        if values.shift:
            raise ValueError("counts by interval without sums")
        arrays.finish()
        return NumberState(missing, values, None, header.integers)
    extremes = arrays.array(np.float64, SPLITS, 2).tolist()
    registers = [_registers(arrays) for _ in range(SPLITS)]
    spread = tuple(
        Spread(
            NumberSums(sums.count, sums.zeros, sums.negative, int(sums.total, 16), int(sums.squares, 16), low, high),
            own,
            arrays.bytes(sums.sketch),
        )
        for sums, (low, high), own in zip(header.spread, extremes, registers, strict=True)
    )
    arrays.finish()
    return NumberState(missing, values, spread, header.integers)


def _check_values(values: ValueCounts) -> None:
    if not values.keys.size:
        return
    if values.counts.min() < 0:
        raise ValueError("a negative count")
    if (values.keys[1:] <= values.keys[:-1]).any():
        raise ValueError("keys that do not ascend")
    first, last = int(values.keys[0]), int(values.keys[-1])
    if last >> (64 - values.shift):
        raise ValueError("a key of too many bits")
    if not values.shift and not (first >= _LEAST_KEY and last <= _MOST_KEY):
        raise ValueError("a value that is not a number of at most 1e100")


def _registers(arrays: _Arrays) -> Registers:
    registers = arrays.array(np.uint8, len(no_registers()))
    if registers.max() > _MOST_REGISTER:
        raise ValueError("a register of an HLL sketch that is too large")
    return registers


def _sums(spread: Spread) -> _Sums:
    sums = spread.sums
    return _Sums(
        count=sums.count,
        zeros=sums.zeros,
        negative=sums.negative,
        total=f"{sums.total:x}",
        squares=f"{sums.squares:x}",
        sketch=len(spread.sketch),
    )
