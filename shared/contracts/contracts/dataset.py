"""The dataset: its manifest, and the only place where the names of its folders and files exist.

- `datasets/{name}/manifest.json`: written last; without it there is no dataset
- `datasets/{name}/{job}-{attempt}/`: the data folder, which holds
    - `statistics.json`
    - `statistics.pb`: the same for TensorFlow Data Validation, a `DatasetFeatureStatisticsList`
    - `values/00000.arrow`: how often each value of some numeric features occurs
    - `vocabularies/00000.arrow`: per feature that has one, by its number among the categorical and hashed ones
    - `records/train-00000-of-00016.tfrecord[.gz]`
    - `rows/00000.arrow`: per range of the source, split, label and weight of each row (records `none`)
    - `sample.arrow`: a few rows as they stood in the source: `contracts.kept_sample`
    - `rejected.jsonl`: rows that could not be read and were passed over, if there are any
    - `staging/`: what tasks leave for one another; gone before the manifest is written
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import AliasChoices, Field, ValidationError

from contracts.base_model import Frozen, Name
from contracts.classes import ClassName
from contracts.cleanup import CleanupPolicy, sweep_attempts
from contracts.errors import CorruptData, InvalidRequest, NotFound
from contracts.kept_sample import Sample
from contracts.rejected_rows import RejectedRow, from_lines
from contracts.schema import Layout, Records, Schema, SplitName, ValueType
from contracts.source import Source
from contracts.statistics import Statistics
from contracts.storage import Storage
from contracts.value_counts import PublishedCounts
from contracts.vocabulary import Vocabulary

DATASETS = "datasets"
MANIFEST = "manifest.json"

# How examples name their parts in the `packed` layout.
PACKED_NUMERIC = "numeric"
PACKED_CATEGORICAL = "categorical"
PACKED_LABEL = "label"
PACKED_WEIGHT = "weight"


class Artifact(Frozen):
    """A published file: where it is in the data folder, and what its bytes must be."""

    path: str
    bytes: int
    sha256: str


class Shard(Artifact):
    """A TFRecord file of one split. `bytes` and `sha256` are those of the file as it lies there, compressed or not."""

    split: SplitName
    rows: int


class ValuesFile(Artifact):
    """Where the counts of a numeric feature's values are: `contracts.value_counts`. A file may hold those of several features."""

    batch: Annotated[int, Field(description="Which of the file's record batches.")]
    shift: Annotated[int, Field(description="How many last bits of the values are not told apart; 0 for exact counts.")]


class SourceFile(Frozen):
    """A source file as it was when the dataset was computed."""

    uri: str
    bytes: int
    modified_ns: Annotated[int, Field(description="Modification time, nanoseconds since 1970 UTC.")]
    partition: Annotated[
        dict[str, str | None],
        Field(description="Columns that the file's folders add, and their value in all of its rows."),
    ] = {}


class SourceRange(Frozen):
    """A part of a source file that can be read alone: whole records from byte `start` up to `end`.

    For text, `start` is where a record begins (after the header, in the first range); an `end` of -1 is that of a file which
    is read as a stream, and then `start` counts in what it decompresses to, as UTF-8. For Parquet both count rows,
    for Arrow files record batches.
    """

    file: Annotated[int, Field(description="Index into the manifest's `files`.")]
    start: int
    end: int


class SplitContent(Frozen):
    """What a split holds, whatever the order and the files: the rows, and the sum of their fingerprints mod 2^64."""

    rows: int
    content: Annotated[str, Field(description="16 hex digits.")]


class LeftOut(Frozen):
    """Rows that are in the source and not in the dataset."""

    without_label: int
    filtered: Annotated[int, Field(description="Rows for which the request's `filter` was not true.")] = 0
    rejected: Annotated[
        int, Field(description="Rows that could not be read, passed over as `max_bad_records` allows.")
    ] = 0
    unknown_class: Annotated[
        int,
        Field(description="Rows of validation and test whose class no training row has, so that no model can know it."),
    ] = 0


