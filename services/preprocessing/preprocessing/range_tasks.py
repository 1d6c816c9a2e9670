"""The stages for the rows of one range of the source: the functions that run inside Spark tasks.

Each takes the work, shared by all tasks, and the index of its part; it returns a small result. Large results go to the
dataset's staging folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import numpy as np
import pyarrow as pa

from contracts.dataset.manifest import Artifact
from contracts.errors import SourceChanged
from contracts.input_rules import NumberRules
from contracts.schema import SPLIT_NAMES, Schema
from preprocessing.assignment.assign import (
    LEFT_OUT,
    column_fingerprints,
    row_fingerprints,
    row_weights,
)
from preprocessing.assignment.evaluated_values import read_evaluated
from preprocessing.assignment.groups.collect import GroupCollector, StagedGroups, key_hashes
from preprocessing.assignment.groups.refuse import Keys, keys_of
from preprocessing.assignment.splitters.base import Divided, SplitBatch
from preprocessing.assignment.staged_splits import read_splits
from preprocessing.assignment.work import Work, label_values, row_location, source_batches
from preprocessing.feature_kinds import RunTokens, feature_kinds
from preprocessing.feature_kinds.crosses import stage_crosses
from preprocessing.feature_kinds.transform import transform
from preprocessing.label_kinds import label_type, labels_of_kind
from preprocessing.records.example_features import example_features, labelled, raw_columns
from preprocessing.records.key_files import KeysWriter
from preprocessing.records.rejected_rows import StagedRejects, stage_rejected
from preprocessing.records.row_files import RowsWriter
from preprocessing.records.sample import RowSampler, StagedSample
from preprocessing.records.shards import ShardWriter, StagedShard
from preprocessing.records.tfrecord import ExampleEncoder
from preprocessing.statistics.analyze import Analyzer, Partial, RowSums
from preprocessing.statistics.staged_numbers import (
    AllNumbers,
    MergedNumbers,
    StagedNumbers,
    merge_features,
    plan_number_merges,
    stage_numbers,
)
from preprocessing.statistics.timeline import Timeline
from preprocessing.vocabularies.merge_buckets import Bucket, MergedBucket, join_buckets, merge_bucket, plan_merges
from preprocessing.vocabularies.runs import (
    BucketIds,
    Run,
    RunWriter,
    StagedRows,
    StagedRuns,
    open_tokens,
    read_rows,
)
from sources.arrays import Float32s, Floats, Uint8s, Uint64s
from sources.computed_features import ComputedFeatures
from sources.matrices import float32_column, float64_column
from sources.rejects import Rejects
from sources.values.respelling import Respelled, Respelling


@dataclass(frozen=True)
class Assigned:
    """A batch of the source with its rows' labels and weights; arrays are [rows]."""

    batch: pa.RecordBatch
    """The columns that the job uses, with categories in the spelling of their feature."""
    respelled: frozenset[str]
    """Columns of the batch that differ from the source."""
    source: pa.RecordBatch
    """The batch as it was read, with the columns that decide the split, too, unless that is staged."""
    divided: Divided | None
    """The rows' splits where they are staged."""
    labels: Floats
    """NaN where missing."""
    weights: Float32s | None
    """None without a weight column; NaN in a row that is left out."""
    filtered: int
    """Rows that the filter leaves out; they have no label here."""
    unknown: int
    """Rows of a split whose class is not one of those that are learned; they have no label here either."""
    unknown_elsewhere: int
    """Rows of no split with such a class."""
    place: Callable[[int], str]
    """The location of a row in the source."""


