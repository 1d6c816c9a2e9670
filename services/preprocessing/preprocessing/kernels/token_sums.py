"""Totals of a table's tokens in each split: one pass over its entries, which are larger than any cache."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

from numba import njit

from contracts.schema import SPLITS
from preprocessing.kernels.count_tokens import ADDRESS, FIRST_COUNT, LENGTH
from preprocessing.kernels.text.utf8 import is_utf8

COUNT, POSITIVES, DISTINCT, BYTES, INVALID = range(5)
"""Sums of a split: values, values with a positive label, distinct tokens, bytes of all values, values that are not UTF-8."""
SUMS = 5


@njit(cache=True, nogil=True)
def sum_tokens(entries, size, totals, frequencies):
    """Add up the first `size` tokens of `entries`, whose layout is that of `kernels.count_tokens`.

    Adds to `totals`, int64 [SPLITS, SUMS], and to `frequencies`, int64 [SPLITS, many + 1]: element i is the number of tokens that
    occur i times; the last one, of those that occur `many` times or more.
    """
    many = frequencies.shape[1] - 1
    for token in range(size):
        length = entries[token, LENGTH]
        valid = is_utf8(entries[token, ADDRESS], length)
        for split in range(SPLITS):
            count = entries[token, FIRST_COUNT + split]
            if count > 0:
                totals[split, COUNT] += count
                totals[split, POSITIVES] += entries[token, FIRST_COUNT + SPLITS + split]
                totals[split, DISTINCT] += 1
                totals[split, BYTES] += count * length
                if not valid:
                    totals[split, INVALID] += count
                frequencies[split, min(count, many)] += 1
