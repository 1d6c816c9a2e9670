"""A dataset job, from the request to the published dataset: the story on one page.

copy      where the source cannot be read range by range: its rows, as Arrow files in the staging folder
plan      find the files, their columns and ranges; complete the schema
evaluate  where label, filter or weight are expressions, let Spark evaluate them, once
classes   where the label is one of several classes: which the training split has
analyze   one task per range: splits, statistics, token counts, and the records if they are raw
merge     tokens of each categorical feature, divided by hash among tasks: its vocabulary; numbers are added up here
transform one task per range, for transformed records only: the model inputs of every row, from what analyze left
publish   name the shards, write the manifest: from then on the dataset is there
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from chassis.engine import JobContext
from contracts.classes import ClassName
from contracts.dataset import (
    Artifact,
    DataFolder,
    Dataset,
    LeftOut,
    Manifest,
    Shard,
    SourceFile,
    SplitContent,
    dataset_fingerprint,
    discard_unpublished,
    open_dataset,
    publish_dataset,
)
from contracts.errors import NameTaken, NotFound, UnusableLabel
from contracts.inputs import number_rules
from contracts.schema import SPLIT_NAMES, Schema, SplitName
from contracts.source import AvroFiles, Source, SparkSource
from contracts.statistics import FeatureStatistics, NumberLabelStatistics, SplitStatistics, Statistics
from contracts.storage import Storage
from preprocessing import classes, tasks
from preprocessing.messages import DatasetRequest
from preprocessing.planning.copying import copy_source
from preprocessing.planning.infer import infer_schema
from preprocessing.planning.reading import plan_expressions, plan_work
from preprocessing.planning.splits import RangeSource, plan_ranges
from preprocessing.records.rejected import publish_rejected
from preprocessing.records.sample import make_sample
from preprocessing.records.shards import StagedShard
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.allowing import check_source
from preprocessing.spark.parts import run_parts
from preprocessing.sql.evaluate import evaluate
from preprocessing.statistics.analyze import Partial, merge_partials
from preprocessing.statistics.by_label import statistics_of_label, told_of_label
from preprocessing.statistics.describe import accuracy, categorical_statistics
from preprocessing.statistics.staged_numbers import MergedNumbers, number_columns
from preprocessing.statistics.tfdv import statistics_list
from preprocessing.statistics.token_sums import TokenSums, all_sums
from preprocessing.vocabularies.merging import MergedBucket
from sources.locations import check_unchanged, locate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SHARES = {
    "copy": 0.2,
    "plan": 0.02,
    "evaluate": 0.18,
    "classes": 0.1,
    "analyze": 0.2,
    "merge": 0.1,
    "transform": 0.18,
    "publish": 0.02,
}
"""How much of a job each phase is, roughly: for the progress bar."""


@dataclass
class Phases:
    """Says how far the job is, and keeps how long each phase took."""

    context: JobContext
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str, parts: int = 0) -> Generator[Callable[[int], None]]:
        """Within: a function that takes the number of finished parts. Raises `Cancelled` when the job was asked to stop."""
        before = sum(share for phase, share in _SHARES.items() if phase in self.seconds)
        begun = time.monotonic()

        def report(done: int) -> None:
            share = _SHARES[name] * (min(done, parts) / parts if parts else 0)
            if parts:
                self.context.progress(name, before + share, completed=min(done, parts), total=parts)
            else:
                self.context.progress(name, before)

        report(0)
        yield report
        self.seconds[name] = round(time.monotonic() - begun, 3)


def make_dataset(
    request: DatasetRequest,
    *,
    spark: SparkSession,
    storage: Storage,
    settings: PreprocessingSettings,
    context: JobContext,
) -> Dataset:
    """Do the job. Raises domain errors, `Cancelled` and `Superseded`; whatever it raises, it leaves no file behind."""
    folder = DataFolder(storage, request.name, f"{context.job_id}-{context.attempt}")
    discard_unpublished(storage, request.name, context.job_id)
    published = _published_before(storage, request.name, context)
    if published is not None:
        return published
    try:
        folder.create()
        return _make(request, spark, folder, settings, context)
    except BaseException:
        discard_unpublished(storage, request.name, context.job_id)
        raise


def _make(
    request: DatasetRequest,
    spark: SparkSession,
    folder: DataFolder,
    settings: PreprocessingSettings,
    context: JobContext,
) -> Dataset:
    phases = Phases(context)
    original, located = _located(request, settings)
    source, files = _copied(spark, original, located, folder, phases)
    with phases.phase("plan"):
        plan = plan_ranges(source, files, request.partitions)
        schema = infer_schema(request, plan)
        work = plan_work(request, plan, schema, folder)
    ranges = len(plan.ranges)

    if work.evaluated:
        with phases.phase("evaluate", ranges) as report:
            evaluate(spark, work, plan_expressions(request, work), report)

    work, counts = _with_classes(spark, work, phases)

    with phases.phase("analyze", ranges) as report:
        scanned: list[tasks.Scanned] = run_parts(spark, partial(tasks.scan, work), ranges, folder, report)
        found = merge_partials(part.partial for part in scanned)
        rejected_rows, rejected = publish_rejected(
            folder, plan, [part.rejected for part in scanned], request.max_bad_records
        )
        left_out = _left_out(scanned, found, rejected_rows)
        _check_label(found, left_out, schema)

    merges = tasks.Merges.of(scanned, schema, found.rows)
    with phases.phase("merge", len(merges)) as report:
        merged: list[tasks.Merged] = run_parts(spark, partial(tasks.merge, work, merges), len(merges), folder, report)
        buckets = _by_feature(schema, [bucket for part in merged for bucket in part.buckets])
        several = [buckets[name] for name in schema.vocabularies if len(buckets[name]) > 1]
        joined: list[MergedBucket] = run_parts(spark, partial(tasks.join, work, several), len(several), folder, report)
        vocabularies = _vocabularies(schema, [*(each[0] for each in buckets.values() if len(each) == 1), *joined])
        numbers = {each.feature: each for part in merged for each in part.numbers}
        tokens = _token_sums(buckets)
        statistics = _statistics(schema, found, tokens, numbers, counts, work.classes)

    staged = [shard for part in scanned for shard in part.shards]
    if work.records == "transformed":
        with phases.phase("transform", ranges) as report:
            ids = {name: [bucket.ids for bucket in each if bucket.ids] for name, each in buckets.items()}
            write = partial(tasks.write_transformed, work, number_rules(schema, statistics), merges.runs, ids)
            staged = [shard for part in run_parts(spark, write, ranges, folder, report) for shard in part]

    with phases.phase("publish"):
        shards = _name_shards(staged, folder, work.compression)
        published = _write(folder, folder.statistics, statistics.model_dump_json(indent=1).encode())
        proto = statistics_list(schema, statistics, tokens)
        published_proto = _write(folder, folder.statistics_proto, proto.SerializeToString(deterministic=True))
        values = {name: numbers[name].counts for name in number_columns(schema)}
        rows = [part.rows for part in scanned if part.rows is not None]
        kept = make_sample(folder, schema, [part.sample for part in scanned])
        sample = _write(folder, folder.sample, kept.to_bytes())
        written = [published, published_proto, sample, *values.values(), *vocabularies.values(), *shards, *rows]
        folder.files.sync_all([artifact.path for artifact in [*written, *([rejected] if rejected else [])]])
        folder.finish()
        splits: dict[SplitName, SplitContent] = {
            name: SplitContent(rows=sums.rows, content=f"{sums.content:016x}")
            for name, sums in zip(SPLIT_NAMES, found.rows, strict=True)
        }
        is_copied = source is not original
        check_unchanged(located)
        manifest = Manifest(
            name=request.name,
            fingerprint=dataset_fingerprint(schema, splits, _derived(vocabularies, statistics)),
            created=datetime.now(UTC),
            folder=folder.name,
            schema_=schema,
            source=original if is_copied else plan.source,
            files=located,
            ranges=[] if is_copied else plan.ranges,
            records=request.records,
            layout=request.layout,
            compression=request.compression,
            splits=splits,
            left_out=left_out,
            columns={**work.columns, **work.filter_columns},
            classes=list(work.classes) if schema.label.kind == "multiclass" else None,
            rejected=rejected,
            sample=sample,
            statistics=published,
            statistics_proto=published_proto,
            values=values,
            vocabularies=vocabularies,
            shards=shards,
            rows=rows,
            request=request.model_dump(mode="json", exclude_unset=True),
            seconds=phases.seconds,
        )
        return _publish(folder.storage, manifest, context)


def _derived(vocabularies: Mapping[str, Artifact], statistics: Statistics) -> dict[str, str]:
    """Digests of what was derived from the rows, by what it is called in the fingerprint."""
    digests = {name: artifact.sha256 for name, artifact in vocabularies.items()}
    reproducible = statistics.reproducible().model_dump_json().encode()
    return {**digests, DataFolder.statistics: hashlib.sha256(reproducible).hexdigest()}


def _with_classes(spark: SparkSession, work: tasks.Work, phases: Phases) -> tuple[tasks.Work, classes.Counts]:
    """The work, with the classes of a multiclass label, and how many rows each label has."""
    if work.schema.label.kind != "multiclass":
        return work, {}
    ranges = len(work.plan.ranges)
    with phases.phase("classes", ranges) as report:
        parts: list[classes.Counts] = run_parts(spark, partial(classes.count_labels, work), ranges, work.folder, report)
        counts = classes.merged(parts)
        return replace(work, classes=classes.learned(counts, work)), counts


def _located(request: DatasetRequest, settings: PreprocessingSettings) -> tuple[Source, list[SourceFile]]:
    source = request.source
    check_source(source, request.records, settings.spark_formats, settings.spark_tables)
    return source, locate(source.uris, settings.source_roots, hive_partitioning=source.hive_partitioning)


def _copied(
    spark: SparkSession, source: Source, files: list[SourceFile], folder: DataFolder, phases: Phases
) -> tuple[RangeSource, list[SourceFile]]:
    """The source itself; or its rows, as a source that can be read range by range."""
    if not isinstance(source, AvroFiles | SparkSource):
        return source, files
    with phases.phase("copy", len(files)) as report:
        return copy_source(spark, source, files, folder, report)


def _left_out(scanned: Sequence[tasks.Scanned], found: Partial, rejected: int) -> LeftOut:
    filtered = sum(part.filtered for part in scanned)
    unknown = sum(part.unknown for part in scanned)
    return LeftOut(
        without_label=found.without_label - filtered - unknown,
        filtered=filtered,
        rejected=rejected,
        unknown_class=unknown,
    )


def _check_label(found: Partial, left_out: LeftOut, schema: Schema) -> None:
    """Raise `UnusableLabel` unless the training split has a row, and for a binary label both a positive and a negative one."""
    pointer = _label_pointer(schema)
    train = found.rows[0]
    if not any(split.rows for split in found.rows) and not left_out.unknown_class:
        if left_out.filtered and not left_out.without_label:
            raise UnusableLabel(f"the filter is true for no row: {left_out.filtered} rows were read", pointer="/filter")
        passed = f", besides {left_out.filtered} that the filter left out" if left_out.filtered else ""
        raise UnusableLabel(f"no row has a label: {left_out.without_label} rows were read{passed}", pointer=pointer)
    if not train.rows:
        others = sum(split.rows for split in found.rows) + left_out.unknown_class
        raise UnusableLabel(f"no training row has a label: {others} rows of other splits have", pointer=pointer)
    if schema.label.kind == "binary" and train.positives in (0, train.rows):
        raise UnusableLabel(
            f"the label is the same in all {train.rows} training rows, of which {train.positives} are positive; "
            "there is nothing to learn",
            pointer=pointer,
        )


def _by_feature(schema: Schema, merged: Sequence[MergedBucket]) -> dict[str, list[MergedBucket]]:
    """Each categorical feature's buckets, in the order of hash groups."""
    found: dict[str, list[MergedBucket]] = {name: [] for name in schema.categorical}
    names = list(schema.categorical)
    for bucket in sorted(merged, key=lambda merged: merged.bucket.number):
        found[names[bucket.bucket.feature]].append(bucket)
    return found


