"""The hash table of numbers, against a Counter."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.value_counts import count_values, enter_counts
from sources.drift.sortable_keys import doubles

VALUES = st.lists(st.one_of(st.floats(-1e30, 1e30), st.sampled_from([0.0, -1.5, 3.0, 5e-324])), max_size=50)


def empty(slots: int, splits: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(slots, np.uint64), np.zeros((slots, splits), np.int64)


def bits_of(values: list[float]) -> np.ndarray:
    return (np.array(values, np.float64) + 0.0).view(np.uint64)


@settings(max_examples=100)
@given(values=VALUES, half=st.integers(0, 50))
def test_values_are_counted_by_split(values: list[float], half: int) -> None:
    keys, counts = empty(128, 2)
    half = min(half, len(values))
    bits = bits_of(values)
    row, room = count_values(bits, 0, half, False, 0, 0, 64, keys, counts)  # noqa: FBT003  kernels take no names
    assert row == half
    row, room = count_values(bits, half, len(bits), False, 1, 0, room, keys, counts)  # noqa: FBT003
    assert row == len(bits)
    assert room == 64 - len(set(values))
    used = np.flatnonzero(keys)
    table = dict(zip(doubles(keys[used]).tolist(), counts[used].tolist(), strict=True))
    first, second = Counter(values[:half]), Counter(values[half:])
    assert table == {value: [first[value], second[value]] for value in values}


def test_keys_order_as_their_values_do() -> None:
    values = [-1e300, -2.0, -1.0, -5e-324, 0.0, 5e-324, 1.0, 2.0, 1e300]
    keys, counts = empty(32)
    count_values(bits_of(values), 0, len(values), False, 0, 0, 16, keys, counts)  # noqa: FBT003
    assert doubles(np.sort(keys[keys != 0])).tolist() == values


def test_integers_are_rounded_to_doubles() -> None:
    values = np.array([-3, 2**53, 2**53 + 1, -3, 7], np.int64)
    keys, counts = empty(16)
    count_values(values.view(np.uint64), 0, len(values), True, 0, 0, 8, keys, counts)  # noqa: FBT003
    used = np.flatnonzero(keys)
    table = dict(zip(doubles(keys[used]).tolist(), counts[used, 0].tolist(), strict=True))
    assert table == {-3.0: 2, 2.0**53: 2, 7.0: 1}


@pytest.mark.parametrize("room", [0, 1, 2])
def test_counting_stops_at_a_key_that_has_no_room(room: int) -> None:
    keys, counts = empty(4)
    bits = bits_of([1.0, 1.0, 2.0, 1.0, 3.0])
    row, left = count_values(bits, 0, 5, False, 0, 0, room, keys, counts)  # noqa: FBT003
    assert (row, left) == ([0, 2, 4][room], 0)
    assert counts.sum() == row


@settings(max_examples=50)
@given(values=VALUES, shift=st.sampled_from([1, 20, 51]))
def test_shorter_keys_add_up_the_counts_of_longer_ones(values: list[float], shift: int) -> None:
    keys, counts = empty(128)
    count_values(bits_of(values), 0, len(values), False, 0, 0, 64, keys, counts)  # noqa: FBT003
    shorter, added = empty(128)
    fresh = enter_counts(keys, counts, shift, shorter, added)
    expected: Counter[int] = Counter()
    for key, count in zip(keys.tolist(), counts[:, 0].tolist(), strict=True):
        if key:
            expected[key >> shift] += count
    assert dict(zip(shorter[shorter != 0].tolist(), added[shorter != 0, 0].tolist(), strict=True)) == expected
    assert fresh == len(expected)
    at_once, straight = empty(128)
    count_values(bits_of(values), 0, len(values), False, 0, shift, 64, at_once, straight)  # noqa: FBT003
    assert sorted(zip(at_once.tolist(), straight[:, 0].tolist(), strict=True)) == sorted(
        zip(shorter.tolist(), added[:, 0].tolist(), strict=True)
    )
