"""Registers are those of Apache DataSketches."""

from __future__ import annotations

import datasketches
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.hyperloglog import fill_registers
from preprocessing.statistics.distinct_counts import LG_K, no_registers, sketch_bytes


@pytest.mark.parametrize("values", [[], [1.5, -2.0, 0.0], list(np.random.default_rng(0).normal(0, 1, 5000))])
def test_registers_are_those_of_datasketches(values: list[float]) -> None:
    theirs = datasketches.hll_sketch(LG_K, datasketches.tgt_hll_type.HLL_8)
    for value in values:
        theirs.update(float(value))
    registers = no_registers()
    fill_registers(np.array(values, np.float64).view(np.uint64), registers)
    if len(values) > 1000:  # fewer are kept as a list
        np.testing.assert_array_equal(np.frombuffer(theirs.serialize_updatable()[40:], np.uint8), registers)
    both = datasketches.hll_union(LG_K)
    both.update(datasketches.hll_sketch.deserialize(sketch_bytes(registers)))
    both.update(theirs)
    assert both.get_estimate() == pytest.approx(len(set(values)), rel=0.03, abs=0.01)


def test_integers_are_hashed_as_datasketches_hashes_them() -> None:
    values = np.random.default_rng(1).integers(-(2**63), 2**63, 3000)
    theirs = datasketches.hll_sketch(LG_K, datasketches.tgt_hll_type.HLL_8)
    for value in values.tolist():
        theirs.update(value)
    registers = no_registers()
    fill_registers(values.view(np.uint64), registers)
    np.testing.assert_array_equal(np.frombuffer(theirs.serialize_updatable()[40:], np.uint8), registers)


@settings(max_examples=50)
@given(values=st.lists(st.integers(0, 2**64 - 1), max_size=40), cut=st.integers(0, 40))
def test_registers_depend_on_the_set_of_values_and_merge_by_maximum(values: list[int], cut: int) -> None:
    whole, twice = (np.zeros(16, np.uint8) for _ in range(2))
    bits = np.array(values, np.uint64)
    fill_registers(bits, whole)
    fill_registers(np.concatenate([bits[::-1], bits]), twice)
    assert twice.tolist() == whole.tolist()
    parts = [np.zeros(16, np.uint8) for _ in range(2)]
    fill_registers(bits[:cut], parts[0])
    fill_registers(bits[cut:], parts[1])
    assert np.maximum(*parts).tolist() == whole.tolist()
