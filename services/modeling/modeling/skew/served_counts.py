"""Counts of each feature's values in the prediction log of a version, one file at a time, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog

from contracts.errors import NotFound
from contracts.features import Many
from contracts.schema import Schema
from contracts.storage import Storage
from modeling.feature_kinds.base import DriftMeasure
from modeling.feature_kinds.kinds import FeatureKinds
from modeling.monitoring.logged_rows import meaning_of
from modeling.monitoring.prediction_log import log_folder
from modeling.repository.versions import VersionManifest
from sources.arrays import Int64s, Uint64s
from sources.drift.distances import NumberCounts
from sources.drift.sortable_keys import keys_of, least_shift
from sources.values.list_text import split_text

MOST_NUMBERS = 1 << 15
"""Distinct values of a number that are counted one by one; with more, intervals are."""

MOST_TOKENS = 100_000
"""Distinct tokens that are counted one by one; past that, the rarer ones are counted together."""

_log = structlog.get_logger(__name__)


@dataclass
class ServedNumbers:
    """Values of one numeric feature so far."""

    missing: int = 0
    counts: NumberCounts = field(default_factory=lambda: NumberCounts(0, np.empty(0, np.uint64), np.empty(0, np.int64)))

    def add(self, column: pa.ChunkedArray) -> None:
        """Add values: float32, null where missing."""
        self.missing += column.null_count
        values = column.drop_null().to_numpy().astype(np.float64) + 0.0
        keys = keys_of(values) >> np.uint64(self.counts.shift)
        self.counts = _counted(
            np.concatenate([self.counts.keys, keys]),
            np.concatenate([self.counts.counts, np.ones(len(keys), np.int64)]),
            self.counts.shift,
        )


def _counted(keys: Uint64s, counts: Int64s, shift: int) -> NumberCounts:
    """Return the counts of keys, which may repeat; keys lose as many bits as the limit requires."""
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    more = least_shift(keys, MOST_NUMBERS)
    keys = keys >> np.uint64(more)
    if not len(keys):
        return NumberCounts(shift, keys, counts)
    firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return NumberCounts(shift + more, keys[firsts], np.add.reduceat(counts, firsts))


@dataclass
class ServedTokens:
    """Tokens of one categorical feature so far."""

    separator: str | None = None
    """Stands between the tokens of a value that is a list; None of single tokens."""
    missing: int = 0
    total: int = 0
    counts: dict[bytes, int] = field(default_factory=dict[bytes, int])

    def add(self, column: pa.ChunkedArray) -> None:
        """Add tokens, or texts of lists: binary, null where missing."""
        self.missing += column.null_count
        there: Any = column.drop_null()
        if self.separator is not None:
            there = split_text(there.combine_chunks(), self.separator).tokens
            there = there.filter(pc.not_equal(there, b""))
        self.total += len(there)
        counted = there.value_counts()
        for token, count in zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True):
            self.counts[token] = self.counts.get(token, 0) + count
        if len(self.counts) > 2 * MOST_TOKENS:
            self.counts = dict(self.ranked())

    def ranked(self) -> list[tuple[bytes, int]]:
        """Return the most frequent tokens, by descending count, then bytes."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_TOKENS]


@dataclass
class Served:
    """The rows of a version that the log holds. A feature that was redacted in one of the files is in neither."""

    rows: int
    files: int
    first: datetime | None
    last: datetime | None
    redacted: set[str]
    counts: dict[str, ServedNumbers | ServedTokens]


def served_rows(
    storage: Storage, manifest: VersionManifest, since: datetime | None = None, until: datetime | None = None
) -> Served:
    """Return the logged rows of the version from `since` on, up to but not including `until`.

    A file that cannot be read is skipped, and named in the service's log.
    """
    schema = manifest.schema_
    served = Served(
        rows=0,
        files=0,
        first=None,
        last=None,
        redacted=set(),
        counts={
            name: _counter(kind.drift, schema.features[name].bag)
            for name, kind in FeatureKinds(schema).by_feature.items()
        },
    )
    for table, meaning in _tables(storage, manifest, since, until):
        _add(served, schema, table, meaning)
    for name in served.redacted:
        del served.counts[name]
    return served


def _counter(measure: DriftMeasure, bag: Many | None) -> ServedNumbers | ServedTokens:
    match measure:
        case "numbers":
            return ServedNumbers()
        case "tokens":
            return ServedTokens(None if bag is None else bag.separator)
        case _:
            assert_never(measure)


def _add(served: Served, schema: Schema, table: pa.Table, meaning: dict[str, Any]) -> None:
    served.rows += table.num_rows
    served.files += 1
    times = pc.min_max(table[meaning["columns"]["time"]]).as_py()
    served.first = times["min"] if served.first is None else min(served.first, times["min"])
    served.last = times["max"] if served.last is None else max(served.last, times["max"])
    served.redacted |= set(meaning["redacted"]) & set(schema.features)
    for name, counts in served.counts.items():
        if name not in served.redacted:
            counts.add(table[name])


def _tables(
    storage: Storage, manifest: VersionManifest, since: datetime | None, until: datetime | None
) -> Iterator[tuple[pa.Table, dict[str, Any]]]:
    folder = log_folder(manifest.model, manifest.version)
    for name in storage.files(folder):
        try:
            with storage.open_input(f"{folder}/{name}") as stream, pq.ParquetFile(stream) as file:
                meaning = meaning_of(file)
                if meaning.get("job") != manifest.job:  # another version, which had the same number before it
                    continue
                table = _between(file.read(), meaning["columns"]["time"], since, until)
        except NotFound:  # the log has removed its oldest file since
            continue
        except (pa.ArrowException, KeyError, ValueError, OSError):
            _log.warning("a file of the prediction log cannot be read", file=f"{folder}/{name}", exc_info=True)
            continue
        if table.num_rows:
            yield table, meaning


def _between(table: pa.Table, time: str, since: datetime | None, until: datetime | None) -> pa.Table:
    kind = table.schema.field(time).type
    if since is not None:
        table = table.filter(pc.greater_equal(table[time], pa.scalar(since, kind)))
    if until is not None:
        table = table.filter(pc.less(table[time], pa.scalar(until, kind)))
    return table
