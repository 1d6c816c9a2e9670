"""The classes of a multiclass label: learned from the training split, before any class id is written.

Takes a separate pass over the label and the columns that decide a row's split. A class that occurs only in validation or test is
not learned: no model could know it. Its rows are left out, and counted. The rows' splits are staged for the analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from contracts.classes import MAX_CLASSES, ClassName, class_list
from contracts.errors import UnusableLabel
from contracts.schema import SPLITS
from preprocessing.assignment.assign import LEFT_OUT, class_tokens
from preprocessing.assignment.evaluated_values import read_evaluated
from preprocessing.assignment.splitters.base import Divided, SplitBatch
from preprocessing.assignment.staged_splits import write_splits
from preprocessing.assignment.work import Work, label_values, row_location, source_batches
from sources.rejects import Rejects

MOST_TOKENS = 10 * MAX_CLASSES
"""Maximum number of distinct labels that a task counts, over all splits."""

Counts = Mapping[bytes, Sequence[int]]
"""Number of rows in each split, by label."""


def count_labels(work: Work, part: int) -> Counts:
    """Count each label in one range of the source, and stage the rows' splits.

    Raises `UnusableLabel` for more than `MOST_TOKENS` distinct labels.
    """
    label = work.schema.label.column
    as_written = work.split_written.values()
    named = [name for name in work.split_columns if name not in as_written or name == label]
    named += [label] if label in work.columns and label not in named else []
    evaluated = read_evaluated(work.folder, part) if work.evaluated else None
    counts: dict[bytes, list[int]] = {}
    splits: list[Divided] = []
    position = 0
    rejects = Rejects(work.max_bad_records) if work.max_bad_records else None
    for batch in source_batches(work, part, named, rejects, written=work.split_written):
        place = partial(row_location, work, part, position, rejects)
        here = evaluated.slice(position, batch.num_rows) if evaluated is not None else None
        if here is not None and here.rows != batch.num_rows:
            break  # the source has changed, which the next pass reports
        position += batch.num_rows
        values = label_values(work, batch, here)
        assert isinstance(values, pa.Array), "classes are text"
        tokens, indices = class_tokens(values)
        divided = work.splitter.divide(work, SplitBatch(batch, work.plan.ranges[part].file, place))
        splits.append(divided)
        codes = divided.codes
        present = (indices >= 0) & (codes != LEFT_OUT)
        pairs = np.bincount(
            indices[present].astype(np.int64) * SPLITS + codes[present] - 1, minlength=len(tokens) * SPLITS
        ).reshape(-1, SPLITS)
        for index in np.flatnonzero(pairs.any(axis=1)).tolist():
            before = counts.setdefault(tokens[index], [0] * SPLITS)
            counts[tokens[index]] = [a + b for a, b in zip(before, pairs[index].tolist(), strict=True)]
        if len(counts) > MOST_TOKENS:
            raise _too_many(f"more than {MOST_TOKENS}", work)
    write_splits(work.folder, part, splits)
    return counts


def merged(parts: Iterable[Counts]) -> Counts:
    """Return the sum of all ranges' counts."""
    counts: dict[bytes, Sequence[int]] = {}
    for part in parts:
        for token, by_split in part.items():
            counts[token] = [a + b for a, b in zip(counts.get(token, [0] * SPLITS), by_split, strict=True)]
    return counts


def learned(counts: Counts, work: Work) -> list[ClassName]:
    """Return the classes of the training split, in the order of ids; empty if no row has a label, which the next pass reports.

    Raises `UnusableLabel` for one class, and for more than `MAX_CLASSES`.
    """
    classes = class_list(token for token, by_split in counts.items() if by_split[0])
    rows = sum(by_split[0] for by_split in counts.values())
    if len(classes) > MAX_CLASSES:
        raise _too_many(str(len(classes)), work)
    if len(classes) == 1:
        raise UnusableLabel(
            f"the label is {classes[0]!r} in all {rows} training rows; there is nothing to learn",
            pointer=_pointer(work),
        )
    return classes


def _too_many(count: str, work: Work) -> UnusableLabel:
    return UnusableLabel(
        f"the label has {count} classes; at most {MAX_CLASSES} can be learned. Merge rare ones with an expression, or "
        "use kind `regression` for a number",
        pointer=_pointer(work),
    )


def _pointer(work: Work) -> str:
    return "/label/column" if work.schema.label.column else "/label/expression"
