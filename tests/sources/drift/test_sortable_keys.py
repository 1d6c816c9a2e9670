"""Keys of doubles: in the order of the values, reversible, and coarsened by as few bits as a limit needs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.drift.sortable_keys import doubles, keys_of, least_shift

DOUBLES = st.lists(st.floats(allow_nan=False), max_size=40).map(lambda values: np.array(values, np.float64))


@settings(max_examples=100)
@given(DOUBLES)
def test_keys_order_as_values_do_and_give_them_back(values: np.ndarray) -> None:
    ordered = np.sort(values)
    keys = np.sort(keys_of(values))
    np.testing.assert_array_equal(doubles(keys), ordered)
    assert doubles(keys_of(values)).tobytes() == values.tobytes(), "the sign of 0 survives"


def test_negative_zero_is_the_next_below_zero() -> None:
    below, zero, above = keys_of(np.array([-0.0, 0.0, 5e-324]))
    assert (zero - below, above - zero) == (1, 1)
    ends = keys_of(np.array([-np.inf, -1.0, 1.0, np.inf]))
    assert ends.tolist() == sorted(ends.tolist())


@settings(max_examples=100)
@given(DOUBLES, st.integers(1, 50))
def test_the_least_shift_leaves_no_more_keys_than_allowed(values: np.ndarray, most: int) -> None:
    keys = np.unique(keys_of(values))
    shift = least_shift(keys, most)

    def remaining(bits: int) -> int:
        return len({int(key) >> bits for key in keys})

    assert remaining(shift) <= most
    assert shift == 0 or remaining(shift - 1) > most
