"""The split and the label of each row follow from its values alone."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidData
from contracts.schema import SPLIT_NAMES, SplitName
from preprocessing.assignment.assign import (
    class_tokens,
    column_fingerprints,
    row_fingerprints,
    row_weights,
    split_codes,
)


def test_fingerprints_of_rows_know_values_not_spellings() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "f": pa.array([0.0, -0.0, None, float("nan"), 1.0], pa.float64()),
            "t": pa.array([b"a", b"a", None, b"", b"a"], pa.binary()),
        }
    )
    found = row_fingerprints(column_fingerprints(batch), ["f", "t"])
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len({int(value) for value in found}) == 3
    sliced = row_fingerprints(column_fingerprints(batch.slice(2)), ["f", "t"])
    np.testing.assert_array_equal(sliced, found[2:])


def test_shares_are_kept_and_a_share_of_nothing_gets_nothing() -> None:
    rows = np.random.default_rng(0).integers(0, 2**63, 200_000).astype(np.uint64)
    codes = split_codes(rows, {"train": 0.7, "validation": 0.0, "test": 0.3})
    counts = np.bincount(codes, minlength=4)
    assert counts[0] == counts[2] == 0
    assert abs(counts[1] / len(rows) - 0.7) < 0.005
    assert set(split_codes(rows, {"train": 1.0}).tolist()) == {1}


@settings(max_examples=60)
@given(
    fingerprints=st.lists(st.integers(0, 2**64 - 1), max_size=20),
    parts=st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_every_row_has_a_split_that_has_a_share(fingerprints: list[int], parts: tuple[int, int, int]) -> None:
    shares: dict[SplitName, float] = {name: part / sum(parts) for name, part in zip(SPLIT_NAMES, parts, strict=True)}
    codes = split_codes(np.array(fingerprints, np.uint64), shares)
    assert set(codes.tolist()) <= {code for code, part in enumerate(parts, start=1) if part}


def test_null_and_empty_texts_are_no_classes() -> None:
    tokens, indices = class_tokens(pa.array([b"a", None, b"", b"b", b"a"], pa.binary()))
    assert [tokens[i] if i >= 0 else None for i in indices.tolist()] == [b"a", None, None, b"b", b"a"]


def test_weights_are_those_of_rows_with_a_label() -> None:
    labels = np.array([1, 0, np.nan, np.nan], np.float32)
    weights = row_weights(np.array([0.0, 2.5, -1.0, np.nan]), labels, "w", str)
    np.testing.assert_array_equal(weights, [0.0, 2.5, np.nan, np.nan])


def test_a_weight_that_float32_holds_as_a_subnormal_number_at_best_is_0() -> None:
    values = np.array([1e-50, 1e-40, 1.1e-38, 1.2e-38])
    weights = row_weights(values, np.ones(4, np.float32), "w", str)
    np.testing.assert_array_equal(weights, np.array([0, 0, 0, 1.2e-38], np.float32))


@pytest.mark.parametrize(("weight", "shown"), [(-0.5, "-0.5"), (np.nan, "none"), (np.inf, "inf"), (1e39, "1e+39")])
def test_the_first_weight_that_cannot_be_one_is_refused_at_its_place(weight: float, shown: str) -> None:
    values = np.array([-1.0, 1.0, weight, -2.0])
    labels = np.array([np.nan, 1, 0, 1], np.float32)
    with pytest.raises(InvalidData, match=rf"^row 2: the weight 'w' must .* Received: {re.escape(shown)}$") as caught:
        row_weights(values, labels, "w", "row {}".format)
    assert caught.value.pointer == "/weight"
