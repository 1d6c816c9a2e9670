"""The groups of all ranges, in buckets of hashes: a task reads its bucket's part of every file, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts.dataset.data_folder import DataFolder
from preprocessing.assignment.groups.collect import GroupFile, joined
from sources.arrays import Uint64s

GROUPS_PER_BUCKET = 1 << 21
"""Groups of all files, repeated ones too, that a task merges in the mean."""
SHOWN = 5
"""Divided groups that are named."""


@dataclass(frozen=True)
class MergedGroups:
    """The groups of a bucket, or of all of them."""

    groups: int
    divided: int
    """Groups of two splits or more."""
    shown: dict[int, int]
    """Some of those, by hash: a bit per split."""


def bucket_count(files: Sequence[GroupFile]) -> int:
    """Return the number of buckets, one at least."""
    return max(1, -(-sum(file.groups for file in files) // GROUPS_PER_BUCKET))


def merge_bucket(folder: DataFolder, files: Sequence[GroupFile], buckets: int, bucket: int) -> MergedGroups:
    """Merge the groups of one bucket of hashes."""
    begin, end = _bound(bucket, buckets), _bound(bucket + 1, buckets)
    parts = [file.read(folder) for file in files]
    slices = [(hashes, splits, slice(_place(hashes, begin), _place(hashes, end))) for hashes, splits in parts]
    kept = [(hashes[within], splits[within]) for hashes, splits, within in slices]
    if not kept:
        return MergedGroups(0, 0, {})
    hashes, splits = joined(kept)
    divided = np.flatnonzero(splits & (splits - np.uint8(1)))
    shown = {int(hashes[place]): int(splits[place]) for place in divided[:SHOWN]}
    return MergedGroups(len(hashes), len(divided), shown)


def merged(buckets: Sequence[MergedGroups]) -> MergedGroups:
    """Return the groups of all buckets."""
    shown = [pair for bucket in buckets for pair in bucket.shown.items()]
    return MergedGroups(
        sum(bucket.groups for bucket in buckets), sum(bucket.divided for bucket in buckets), dict(shown[:SHOWN])
    )


def _bound(bucket: int, buckets: int) -> int:
    return (bucket << 64) // buckets


def _place(hashes: Uint64s, bound: int) -> int:
    return len(hashes) if bound >> 64 else int(np.searchsorted(hashes, np.uint64(bound)))
