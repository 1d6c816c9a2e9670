"""Publish a dataset from the stages' results: final file names, the manifest, and the atomic publication."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.engine.engine import JobContext
from contracts.attempts.datasets import settle_dataset
from contracts.dataset.data_folder import DataFolder
from contracts.dataset.manifest import (
    Artifact,
    LeftOut,
    Manifest,
    RespelledValues,
    Shard,
    SourceFile,
    SplitContent,
    SplitGroups,
    TimeBin,
    dataset_fingerprint,
)
from contracts.dataset.published import Dataset, open_dataset, publish_dataset
from contracts.errors import NameTaken, NotFound
from contracts.label_kinds import label_traits
from contracts.messages.datasets import DatasetRequest
from contracts.schema import SPLIT_NAMES, SplitName
from contracts.source import CopiedSource, Source
from contracts.statistics import Statistics
from contracts.storage import Storage
from preprocessing.assignment.work import Work
from preprocessing.records.sample import StagedSample, make_sample
from preprocessing.records.shards import StagedShard
from preprocessing.report.find_warnings import find_warnings
from preprocessing.statistics.analyze import RowSums
from preprocessing.statistics.staged_numbers import MergedNumbers, number_columns
from preprocessing.statistics.tfdv import statistics_list
from preprocessing.vocabularies.token_sums import TokenSums
from sources.files.resolve_sources import check_unchanged
from sources.values.respelling import Respelled


@dataclass(frozen=True)
class Origin:
    """The request's source and its files, as located before any of it was read."""

    source: Source
    files: list[SourceFile]

    @property
    def is_copied(self) -> bool:
        """Return whether a copy of the rows was read in place of the source itself."""
        return isinstance(self.source, CopiedSource)


@dataclass(frozen=True)
class Findings:
    """Results of all stages, and their files in the staging folder."""

    rows: Sequence[RowSums]
    """By split."""
    left_out: LeftOut
    rejected: Artifact | None
    statistics: Statistics
    tokens: Mapping[str, Sequence[TokenSums]]
    """By categorical feature, in each split."""
    numbers: Mapping[str, MergedNumbers]
    vocabularies: dict[str, Artifact]
    shards: Sequence[StagedShard]
    row_files: list[Artifact]
    """Split and label of each row, for records `none`."""
    key_files: list[Artifact]
    """Hashes of the training rows' keys, where there is a `split_key`."""
    samples: Sequence[StagedSample]
    respelled: Sequence[Mapping[str, Respelled]]
    """By range, then by feature whose text gets its canonical spelling."""
    timeline: list[TimeBin]
    without_time: int
    """Rows of a split without a time, where one decides."""
    groups: SplitGroups | None
    unseen: dict[str, dict[SplitName, int]]
    """Values of tokens that no training row has, by feature."""


def publish(
    findings: Findings,
    work: Work,
    request: DatasetRequest,
    origin: Origin,
    seconds: Mapping[str, float],
    context: JobContext,
) -> Dataset:
    """Write the dataset's files, the manifest last. Raises `SourceChanged`, `NameTaken`, `Superseded` and `Cancelled`."""
    folder, schema, statistics = work.folder, work.schema, findings.statistics
    shards = _name_shards(findings.shards, folder, work.compression)
    values = {name: findings.numbers[name].counts for name in number_columns(schema)}
    left = [*values.values(), *findings.vocabularies.values(), *shards, *findings.row_files, *findings.key_files]
    left += [findings.rejected] if findings.rejected else []
    with folder.files.syncing([artifact.path for artifact in left]):
        written = _write(folder, folder.statistics, statistics.model_dump_json(indent=1).encode())
        proto = statistics_list(schema, statistics, findings.tokens)
        written_proto = _write(folder, folder.statistics_proto, proto.SerializeToString(deterministic=True))
        sample = _write(folder, folder.sample, make_sample(folder, schema, findings.samples).to_bytes())
    folder.files.sync_all([artifact.path for artifact in (written, written_proto, sample)])
    folder.finish()
    splits: dict[SplitName, SplitContent] = {
        name: SplitContent(rows=sums.rows, content=f"{sums.content:016x}")
        for name, sums in zip(SPLIT_NAMES, findings.rows, strict=True)
    }
    check_unchanged(origin.files)
    manifest = Manifest(
        name=request.name,
        fingerprint=dataset_fingerprint(schema, splits, _derived(findings.vocabularies, statistics)),
        created=datetime.now(UTC),
        folder=folder.name,
        schema_=schema,
        source=origin.source if origin.is_copied else work.plan.source,
        files=origin.files,
        ranges=[] if origin.is_copied else [*work.plan.ranges],
        records=request.records,
        layout=request.layout,
        compression=request.compression,
        splits=splits,
        split_rule=work.splitter.rule(work),
        timeline=findings.timeline,
        without_time=findings.without_time,
        groups=findings.groups,
        unseen=findings.unseen,
        left_out=findings.left_out,
        columns={**work.columns, **work.filter_columns},
        respelled=respelled_values(findings.respelled),
        classes=list(work.classes) if label_traits(schema.label.kind).has_classes else None,
        has_float64_labels=label_traits(schema.label.kind).is_number,
        rejected=findings.rejected,
        sample=sample,
        statistics=written,
        statistics_proto=written_proto,
        values=values,
        vocabularies=findings.vocabularies,
        shards=shards,
        rows=findings.row_files,
        keys=findings.key_files,
        request=request.model_dump(mode="json", exclude_unset=True),
        seconds=dict(seconds),
    )
    warnings = find_warnings(manifest, statistics)
    return _publish_manifest(folder.storage, manifest.model_copy(update={"warnings": warnings}), context)


