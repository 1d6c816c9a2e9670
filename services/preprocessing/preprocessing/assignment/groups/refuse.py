"""The error of groups that would be in two splits: how many there are, some of their keys, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidData
from contracts.schema import SPLIT_NAMES
from preprocessing.assignment.groups.collect import group_hashes
from preprocessing.assignment.groups.merge import MergedGroups
from preprocessing.assignment.splitters.base import SplitBatch
from preprocessing.assignment.work import Work
from sources.arrays import Uint8s

Keys = Mapping[int, str]
"""Keys as text, by their hash."""
_LONGEST = 60


def keys_of(work: Work, batch: SplitBatch, codes: Uint8s, hashes: Sequence[int]) -> Keys:
    """Return the keys of the rows of a split that have one of the hashes, as the source has them."""
    own, has_key = group_hashes(work, batch)
    rows = np.flatnonzero(has_key & (codes != 0) & np.isin(own, np.array(hashes, np.uint64)))
    keys: dict[int, str] = {}
    for row in rows.tolist():
        keys.setdefault(int(own[row]), ", ".join(_shown(batch.rows.column(name)[row]) for name in work.group_columns))
    return keys


def divided_groups(work: Work, groups: MergedGroups, keys: Keys) -> InvalidData:
    """Return the error for groups of two splits or more."""
    columns = ", ".join(map(repr, work.group_columns))
    examples = "; ".join(
        f"{keys.get(group, '?')} is in {_splits(splits)}" for group, splits in groups.shown.items() if group in keys
    )
    more = f"; and {groups.divided - len(groups.shown):,} more" if groups.divided > len(groups.shown) else ""
    return InvalidData(
        f"{groups.divided:,} of {groups.groups:,} groups of the split_key {columns} would be in two splits or more, so that a "
        f"model is tested with groups that it was trained on: {examples}{more}. Leave such rows out by `filter`, divide by "
        "values, times or files that keep a group together, or leave split_key out to allow it",
        pointer="/split_key",
    )


def _splits(splits: int) -> str:
    names = [name for bit, name in enumerate(SPLIT_NAMES) if splits >> bit & 1]
    return " and ".join([", ".join(names[:-1]), names[-1]])


def _shown(value: pa.Scalar) -> str:
    plain: Any = value.as_py()
    text = plain.decode(errors="replace") if isinstance(plain, bytes) else plain
    return repr(f"{text[:_LONGEST]}…" if isinstance(text, str) and len(text) > _LONGEST else text)