@dataclass(frozen=True)
class Scanned:
    """Result of scanning one range: partial statistics, and its staged files."""

    source_range: int
    partial: Partial
    weighing: tuple[int, ...]
    """Rows of each split with a weight above 0; all rows without a weight column."""
    filtered: int
    unknown: int
    without_split: int
    runs: list[Run]
    numbers: StagedNumbers
    rows: Artifact | None
    shards: list[StagedShard]
    rejected: StagedRejects
    sample: StagedSample
    respelled: dict[str, Respelled]
    """By feature whose text gets its canonical spelling."""
    timeline: Timeline
    """Rows of each split over time, where a time decides."""
    groups: StagedGroups
    """Groups of a key next to splits that others than its hash decide."""
    keys: Artifact | None
    """Hashes of the training rows' keys, where there is one."""


def scan(work: Work, part: int) -> Scanned:
    """Read one range, once: assign each row's split and label, analyze, and keep of the rows what the records ask for.

    That is the records themselves (`raw`), split and label (`none`), or what `write_transformed` needs (`transformed`).
    """
    analyzer, sampler = Analyzer(work.schema), RowSampler(work.schema)
    filtered = unknown = without_split = 0
    timeline, groups = Timeline(), GroupCollector(work, part)
    weighing = np.zeros(1 + len(SPLIT_NAMES), np.int64)
    encoder = ExampleEncoder(example_features(work.schema, "raw", work.layout))
    with (
        ShardWriter(work.folder, part, work.compression) as shards,
        RunWriter(work.folder, part, work.schema) as runs,
        ExitStack() as opened,
    ):
        rows = opened.enter_context(_rows_writer(work, part)) if work.records == "none" else None
        keys = opened.enter_context(KeysWriter(work.folder, part)) if work.key_columns else None
        rejects = Rejects(work.max_bad_records) if work.max_bad_records else None
        respelling = Respelling(work.schema.respelled, work.schema.decimal_point)
        computed = ComputedFeatures(work.schema)
        for assigned in _assigned_batches(work, part, rejects, respelling):
            batch, labels, weights = computed.add(assigned.batch), assigned.labels, assigned.weights
            filtered += assigned.filtered
            unknown += assigned.unknown
            columns = column_fingerprints(batch)
            fingerprints = row_fingerprints(columns, list(work.columns))
            split_batch = _split_batch(work, part, assigned, columns)
            codes, days = _divided(work, assigned, split_batch)
            without_split += assigned.unknown_elsewhere + int(np.count_nonzero((codes == LEFT_OUT) & ~np.isnan(labels)))
            codes[np.isnan(labels)] = LEFT_OUT
            if days is not None:
                timeline.add(days, codes)
            groups.add(split_batch, codes)
            if keys is not None:
                keys.write(key_hashes(work, split_batch, fingerprints), codes)
            weighing += np.bincount(codes if weights is None else codes[weights > 0], minlength=len(weighing))
            sampler.add(batch, codes, fingerprints, labels)
            tokens = analyzer.add(batch, codes, labels, fingerprints, columns)
            for name, lists in tokens.lists.items():
                lists.refuse_long(name, work.schema.bags[name], assigned.place)
            match work.records:
                case "raw":
                    raw = raw_columns(batch, work.schema, work.layout)
                    _write(shards, encoder, labelled(raw, work.schema, labels, weights), codes)
                case "transformed":
                    numeric = {name: float32_column(batch.column(name)) for name in work.schema.number_columns}
                    crosses = stage_crosses(work.schema, batch)
                    runs.write(StagedRows(codes, labels, numeric, tokens.numbers, crosses, weights, tokens.lists))
                case "none":
                    assert rows is not None
                    rows.write(codes, labels, weights)
                case _:
                    assert_never(work.records)
            if analyzer.is_full:
                runs.end_run(analyzer.take_tokens())
        runs.end_run(analyzer.take_tokens())
        return Scanned(
            part,
            analyzer.extract(),
            tuple(weighing[LEFT_OUT + 1 :].tolist()),
            filtered,
            unknown,
            without_split,
            runs.finish(),
            stage_numbers(work.folder, part, analyzer.numbers()),
            rows.finish() if rows is not None else None,
            shards.finish(),
            stage_rejected(work.folder, rejects),
            sampler.stage(work.folder, part),
            respelling.by_column,
            timeline,
            groups.finish(),
            keys.finish() if keys is not None else None,
        )


