"""The splitter of a request."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.dataset.requested_splits import ColumnSplits, FileSplits, TimeSplits
from contracts.messages.datasets import DatasetRequest
from preprocessing.assignment.splitters.base import Splitter
from preprocessing.assignment.splitters.by_files import FileSplitter
from preprocessing.assignment.splitters.by_hash import HashSplitter
from preprocessing.assignment.splitters.by_time import TimeSplitter
from preprocessing.assignment.splitters.by_values import ValueSplitter
from preprocessing.assignment.splitters.value_hashes import split_spelling
from preprocessing.planning.ranges import Plan


def plan_splitter(request: DatasetRequest, plan: Plan, roots: Sequence[str]) -> Splitter:
    """Return the splitter of a request. `roots`: the folders that sources may be in. Raises what the splitters do."""
    match request.splits:
        case ColumnSplits():
            return ValueSplitter.of(request.splits, split_spelling(plan.source))
        case TimeSplits():
            return TimeSplitter(request.splits.time)
        case FileSplits():
            return FileSplitter.of(request.splits, plan.files, roots)
        case shares:
            return HashSplitter(shares, has_key=bool(request.split_key))
