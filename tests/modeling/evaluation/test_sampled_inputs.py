from __future__ import annotations

import numpy as np
import pytest

from modeling.evaluation.sampled_inputs import SampledInputs


def sampled(split_rows: int, rows: int, seed: int, batch: int) -> np.ndarray:
    """The numbers of the rows that a sample keeps, of a split that passes in batches."""
    sample = SampledInputs(split_rows, rows, seed)
    split = np.arange(split_rows)
    for begin in range(0, split_rows, batch):
        passing = split[begin : begin + batch]
        sample.add(passing[sample.among_next(len(passing))], passing[:0])
    return sample.rows[0]


@pytest.mark.parametrize(("split_rows", "rows"), [(100, 100), (100, 5000), (1, 1)])
def test_a_small_split_is_kept_whole(split_rows: int, rows: int) -> None:
    assert sampled(split_rows, rows, 0, 7).tolist() == list(range(split_rows))


def test_the_seed_determines_the_rows_whatever_the_batches_are() -> None:
    one = sampled(1000, 100, 3, 7)
    assert len(np.unique(one)) == 100
    assert np.all(np.diff(one) > 0)
    for batch in (1, 64, 1000):
        assert sampled(1000, 100, 3, batch).tolist() == one.tolist()
    assert sampled(1000, 100, 4, 7).tolist() != one.tolist()


def test_every_row_has_the_same_chance() -> None:
    counts = np.zeros(50)
    for seed in range(400):
        counts[sampled(50, 10, seed, 8)] += 1
    assert counts.min() > 50
    assert counts.max() < 115  # each is binomial(400, 0.2), whose deviation is 8


def test_without_rows_there_are_no_parts() -> None:
    assert SampledInputs(0, 100, 0).rows == ()