class Manifest(Frozen):
    """Everything that a reader of the dataset needs to know. Published last, never changed."""

    version: Literal[1] = 1
    name: Name
    fingerprint: Annotated[
        str, Field(description="SHA-256 of schema, content and vocabularies; the same job gives the same.")
    ]
    created: datetime
    folder: Annotated[str, Field(description="The data folder, beside the manifest.")]
    schema_: Annotated[Schema, Field(validation_alias=AliasChoices("schema_", "schema"), serialization_alias="schema")]
    source: Source
    files: list[SourceFile]
    ranges: list[SourceRange]
    records: Records
    layout: Layout
    compression: Literal["none", "gzip"]
    splits: dict[SplitName, SplitContent]
    left_out: LeftOut
    columns: Annotated[
        dict[str, ValueType],
        Field(
            description="What was read of the source, and as what; a row in which one of them cannot be read was rejected."
        ),
    ] = {}
    classes: Annotated[
        list[ClassName] | None,
        Field(description="Of a multiclass label, by id: `classes[2]` is the class whose label in the records is 2."),
    ] = None
    rejected: Annotated[Artifact | None, Field(description="The rejected rows, where there are any.")] = None
    sample: Annotated[
        Artifact | None,
        Field(description="A few rows as they stood in the source, against which a trained model is checked."),
    ] = None
    statistics: Artifact
    statistics_proto: Annotated[
        Artifact | None,
        Field(description="The statistics as TensorFlow Data Validation's `DatasetFeatureStatisticsList`."),
    ] = None
    values: Annotated[dict[str, ValuesFile], Field(description="By numeric feature: how often each value occurs.")] = {}
    vocabularies: dict[str, Artifact]
    shards: list[Shard]
    rows: Annotated[
        list[Artifact], Field(description="With records `none`: one file per range, split and label of each row.")
    ]
    request: Annotated[dict[str, Any], Field(description="The request, as posted.")]
    seconds: Annotated[dict[str, float], Field(description="Wall time by phase.")]

    def to_json(self) -> bytes:
        """Canonical bytes: what is written, and what `from_json` reads."""
        return self.model_dump_json(by_alias=True, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes, what: str) -> Manifest:
        """Raises `CorruptData`, naming `what`, when the bytes are no manifest."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise CorruptData(f"{what} is not a dataset manifest: {error}") from error


def dataset_fingerprint(schema: Schema, splits: dict[SplitName, SplitContent], derived: dict[str, str]) -> str:
    """SHA-256 over the schema's fingerprint, each split's content, and the digests of what was derived from them."""
    content = {
        "schema": schema.fingerprint(),
        "splits": {name: split.model_dump() for name, split in splits.items()},
        "derived": derived,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class DataFolder:
    """The data folder of one attempt to make a dataset: every name in it."""

    storage: Storage
    dataset: str
    name: str

    @property
    def path(self) -> str:
        """The folder, relative to the storage."""
        return f"{DATASETS}/{self.dataset}/{self.name}"

    @property
    def files(self) -> Storage:
        """The folder as a store of its own, in which writing makes no folders; the paths below are relative to it."""
        return Storage(self.storage.inside(self.path).uri, makes_folders=False)

    def create(self) -> None:
        """Make every folder. Done once, by whoever runs the job: a task that outlives it must not bring them back."""
        for name in ("records", "values", "vocabularies", "rows", self.staging, self.done, self.errors):
            self.files.make_folder(name)

    def finish(self) -> None:
        """Remove what only the job itself needed."""
        self.files.delete_folder(self.staging)
        for name in ("records", "values", "vocabularies", "rows"):
            if not self.files.files(name):
                self.files.delete_folder(name)

    statistics = "statistics.json"
    rejected = "rejected.jsonl"
    sample = "sample.arrow"
    statistics_proto = "statistics.pb"
    staging = "staging"
    done = "staging/done"
    errors = "staging/errors"

    def vocabulary(self, number: int) -> str:
        """Of the feature with that number in `Schema.categorical`: names of features may be too long for a file's."""
        return f"vocabularies/{number:05d}.arrow"

    def values(self, number: int) -> str:
        """Of some numeric features, of which that is the first one's number in the schema."""
        return f"values/{number:05d}.arrow"

    def shard(self, split: SplitName, index: int, count: int, compression: str) -> str:
        """The name that TensorFlow users expect."""
        ending = ".gz" if compression == "gzip" else ""
        return f"records/{split}-{index:05d}-of-{count:05d}.tfrecord{ending}"

    def staged_shard(self, split: SplitName, source_range: int, task: str) -> str:
        """Where a task writes its part of a split until all of them are known to be there."""
        return f"{self.staging}/{split}-{source_range:05d}-{task}.tfrecord"

    def rows(self, source_range: int) -> str:
        """Split and label of each row of a range."""
        return f"rows/{source_range:05d}.arrow"