def _vocabularies(schema: Schema, whole: Sequence[MergedBucket]) -> dict[str, Artifact]:
    names = list(schema.categorical)
    files = {names[bucket.bucket.feature]: bucket.tokens for bucket in whole}
    return {name: artifact for name in schema.vocabularies if (artifact := files[name]) is not None}


def _token_sums(buckets: Mapping[str, Sequence[MergedBucket]]) -> dict[str, list[TokenSums]]:
    """By categorical feature, what its tokens come to in each split."""
    return {
        name: [all_sums(bucket.sums[split] for bucket in each) for split in range(len(SPLIT_NAMES))]
        for name, each in buckets.items()
    }


def _statistics(
    schema: Schema,
    found: Partial,
    tokens: Mapping[str, Sequence[TokenSums]],
    numbers: Mapping[str, MergedNumbers],
    counts: classes.Counts,
    learned: Sequence[ClassName],
) -> Statistics:
    """`counts`, `learned`: of a multiclass label. Raises `UnusableLabel` for a number that is the same everywhere."""
    splits: dict[SplitName, SplitStatistics] = {}
    for split, (name, rows) in enumerate(zip(SPLIT_NAMES, found.rows, strict=True)):
        features: dict[str, FeatureStatistics] = {
            feature: categorical_statistics(tokens[feature][split], rows)
            if feature in tokens
            else numbers[feature].statistics[split]
            for feature in schema.features
        }
        of_label = numbers[schema.label.name].statistics[split] if schema.label.kind == "regression" else None
        label = statistics_of_label(schema, found, split, counts, learned, of_label)
        told = told_of_label(features, schema, found, split, label)
        splits[name] = SplitStatistics(rows=rows.rows, features=told, label=label)
    statistics = Statistics(splits=splits, accuracy=accuracy())
    _check_numbers(statistics, schema)
    return statistics


