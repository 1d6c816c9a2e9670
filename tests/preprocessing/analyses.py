"""Statistics of small tables for tests, by the functions of a task and of the driver, without Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from contracts.classes import ClassName
from contracts.dataset.data_folder import DataFolder
from contracts.schema import Schema
from contracts.statistics import Statistics
from preprocessing.assignment.assign import column_fingerprints, row_fingerprints
from preprocessing.assignment.classes import Counts
from preprocessing.statistics.analyze import Analyzer, Partial, merge_partials
from preprocessing.statistics.assemble import statistics_of, token_sums_of
from preprocessing.statistics.staged_numbers import StagedNumbers, merge_features, number_columns, stage_numbers
from preprocessing.vocabularies.merge_buckets import by_feature, merge_bucket, plan_merges
from preprocessing.vocabularies.runs import Run, RunWriter, open_tokens
from preprocessing.vocabularies.token_sums import TokenSums
from sources.arrays import Float32s, Int32s, Uint8s


@dataclass
class Rows:
    """Rows of a table with their split codes and labels: [rows]."""

    batch: pa.RecordBatch
    codes: Uint8s
    labels: Float32s

    def slice(self, begin: int, end: int) -> Rows:
        return Rows(self.batch.slice(begin, end - begin), self.codes[begin:end], self.labels[begin:end])


@dataclass
class Analysis:
    """What is known of a table once all of its ranges are analyzed."""

    partial: Partial
    tokens: dict[str, list[TokenSums]]
    statistics: Statistics


@dataclass
class Range:
    """What one task stages, and the numbers of its rows' tokens."""

    partial: Partial
    numbers: StagedNumbers
    runs: list[Run]
    token_numbers: list[dict[str, Int32s]] = field(default_factory=list[dict[str, Int32s]])


def add_rows(analyzer: Analyzer, rows: Rows) -> dict[str, Int32s]:
    columns = column_fingerprints(rows.batch)
    fingerprints = row_fingerprints(columns, rows.batch.schema.names)
    return analyzer.add(rows.batch, rows.codes, rows.labels, fingerprints, columns).numbers


def scanned(folder: DataFolder, schema: Schema, part: int, batches: Sequence[Rows]) -> Range:
    analyzer = Analyzer(schema)
    token_numbers = [add_rows(analyzer, rows) for rows in batches]
    with RunWriter(folder, part, schema) as writer:
        writer.end_run(analyzer.take_tokens())
        runs = writer.finish()
    return Range(analyzer.extract(), stage_numbers(folder, part, analyzer.numbers()), runs, token_numbers)


def analyzed(
    folder: DataFolder,
    schema: Schema,
    parts: Sequence[Sequence[Rows]],
    counts: Counts | None = None,
    classes: Sequence[ClassName] = (),
) -> Analysis:
    """Each part is a range of the source, in batches. `counts`, `classes`: of a multiclass label."""
    ranges = [scanned(folder, schema, part, batches) for part, batches in enumerate(parts)]
    partial = merge_partials(each.partial for each in ranges)
    runs = [run for each in ranges for run in each.runs]
    opened = [open_tokens(folder, run) for run in runs]
    buckets = [bucket for task in plan_merges(runs, schema) for bucket in task]
    merged = [merge_bucket(folder, schema, opened, bucket, with_ids=False) for bucket in buckets]
    tokens = token_sums_of(by_feature(schema, merged))
    features = range(len(number_columns(schema)))
    staged = [each.numbers for each in ranges]
    numbers = merge_features(folder, schema, staged, partial.rows, features) if features else []
    by_name = {each.feature: each for each in numbers}
    return Analysis(partial, tokens, statistics_of(schema, partial, tokens, by_name, counts or {}, classes))


def rows_of(columns: dict[str, pa.Array], codes: Sequence[int], labels: Sequence[float]) -> Rows:
    return Rows(pa.RecordBatch.from_pydict(columns), np.array(codes, np.uint8), np.array(labels, np.float32))
