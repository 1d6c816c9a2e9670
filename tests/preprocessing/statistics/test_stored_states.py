"""A column's state survives as bytes, exactly; other bytes are corrupt."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.preprocessing.number_states import DOUBLES, INTEGERS, described, state_of

from contracts.errors import CorruptData
from preprocessing.statistics.numeric_columns import NumberState
from preprocessing.statistics.stored_states import state_bytes
from preprocessing.statistics.stored_states import state_of as read

LARGE = np.random.default_rng(1).normal(0, 1e30, 20_000)
STATES = {
    "exact": state_of([1.5, None, -2.0, float("inf")]),
    "spread": state_of(LARGE, codes=[1 + i % 3 for i in range(len(LARGE))]),
    "integers": state_of(list(range(-10_000, 10_000))),
    "empty": state_of([None, None]),
}


def assert_equal(one: NumberState, other: NumberState) -> None:
    assert state_bytes(one) == state_bytes(other)
    assert (one.integers, one.values.shift) == (other.integers, other.values.shift)
    np.testing.assert_array_equal(one.missing, other.missing)
    np.testing.assert_array_equal(one.values.counts, other.values.counts)
    np.testing.assert_array_equal(one.values.lows, other.values.lows)
    assert (one.spread is None) == (other.spread is None)
    for mine, theirs in zip(one.spread or (), other.spread or (), strict=True):
        assert (mine.sums, mine.sketch) == (theirs.sums, theirs.sketch)
        np.testing.assert_array_equal(mine.registers, theirs.registers)


@pytest.mark.parametrize("name", STATES)
def test_a_state_comes_back_as_it_was(name: str) -> None:
    state = STATES[name]
    assert (state.spread is None) == (name in {"exact", "empty"})
    back = read(memoryview(state_bytes(state)), "here")
    assert_equal(back, state)
    rows = int(state.missing[0, 0]) + (int(state.values.counts[:, 0].sum()))
    assert described(back, rows) == described(state, rows)


@given(st.one_of(st.lists(DOUBLES, max_size=30), st.lists(INTEGERS, min_size=1, max_size=30)))
def test_states_of_any_values_come_back(values: list[float | None] | list[int | None]) -> None:
    state = state_of(values)
    assert_equal(read(memoryview(state_bytes(state)), "here"), state)


@pytest.mark.parametrize("name", STATES)
def test_cut_longer_and_changed_bytes_are_corrupt_or_another_state(name: str) -> None:
    data = state_bytes(STATES[name])
    chance = random.Random(1)
    for wrong in (data[:-1], data + b"\0", data[: len(data) // 2], b"", data[4:]):
        with pytest.raises(CorruptData, match=r"^here is not a column's state that a task of this service left"):
            read(memoryview(wrong), "here")
    for _ in range(200):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            back = read(memoryview(changed), "here")
        except CorruptData:
            continue
        assert np.all(np.diff(back.values.keys.astype(object)) > 0)
