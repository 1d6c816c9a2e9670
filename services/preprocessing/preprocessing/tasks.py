"""What runs inside a Spark task: the stages, put together for one range of the source.

Each function takes the work, which is the same for all tasks, and the number of its part; it returns something small.
Results that are not small go to the dataset's staging folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contracts.dataset import Artifact, DataFolder
from contracts.errors import SourceChanged
from contracts.inputs import NumericInput
from contracts.schema import SPLIT_NAMES, Layout, Records, Schema, SplitName, ValueType
from contracts.statistics import CategoricalStatistics
from contracts.vocabulary import Vocabulary
from preprocessing.analyze import (
    MERGE_TABLES,
    Analyzer,
    Partial,
    RowSums,
    categorical_statistics,
)
from preprocessing.assign import LEFT_OUT, parse_labels, row_fingerprints, split_codes
from preprocessing.records import example_features, labelled, raw_columns
from preprocessing.rows import read_rows, write_rows
from preprocessing.shards import ShardWriter, StagedShard
from preprocessing.splits import Plan
from preprocessing.tfrecord import ExampleEncoder
from preprocessing.tokens import TOKEN_COUNTS, merge_tokens, ordered
from preprocessing.transform import LookupTable, transform
from sources.read import read_range

Float32s = npt.NDArray[np.float32]
Uint8s = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Work:
    """What every task of a job knows."""

    plan: Plan
    schema: Schema
    columns: dict[str, ValueType]
    """What is read of the source, and as what: features, the label's columns, the split key; in this order."""
    split_key: list[str]
    shares: Mapping[SplitName, float]
    records: Records
    layout: Layout
    compression: Literal["none", "gzip"]
    folder: DataFolder


@dataclass(frozen=True)
class Scanned:
    """What one range gave: small statistics, and the files that it left."""

    source_range: int
    partial: Partial
    rows: Artifact | None
    shards: list[StagedShard]


@dataclass(frozen=True)
class MergedVocabulary:
    """A published vocabulary, and what its column's statistics are in each split."""

    feature: str
    artifact: Artifact
    statistics: list[CategoricalStatistics]


def scan(work: Work, part: int) -> Scanned:
    """Read one range once: assign each row's split and label, analyze, and write raw records if they are wanted."""
    analyzer = Analyzer(work.schema)
    kept_codes: list[Uint8s] = []
    kept_labels: list[Float32s] = []
    encoder = ExampleEncoder(example_features(work.schema, "raw", work.layout))
    with ShardWriter(work.folder, part, work.compression) as shards:
        for batch, labels in _labelled_batches(work, part):
            fingerprints = row_fingerprints(batch, list(work.columns))
            keys = fingerprints if not work.split_key else row_fingerprints(batch, work.split_key)
            codes = split_codes(keys, work.shares)
            codes[np.isnan(labels)] = LEFT_OUT
            analyzer.add(batch, codes, labels, fingerprints)
            if work.records == "raw":
                _write(shards, encoder, labelled(raw_columns(batch, work.schema, work.layout), labels), codes)
            else:
                kept_codes.append(codes)
                kept_labels.append(labels)
        written = shards.finish()
    partial, tokens = analyzer.extract()
    _stage_tokens(work, part, tokens)
    rows = None
    if work.records != "raw":
        rows = write_rows(work.folder.files, rows_path(work, part), kept_codes, kept_labels)
    return Scanned(part, partial, rows, written)


def _labelled_batches(work: Work, part: int) -> Iterator[tuple[pa.RecordBatch, Float32s]]:
    """The range's batches, each with its rows' labels, from the label's column or from the evaluated expression."""
    name = work.schema.label.column
    evaluated = None if name is not None else read_labels(work, part)
    position = 0
    for batch in read_range(work.plan.source, work.plan.files, work.plan.ranges[part], work.columns):
        if evaluated is None:
            yield batch, parse_labels(batch.column(name), cast("str", name))
        else:
            labels = evaluated[position : position + batch.num_rows]
            if len(labels) != batch.num_rows:
                break
            yield batch, labels
        position += batch.num_rows
    if evaluated is not None and position != len(evaluated):
        raise SourceChanged(f"part {part} of the source had {len(evaluated)} rows when its label was computed, not now")


def _write(shards: ShardWriter, encoder: ExampleEncoder, batch: pa.RecordBatch, codes: Uint8s) -> None:
    for code, split in enumerate(SPLIT_NAMES, start=1):
        chosen = np.flatnonzero(codes == code)
        shards.write(split, encoder.encode(batch, chosen).data, len(chosen))


