"""What the tokens of a table come to in each split: one pass over its entries, which are larger than any cache."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

from numba import njit

from preprocessing.kernels.count_tokens import ADDRESS, FIRST_COUNT, LENGTH, SPLITS
from preprocessing.kernels.utf8 import is_utf8

COUNT, POSITIVES, DISTINCT, BYTES, INVALID = range(5)
"""Of a split: values, those of them with a positive label, distinct tokens, bytes of all values, values that are not UTF-8."""
SUMS = 5


@njit(cache=True, nogil=True)
def sum_tokens(entries, size, totals, frequencies):
    """Add up the first `size` tokens of `entries`, which is as in `kernels.counting`.

    `totals` int64 [SPLITS, SUMS] goes up, and so does `frequencies` int64 [SPLITS, most + 1]: how many tokens occur as often
    as the place says, in the last place how many occur `most` times or more.
    """
    most = frequencies.shape[1] - 1
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
                frequencies[split, min(count, most)] += 1