def respelled_values(ranges: Sequence[Mapping[str, Respelled]]) -> dict[str, RespelledValues]:
    """Return what the canonical spelling changed in all ranges, by feature that it changed."""
    sums: dict[str, Respelled] = {}
    for part in ranges:
        for name, respelled in part.items():
            sums.setdefault(name, Respelled()).merge(respelled)
    return {
        name: RespelledValues(
            values=respelled.values,
            examples={_text(written): _text(token) for written, token in respelled.examples.items()},
            joined=[_text(written) for written in respelled.joined],
        )
        for name, respelled in sums.items()
        if respelled.values
    }


def _text(token: bytes) -> str:
    return token.decode("ascii")


def published_before(storage: Storage, name: str, context: JobContext) -> Dataset | None:
    """Return the dataset that an earlier attempt of this job published, or None; then none of them publishes any more.

    Removes their files. Raises `NameTaken` for another job's dataset.
    """
    published = settle_dataset(storage, name, context.job_id, context.attempt - 1)
    if published is not None:
        return published
    with suppress(NotFound):
        open_dataset(storage, name)
        raise NameTaken(f"there is a dataset named {name!r} already", pointer="/name")
    return None


def _name_shards(staged: Sequence[StagedShard], folder: DataFolder, compression: str) -> list[Shard]:
    """Give the files their final names, `train-00000-of-00016` and so on, in the order of the source."""
    shards: list[Shard] = []
    for split in SPLIT_NAMES:
        of_split = sorted((shard for shard in staged if shard.split == split), key=lambda shard: shard.source_range)
        for i, shard in enumerate(of_split):
            path = folder.shard(split, i, len(of_split), compression)
            folder.files.move(shard.path, path)
            shards.append(Shard(path=path, bytes=shard.bytes, sha256=shard.sha256, split=split, rows=shard.rows))
    return shards


def _write(folder: DataFolder, path: str, data: bytes) -> Artifact:
    folder.files.stage(path, data)
    return Artifact(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _derived(vocabularies: Mapping[str, Artifact], statistics: Statistics) -> dict[str, str]:
    """Return the digests of everything derived from the rows, by name in the fingerprint."""
    digests = {name: artifact.sha256 for name, artifact in vocabularies.items()}
    # `has_bounds` is a rule of the release and not of the data: datasets of earlier releases still compare equal.
    reproducible = statistics.reproducible().model_dump_json(exclude={"has_bounds"}).encode()
    return {**digests, DataFolder.statistics: hashlib.sha256(reproducible).hexdigest()}


def _publish_manifest(storage: Storage, manifest: Manifest, context: JobContext) -> Dataset:
    """Publish the manifest, unless this attempt was superseded. Raises `Superseded` and `NameTaken`."""
    context.fence()
    try:
        return publish_dataset(storage, manifest)
    except NameTaken:
        raise NameTaken(f"there is a dataset named {manifest.name!r} already", pointer="/name") from None