def rows_path(work: Work, part: int) -> str:
    """Where a range's splits and labels are: published with records `none`, otherwise only until the job ends."""
    return work.folder.rows(part) if work.records == "none" else f"{work.folder.staging}/rows-{part:05d}.arrow"


def _labels_path(work: Work, part: int) -> str:
    return f"{work.folder.staging}/labels-{part:05d}.arrow"


def write_labels(work: Work, part: int, labels: Float32s) -> None:
    """Keep the evaluated labels of a range for `scan`."""
    write_rows(work.folder.files, _labels_path(work, part), [np.zeros(len(labels), np.uint8)], [labels])


def read_labels(work: Work, part: int) -> Float32s:
    """What `write_labels` kept."""
    return read_rows(work.folder.files, _labels_path(work, part))[1]


def _tokens_path(work: Work, part: int) -> str:
    return f"{work.folder.staging}/tokens-{part:05d}.arrow"


def _stage_tokens(work: Work, part: int, tokens: Mapping[str, pa.Table]) -> None:
    """One file per range: a batch of token counts per categorical feature, in schema order."""
    if not tokens:
        return
    with (
        work.folder.files.open_output(_tokens_path(work, part)) as stream,
        pa.ipc.new_file(stream, TOKEN_COUNTS) as out,
    ):
        for table in tokens.values():
            batches = table.combine_chunks().to_batches()
            out.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], TOKEN_COUNTS))


def merge_vocabulary(work: Work, rows: Sequence[RowSums], number: int) -> MergedVocabulary:
    """Put one feature's token counts from all ranges together, and publish its vocabulary in the order of ids."""
    name, feature = list(work.schema.categorical.items())[number]
    found: list[pa.Table] = []
    for part in range(len(work.plan.ranges)):
        staged = pa.ipc.open_file(work.folder.files.map(_tokens_path(work, part)))
        found.append(pa.Table.from_batches([staged.get_batch(number)]))
        if len(found) >= MERGE_TABLES:
            found = [merge_tokens(found)]  # memory follows the distinct tokens, not the ranges
    tokens = merge_tokens(found)
    del found
    statistics = [categorical_statistics(tokens, sums, split) for split, sums in zip(SPLIT_NAMES, rows, strict=True)]
    learned = tokens.filter(pc.greater_equal(tokens.column("train"), feature.min_count))
    learned = ordered(learned, "train", feature.max_size)
    vocabulary = Vocabulary.of([], [])
    if len(learned):
        vocabulary = Vocabulary(learned.column(0).chunk(0), learned.column(1).chunk(0))
    data = vocabulary.to_bytes()
    path = work.folder.vocabulary(number)
    work.folder.files.write(path, data)
    if work.records == "transformed":
        work.folder.files.write(_slots_path(work, number), LookupTable.over(vocabulary).slots.tobytes())
    artifact = Artifact(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    del tokens, learned, vocabulary
    pa.default_memory_pool().release_unused()  # the worker goes on to other tasks
    return MergedVocabulary(name, artifact, statistics)


def _slots_path(work: Work, number: int) -> str:
    return f"{work.folder.staging}/slots-{number:05d}"


def _lookup_tables(work: Work) -> dict[str, LookupTable]:
    """Every vocabulary with its hash table, mapped into memory: nothing is built or copied."""
    tables: dict[str, LookupTable] = {}
    for number, name in enumerate(work.schema.categorical):
        path = work.folder.vocabulary(number)
        vocabulary = Vocabulary.from_buffer(work.folder.files.map(path), path)
        slots = np.frombuffer(work.folder.files.map(_slots_path(work, number)), np.int32)
        tables[name] = LookupTable(vocabulary.tokens, slots)
    return tables


def write_transformed(work: Work, rules: Sequence[NumericInput], part: int) -> list[StagedShard]:
    """Read one range again, and write its rows' model inputs as records."""
    tables = _lookup_tables(work)
    codes, labels = read_rows(work.folder.files, rows_path(work, part))
    encoder = ExampleEncoder(example_features(work.schema, "transformed", work.layout))
    columns: dict[str, ValueType] = {name: work.columns[name] for name in work.schema.features}
    position = 0
    with ShardWriter(work.folder, part, work.compression) as shards:
        for batch in read_range(work.plan.source, work.plan.files, work.plan.ranges[part], columns):
            here = slice(position, position + batch.num_rows)
            inputs = transform(batch, work.schema, rules, tables)
            _write(shards, encoder, labelled(inputs, labels[here]), codes[here])
            position += batch.num_rows
        return shards.finish()