def _split_batch(work: Work, part: int, assigned: Assigned, columns: Mapping[str, Uint64s]) -> SplitBatch:
    """Return the rows as splitters read them. `columns`: the fingerprints of the batch's columns."""
    known = {name: hashes for name, hashes in columns.items() if name not in assigned.respelled}
    return SplitBatch(assigned.source, work.plan.ranges[part].file, assigned.place, known)


def _divided(work: Work, assigned: Assigned, batch: SplitBatch) -> Divided:
    """Return the split of each row, in memory of its own."""
    if assigned.divided is not None:
        return Divided(assigned.divided.codes.copy(), assigned.divided.days)
    return work.splitter.divide(work, batch)


def name_groups(work: Work, hashes: Sequence[int], part: int) -> Keys:
    """Return the keys of one range's rows of a split that have one of the hashes: the second reading of a job that fails."""
    keys: dict[int, str] = {}
    rejects = Rejects(work.max_bad_records) if work.max_bad_records else None
    for assigned in _assigned_batches(
        work, part, rejects, Respelling(work.schema.respelled, work.schema.decimal_point)
    ):
        batch = _split_batch(work, part, assigned, {})
        codes, _ = _divided(work, assigned, batch)
        codes[np.isnan(assigned.labels)] = LEFT_OUT
        keys = {**keys_of(work, batch, codes, hashes), **keys}
    return keys


def _rows_writer(work: Work, part: int) -> RowsWriter:
    label = label_type(work.schema.label.kind)
    return RowsWriter(work.folder, work.folder.rows(part), weighted=work.schema.weight is not None, label=label)


def _assigned_batches(work: Work, part: int, rejects: Rejects | None, respelling: Respelling) -> Iterator[Assigned]:
    """Yield the range's batches with labels and weights, read from columns or from the evaluated expressions.

    Raises `InvalidData` for a weight that is missing, negative or not finite in a row that has a label.
    """
    evaluated = read_evaluated(work.folder, part) if work.evaluated else None
    staged = read_splits(work.folder, part) if work.has_staged_splits else None
    position = 0
    deciding = work.split_columns if staged is None else work.key_columns
    named = list({**work.columns, **deciding, **work.group_columns})
    written = {} if staged is not None and not work.key_columns else work.split_written
    for source in source_batches(work, part, named, rejects, written=written):
        batch = source.select(list(work.columns))
        here = None
        if evaluated is not None:
            here = evaluated.slice(position, batch.num_rows)
            if here.rows != batch.num_rows:
                raise _changed(part, evaluated.rows)
        divided = None if staged is None else staged.slice(position, batch.num_rows)
        if staged is not None and position + batch.num_rows > len(staged.codes):
            raise _changed(part, len(staged.codes))
        place = partial(row_location, work, part, position, rejects)
        keep = None if here is None else here.kept
        values = label_values(work, batch, here)
        labels, unknown = _labels(work, values)
        elsewhere = 0
        if divided is not None and isinstance(values, pa.Array) and LEFT_OUT in divided.codes:
            _, elsewhere = _labels(work, values.take(pa.array(np.flatnonzero(divided.codes == LEFT_OUT))))
        weights = None
        if work.schema.weight is not None:
            given = here.weight if here is not None else None
            numbers = float64_column(batch.column(work.schema.weight)) if given is None else given
            weights = row_weights(numbers, labels, work.schema.weight, place)
        filtered = 0 if keep is None else int(len(keep) - keep.sum())
        yield Assigned(
            *respelling.apply(batch), source, divided, labels, weights, filtered, unknown - elsewhere, elsewhere, place
        )
        position += batch.num_rows
    if evaluated is not None and position != evaluated.rows:
        raise _changed(part, evaluated.rows)
    if staged is not None and position != len(staged.codes):
        raise _changed(part, len(staged.codes))


