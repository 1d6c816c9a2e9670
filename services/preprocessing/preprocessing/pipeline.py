"""A dataset job, from the request to the published dataset: the story on one page.

copy      where the source cannot be read range by range: its rows, as Arrow files in the staging folder
plan      find the files, their columns and ranges; complete the schema
times     where rows are split by shares of time: when validation and test begin
evaluate  where label, filter or weight are expressions, let Spark evaluate them, once
classes   where the label is one of several classes: which the training split has
analyze   one task per range: splits, statistics, token counts, and the records if they are raw
groups    where a split_key groups rows of splits by a column, time or files: whether a group is in two of them
merge     tokens of each categorical feature, divided by hash among tasks: its vocabulary; numbers are added up here
transform one task per range, for transformed records only: the model inputs of every row, from what analyze left
publish   name the shards, write the manifest: from then on the dataset is there

No row passes through this module, which runs in the driver. What becomes of a row is in `range_tasks`: `scan` for the analysis
(and raw records), `write_transformed` for transformed records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from chassis.engine.engine import JobContext
from chassis.storage_faults import attempting
from contracts.attempts.datasets import discard_own_attempt
from contracts.attempts.settle import attempt_name
from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import LeftOut, SourceFile, SplitGroups
from contracts.dataset.published import Dataset
from contracts.input_rules import number_rules
from contracts.label_kinds import label_traits
from contracts.messages.datasets import DatasetRequest
from contracts.source import CopiedSource, RangeSource
from contracts.storage import Storage
from preprocessing import range_tasks
from preprocessing.assignment import classes
from preprocessing.assignment.groups.collect import StagedGroups
from preprocessing.assignment.groups.merge import bucket_count, merge_bucket, merged
from preprocessing.assignment.groups.refuse import Keys, divided_groups
from preprocessing.assignment.splitters.by_time import TimeSplitter
from preprocessing.assignment.splitters.time_shares import Hours, count_hours, with_bounds
from preprocessing.assignment.work import Work
from preprocessing.dataset_summary import summary
from preprocessing.job_progress import Phases
from preprocessing.planning.excluded_structs import without_structs
from preprocessing.planning.infer_schema import infer_schema
from preprocessing.planning.ranges import plan_ranges
from preprocessing.planning.vector_features import with_vectors
from preprocessing.publishing import Findings, Origin, publish, published_before
from preprocessing.records.rejected_rows import publish_rejected
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.allowed_sources import check_source
from preprocessing.spark.copy_source import copy_source
from preprocessing.spark.evaluate_expressions import evaluate
from preprocessing.spark.run_parts import run_parts
from preprocessing.statistics.analyze import Partial, merge_partials
from preprocessing.statistics.assemble import statistics_of, token_sums_of
from preprocessing.statistics.label_checks import check_label, check_number_label, check_weights
from preprocessing.statistics.timeline import time_bins
from preprocessing.vocabularies.merge_buckets import MergedBucket, by_feature, unseen_values, vocabulary_files
from preprocessing.work_plan import plan_expressions, plan_work
from sources.files.resolve_sources import locate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def run(
    request: DatasetRequest, context: JobContext, settings: PreprocessingSettings, spark: SparkSession
) -> dict[str, Any]:
    """Run a dataset job and return its summary as JSON."""
    storage = Storage(settings.storage)
    return summary(make_dataset(request, spark=spark, storage=storage, settings=settings, context=context))


def make_dataset(
    request: DatasetRequest,
    *,
    spark: SparkSession,
    storage: Storage,
    settings: PreprocessingSettings,
    context: JobContext,
) -> Dataset:
    """Run the job and return the dataset. Raises domain errors, `Cancelled` and `Superseded`; then no file remains."""
    folder = DataFolder(storage, request.name, attempt_name(context.job_id, context.attempt))
    published = published_before(storage, request.name, context)
    if published is not None:
        return published
    with attempting(
        lambda: storage.exists(folder.path),
        folder.path,
        lambda: discard_own_attempt(storage, request.name, context.job_id, context.attempt),
    ):
        folder.create()
        return _make(request, spark, folder, settings, context)


def _make(
    request: DatasetRequest,
    spark: SparkSession,
    folder: DataFolder,
    settings: PreprocessingSettings,
    context: JobContext,
) -> Dataset:
    phases = Phases(context)
    origin = _located(request, settings)
    source, files = _copied(spark, origin, folder, phases)
    with phases.phase("plan"):
        settled, plan = without_structs(request, plan_ranges(source, files, request.partitions))
        settled, plan = with_vectors(settled, plan)
        schema = infer_schema(settled, plan)
        work = plan_work(settled, plan, schema, folder, settings.source_roots)
    ranges = len(plan.ranges)

    work = _with_times(spark, work, phases)

    if work.evaluated:
        with phases.phase("evaluate", ranges) as report:
            evaluate(spark, work, plan_expressions(settled, work), report)

    work, counts = _with_classes(spark, work, phases)

    with phases.phase("analyze", ranges) as report:
        scanned: list[range_tasks.Scanned] = run_parts(spark, partial(range_tasks.scan, work), ranges, folder, report)
        partial_sums = merge_partials(part.partial for part in scanned)
        rejected_rows, rejected = publish_rejected(
            folder, plan, [part.rejected for part in scanned], request.max_bad_records
        )
        left_out = _left_out(scanned, partial_sums, rejected_rows)
        check_label(partial_sums, left_out, schema)
        check_weights(partial_sums, [part.weighing for part in scanned], schema)

    groups = _checked_groups(spark, work, [part.groups for part in scanned], phases)

    merges = range_tasks.Merges.of(scanned, schema, partial_sums.rows)
    with phases.phase("merge", len(merges)) as report:
        merged: list[range_tasks.Merged] = run_parts(
            spark, partial(range_tasks.merge, work, merges), len(merges), folder, report
        )
        buckets = by_feature(schema, [bucket for part in merged for bucket in part.buckets])
        several = [buckets[name] for name in schema.vocabularies if len(buckets[name]) > 1]
        joined: list[MergedBucket] = run_parts(
            spark, partial(range_tasks.join, work, several), len(several), folder, report
        )
        vocabularies = vocabulary_files(
            schema, [*(merged_buckets[0] for merged_buckets in buckets.values() if len(merged_buckets) == 1), *joined]
        )
        numbers = {column.feature: column for part in merged for column in part.numbers}
        tokens = token_sums_of(buckets)
        statistics = statistics_of(schema, partial_sums, tokens, numbers, counts, work.classes)
        check_number_label(statistics, schema)

    staged = [shard for part in scanned for shard in part.shards]
    if work.records == "transformed":
        with phases.phase("transform", ranges) as report:
            ids = {
                name: [bucket.ids for bucket in merged_buckets if bucket.ids]
                for name, merged_buckets in buckets.items()
            }
            write = partial(range_tasks.write_transformed, work, number_rules(schema, statistics), merges.runs, ids)
            staged = [shard for part in run_parts(spark, write, ranges, folder, report) for shard in part]

    with phases.phase("publish"):
        findings = Findings(
            rows=partial_sums.rows,
            left_out=left_out,
            rejected=rejected,
            statistics=statistics,
            tokens=tokens,
            numbers=numbers,
            vocabularies=vocabularies,
            shards=staged,
            row_files=[part.rows for part in scanned if part.rows is not None],
            key_files=[part.keys for part in scanned if part.keys is not None],
            samples=[part.sample for part in scanned],
            respelled=[part.respelled for part in scanned],
            timeline=time_bins(part.timeline for part in scanned),
            without_time=sum(part.timeline.without_time for part in scanned),
            groups=groups,
            unseen=unseen_values(buckets),
        )
        return publish(findings, work, request, origin, phases.seconds, context)


def _with_times(spark: SparkSession, work: Work, phases: Phases) -> Work:
    """Return the work with the times at which splits begin, where shares of time are asked for; else unchanged."""
    splitter = work.splitter
    if not isinstance(splitter, TimeSplitter) or splitter.times.shares is None:
        return work
    ranges = len(work.plan.ranges)
    with phases.phase("times", ranges) as report:
        parts: list[Hours] = run_parts(spark, partial(count_hours, work), ranges, work.folder, report)
        return replace(work, splitter=with_bounds(splitter, parts))


def _with_classes(spark: SparkSession, work: Work, phases: Phases) -> tuple[Work, classes.Counts]:
    """Return the work with the classes of a multiclass label, and the rows per label; unchanged for other labels."""
    if not label_traits(work.schema.label.kind).has_classes:
        return work, {}
    ranges = len(work.plan.ranges)
    with phases.phase("classes", ranges) as report:
        parts: list[classes.Counts] = run_parts(spark, partial(classes.count_labels, work), ranges, work.folder, report)
        counts = classes.merged(parts)
        return replace(work, classes=classes.learned(counts, work), has_staged_splits=True), counts


def _checked_groups(
    spark: SparkSession, work: Work, staged: Sequence[StagedGroups], phases: Phases
) -> SplitGroups | None:
    """Return the number of groups, None where no key groups rows. Raises `InvalidData` for a group of two splits or more."""
    if not work.group_columns:
        return None
    files = [file for part in staged for file in part.files]
    buckets = bucket_count(files)
    with phases.phase("groups", buckets) as report:
        merge = partial(merge_bucket, work.folder, files, buckets)
        groups = merged(run_parts(spark, merge, buckets, work.folder, report))
        if groups.divided:
            name = partial(range_tasks.name_groups, work, list(groups.shown))
            named: list[Keys] = run_parts(spark, name, len(work.plan.ranges), work.folder, lambda _: report(buckets))
            raise divided_groups(work, groups, {group: key for keys in reversed(named) for group, key in keys.items()})
    without_key = sum(part.without_key for part in staged)
    return SplitGroups(columns=list(work.group_columns), groups=groups.groups, without_key=without_key)


def _located(request: DatasetRequest, settings: PreprocessingSettings) -> Origin:
    source = request.source
    check_source(source, request.records, settings.spark_formats, settings.spark_tables)
    return Origin(source, locate(source.uris, settings.source_roots, hive_partitioning=source.hive_partitioning))


def _copied(
    spark: SparkSession, origin: Origin, folder: DataFolder, phases: Phases
) -> tuple[RangeSource, list[SourceFile]]:
    """Return the source, or for one that cannot be read range by range a copy of its rows that can."""
    if not isinstance(origin.source, CopiedSource):
        return origin.source, origin.files
    with phases.phase("copy", len(origin.files)) as report:
        return copy_source(spark, origin.source, origin.files, folder, report)


def _left_out(scanned: Sequence[range_tasks.Scanned], sums: Partial, rejected: int) -> LeftOut:
    filtered = sum(part.filtered for part in scanned)
    unknown = sum(part.unknown for part in scanned)
    without_split = sum(part.without_split for part in scanned)
    return LeftOut(
        without_label=sums.without_label - filtered - unknown - without_split,
        filtered=filtered,
        rejected=rejected,
        unknown_class=unknown,
        without_split=without_split,
    )