def _check_numbers(statistics: Statistics, schema: Schema) -> None:
    """Raise `UnusableLabel` for a regression whose training labels are all the same."""
    label = statistics.splits["train"].label
    if isinstance(label, NumberLabelStatistics) and not label.numbers.std:
        only = "none" if label.numbers.mean is None else format(label.numbers.mean, "g")
        raise UnusableLabel(
            f"the label is the same in all {label.count} training rows: {only}; there is nothing to learn",
            pointer=_label_pointer(schema),
        )


def _label_pointer(schema: Schema) -> str:
    return "/label/column" if schema.label.column else "/label/expression"


def _write(folder: DataFolder, path: str, data: bytes) -> Artifact:
    folder.files.stage(path, data)
    return Artifact(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _name_shards(staged: Sequence[StagedShard], folder: DataFolder, compression: str) -> list[Shard]:
    """Give the files their final names, `train-00000-of-00016` and so on, in the order of the source."""
    shards: list[Shard] = []
    for split in SPLIT_NAMES:
        found = sorted((shard for shard in staged if shard.split == split), key=lambda shard: shard.source_range)
        for i, shard in enumerate(found):
            path = folder.shard(split, i, len(found), compression)
            folder.files.move(shard.path, path)
            shards.append(Shard(path=path, bytes=shard.bytes, sha256=shard.sha256, split=split, rows=shard.rows))
    return shards


def _publish(storage: Storage, manifest: Manifest, context: JobContext) -> Dataset:
    """Publish, if this attempt is still the one that may."""
    context.fence()
    try:
        return publish_dataset(storage, manifest)
    except NameTaken:
        raise NameTaken(f"there is a dataset named {manifest.name!r} already", pointer="/name") from None


def _published_before(storage: Storage, name: str, context: JobContext) -> Dataset | None:
    """What an earlier attempt of this job published before it could say so. Raises `NameTaken` if another job did."""
    try:
        dataset = open_dataset(storage, name)
    except NotFound:
        return None
    if not dataset.manifest.folder.startswith(f"{context.job_id}-"):
        raise NameTaken(f"there is a dataset named {name!r} already", pointer="/name")
    return dataset


def summary(dataset: Dataset) -> dict[str, Any]:
    """What a finished job says: the dataset in a few lines. The whole manifest is at its own address."""
    manifest = dataset.manifest
    return {
        "dataset": manifest.name,
        "fingerprint": manifest.fingerprint,
        "records": manifest.records,
        "layout": manifest.layout,
        "rows": {name: split.rows for name, split in manifest.splits.items()},
        "leftOut": {
            "withoutLabel": manifest.left_out.without_label,
            "filtered": manifest.left_out.filtered,
            "rejected": manifest.left_out.rejected,
            "unknownClass": manifest.left_out.unknown_class,
        },
        "shards": len(manifest.shards),
        "bytes": sum(shard.bytes for shard in manifest.shards),
        "features": {name: feature.model_dump(mode="json") for name, feature in manifest.schema_.features.items()},
        "seconds": manifest.seconds,
    }
