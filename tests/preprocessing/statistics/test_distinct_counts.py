"""Distinct counts from registers, in a form that DataSketches reads and merges."""

from __future__ import annotations

import datasketches
import numpy as np
import pytest

from preprocessing.kernels.hyperloglog import fill_registers
from preprocessing.statistics.distinct_counts import (
    LG_K,
    distinct_sketch,
    no_registers,
    relative_standard_error,
    sketch_bytes,
)
from sources.arrays import Uint8s


def registers_of(values: int) -> Uint8s:
    registers = no_registers()
    fill_registers(np.arange(values, dtype=np.uint64), registers)
    return registers


def test_nothing_is_distinct_in_an_empty_set() -> None:
    assert no_registers().tolist() == [0] * (1 << LG_K)
    sketch = distinct_sketch(no_registers(), 0)
    assert (sketch.estimate, sketch.lower) == (0.0, 0.0)


@pytest.mark.parametrize("values", [1, 100, 20_000, 1_000_000])
def test_the_estimate_is_within_its_error_of_the_truth(values: int) -> None:
    sketch = distinct_sketch(registers_of(values), 0)
    assert sketch.estimate == pytest.approx(values, rel=4 * relative_standard_error())
    assert sketch.lower <= sketch.estimate + 1e-9 <= sketch.upper


def test_what_is_certain_bounds_the_estimate_below() -> None:
    sketch = distinct_sketch(registers_of(1000), 5000)
    assert (sketch.estimate, sketch.lower, sketch.upper) == (5000, 5000, 5000)


@pytest.mark.parametrize("values", [0, 10, 100_000])
def test_datasketches_reads_the_bytes_and_keeps_the_registers(values: int) -> None:
    registers = registers_of(values)
    sketch = datasketches.hll_sketch.deserialize(sketch_bytes(registers))
    written = sketch.serialize_updatable()
    np.testing.assert_array_equal(np.frombuffer(written[40:], np.uint8), registers)


def test_the_estimate_depends_on_the_registers_alone() -> None:
    """Merged by maximum or by DataSketches, two halves are as good as the whole."""
    halves = [no_registers(), no_registers()]
    for half, start in zip(halves, (0, 30_000), strict=True):
        fill_registers(np.arange(start, start + 40_000, dtype=np.uint64), half)
    whole = distinct_sketch(np.maximum(*halves), 0)
    assert whole == distinct_sketch(registers_of(70_000), 0)
    union = datasketches.hll_union(LG_K)
    for half in halves:
        union.update(datasketches.hll_sketch.deserialize(sketch_bytes(half)))
    assert union.get_estimate() == pytest.approx(whole.estimate, rel=1e-12)


def test_large_registers_are_summed_apart_from_small_ones() -> None:
    registers = np.full(1 << LG_K, 40, np.uint8)
    registers[::2] = 3
    both = datasketches.hll_sketch.deserialize(sketch_bytes(registers)).get_estimate()
    raw = 0.7213 / (1 + 1.079 / len(registers)) * len(registers) ** 2 / np.ldexp(1.0, -registers.astype(int)).sum()
    assert both == pytest.approx(raw, rel=0.02)