@dataclass(frozen=True)
class Dataset:
    """A published dataset, opened for reading."""

    storage: Storage
    manifest: Manifest

    @property
    def files(self) -> Storage:
        """The data folder; the manifest's paths are relative to it."""
        return self.folder.files

    @property
    def folder(self) -> DataFolder:
        """The data folder's names."""
        return DataFolder(self.storage, self.manifest.name, self.manifest.folder)

    @property
    def schema(self) -> Schema:
        """What the columns mean."""
        return self.manifest.schema_

    def checked(self, artifact: Artifact) -> pa.Buffer:
        """A file's bytes, after their checksum was found right. Raises `CorruptData` or `NotFound`."""
        data = self.files.map(artifact.path)
        if hashlib.sha256(data).hexdigest() != artifact.sha256:
            raise CorruptData(f"dataset {self.manifest.name}: {artifact.path} does not have its published checksum")
        return data

    def statistics(self) -> Statistics:
        """The statistics. Raises `CorruptData` when they are not what was published."""
        return Statistics.model_validate_json(self.checked(self.manifest.statistics).to_pybytes())

    def rejected_rows(self) -> list[RejectedRow]:
        """The rows that were passed over, in the order of the source. Raises `CorruptData` as above."""
        artifact = self.manifest.rejected
        return [] if artifact is None else from_lines(self.checked(artifact).to_pybytes())

    def sample(self) -> Sample:
        """The rows that it keeps. Raises `CorruptData` as above, and `InvalidRequest` for a dataset that keeps none."""
        artifact = self.manifest.sample
        if artifact is None:
            raise InvalidRequest(
                f"dataset {self.manifest.name!r} was made by an earlier release, which kept no rows to check a model "
                "against; make it again",
                pointer="/dataset",
            )
        return Sample.from_buffer(self.checked(artifact), artifact.path)

    def vocabulary(self, feature: str) -> Vocabulary:
        """A categorical feature's vocabulary. Raises `NotFound` for a feature that has none, `CorruptData` as above."""
        artifact = self.manifest.vocabularies.get(feature)
        if artifact is None:
            raise NotFound(f"dataset {self.manifest.name} has no vocabulary for {feature!r}")
        return Vocabulary.from_buffer(self.checked(artifact), artifact.path)

    def values(self, feature: str) -> PublishedCounts:
        """How often a numeric feature's values occur. Raises `NotFound` where that was not kept, `CorruptData` as above."""
        file = self.manifest.values.get(feature)
        if file is None:
            raise NotFound(f"dataset {self.manifest.name} has no counts of values for {feature!r}")
        return PublishedCounts.from_buffer(self.checked(file), file.batch, file.shift, file.path)

    def vocabularies(self) -> dict[str, Vocabulary]:
        """The vocabulary of each feature that has one, in schema order."""
        return {name: self.vocabulary(name) for name in self.schema.vocabularies}

    def shards(self, split: SplitName) -> list[Shard]:
        """The record files of a split, in order; none with records `none`."""
        return [shard for shard in self.manifest.shards if shard.split == split]


def open_dataset(storage: Storage, name: str) -> Dataset:
    """The published dataset of that name. Raises `NotFound`, `CorruptData`."""
    path = f"{DATASETS}/{name}/{MANIFEST}"
    try:
        data = storage.read(path)
    except NotFound as error:
        raise NotFound(f"there is no dataset named {name!r}") from error
    return Dataset(storage, Manifest.from_json(data, path))


def list_datasets(storage: Storage) -> Iterator[Dataset]:
    """Every published dataset, by name."""
    for name in storage.folders(DATASETS):
        try:
            yield open_dataset(storage, name)
        except (NotFound, CorruptData):
            continue  # a job is still writing there, or it is being deleted; asked for by name, a damaged one says so


def publish_dataset(storage: Storage, manifest: Manifest) -> Dataset:
    """Make the dataset visible, all at once. Raises `NameTaken` if another was published first."""
    storage.publish(f"{DATASETS}/{manifest.name}/{MANIFEST}", manifest.to_json())
    return Dataset(storage, manifest)


def delete_dataset(storage: Storage, name: str) -> None:
    """Take the manifest away first, so that no reader begins, then the data. Raises `NotFound`."""
    kept = open_dataset(storage, name).folder.path
    folder = f"{DATASETS}/{name}"
    try:
        storage.delete_file(f"{folder}/{MANIFEST}")
    except NotFound as error:
        raise NotFound(f"there is no dataset named {name!r}") from error
    storage.delete_folder(kept)
    storage.delete_empty_folder(folder)


def sweep_datasets(storage: Storage, policy: CleanupPolicy) -> list[str]:
    """Remove what attempts left that nobody finishes any more, where `policy` says that it may go. Returns the paths."""
    return sweep_attempts(storage, DATASETS, lambda name: open_dataset(storage, name).manifest.folder, policy)


def discard_unpublished(storage: Storage, name: str, job: str) -> None:
    """Remove what a job's attempts left for a dataset that they did not publish; nothing if they did."""
    folder = f"{DATASETS}/{name}"
    try:
        kept = open_dataset(storage, name).manifest.folder
    except (NotFound, CorruptData):
        kept = None
    for found in storage.folders(folder):
        if found.startswith(f"{job}-") and found != kept:
            storage.delete_folder(f"{folder}/{found}")
    storage.delete_empty_folder(folder)