def _changed(part: int, rows: int) -> SourceChanged:
    return SourceChanged(f"part {part} of the source had {rows} rows when it was looked at first, not now")


def _labels(work: Work, values: Floats | pa.Array) -> tuple[Floats, int]:
    """Return labels [rows] as the records hold them, NaN where missing, and the number of rows of an unknown class."""
    if isinstance(values, np.ndarray):
        return values, 0
    return labels_of_kind(work.schema.label.kind).from_column(values, work.schema.label, work.classes)


def _write(shards: ShardWriter, encoder: ExampleEncoder, batch: pa.RecordBatch, codes: Uint8s) -> None:
    for code, split in enumerate(SPLIT_NAMES, start=1):
        chosen = np.flatnonzero(codes == code)
        shards.write(split, encoder.encode(batch, chosen), len(chosen))


@dataclass(frozen=True)
class Merges:
    """Inputs of the merge tasks: first those of tokens, then those of numbers."""

    runs: StagedRuns
    buckets: list[list[Bucket]]
    staged: AllNumbers
    features: list[list[int]]
    rows: list[RowSums]
    """Sums over all ranges, by split."""

    @classmethod
    def of(cls, scanned: Sequence[Scanned], schema: Schema, rows: list[RowSums]) -> Merges:
        """Divide the work among tasks."""
        runs, staged = [run for part in scanned for run in part.runs], [part.numbers for part in scanned]
        numbers = plan_number_merges(staged, schema)
        return cls(StagedRuns(runs), plan_merges(runs, schema), AllNumbers(staged), numbers, rows)

    def __len__(self) -> int:
        return len(self.buckets) + len(self.features)


@dataclass(frozen=True)
class Merged:
    """Result of one merge task."""

    buckets: list[MergedBucket]
    numbers: list[MergedNumbers]


def merge(work: Work, merges: Merges, part: int) -> Merged:
    """Add up the tokens of some buckets, or the numbers of some features, from all ranges."""
    if part >= len(merges.buckets):
        features = merges.features[part - len(merges.buckets)]
        return Merged([], merge_features(work.folder, work.schema, merges.staged, merges.rows, features))
    options = {"with_ids": work.records == "transformed", "with_unseen": not work.splitter.is_random}
    buckets, runs = merges.buckets[part], [open_tokens(work.folder, run) for run in merges.runs]
    return Merged([merge_bucket(work.folder, work.schema, runs, bucket, **options) for bucket in buckets], [])


def join(work: Work, features: Sequence[Sequence[MergedBucket]], part: int) -> MergedBucket:
    """Put one feature's buckets together, where it has several."""
    buckets = features[part]
    return buckets[0] if len(buckets) == 1 else join_buckets(work.folder, work.schema, buckets)


def write_transformed(
    work: Work, rules: NumberRules, runs: StagedRuns, ids: Mapping[str, Sequence[BucketIds]], part: int
) -> list[StagedShard]:
    """Write the model inputs of one range's rows as records. `ids`: the buckets of each feature that has a vocabulary."""
    encoder = ExampleEncoder(example_features(work.schema, "transformed", work.layout))
    kinds = feature_kinds(work.schema)
    with ShardWriter(work.folder, part, work.compression) as shards:
        for index, run in runs.of_range(part).items():
            opened = open_tokens(work.folder, run)
            tokens = {name: opened.get_batch(column) for column, name in enumerate(work.schema.token_columns)}
            run_tokens = RunTokens(work.folder, index, tokens, ids)
            token_ids = {name: table for kind in kinds for name, table in kind.token_ids(run_tokens).items()}
            for rows in read_rows(work.folder, run, work.schema):
                inputs = transform(rows, kinds, rules, token_ids)
                _write(shards, encoder, labelled(inputs, work.schema, rows.labels, rows.weights), rows.codes)
        return shards.finish()
