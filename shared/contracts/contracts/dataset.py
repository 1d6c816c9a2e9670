"""The dataset: its manifest, and the only place where the names of its folders and files exist.

- `datasets/{name}/manifest.json`: written last; without it there is no dataset
- `datasets/{name}/{job}-{attempt}/`: the data folder, which holds
    - `statistics.json`
    - `statistics.pb`: these statistics for TensorFlow Data Validation, a `DatasetFeatureStatisticsList`
    - `values/00000.arrow`: how often each value of some numeric features occurs
    - `vocabularies/00000.arrow`: per feature that has one, by its index among the categorical and hashed features
    - `records/train-00000-of-00016.tfrecord[.gz]`
    - `rows/00000.arrow`: per range of the source, split, label and weight of each row (records `none`)
    - `sample.arrow`: a few rows with their raw values from the source: `contracts.kept_sample`
    - `rejected.jsonl`: skipped rows, which could not be read, if there are any
    - `staging/`: files that tasks pass to one another; removed before the manifest is written
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import AliasChoices, Field, ValidationError

from contracts.attempts.publish import publish_manifest
from contracts.base_model import FrozenModel, Name
from contracts.classes import ClassName
from contracts.dataset_warning import DatasetWarning
from contracts.errors import CorruptData, InvalidRequest, NotFound
from contracts.kept_sample import Sample
from contracts.rejected_rows import RejectedRow, from_lines
from contracts.schema import Layout, Records, Schema, SplitName, ValueType
from contracts.source import Source
from contracts.split_rule import SplitRule
from contracts.statistics import Statistics
from contracts.storage import Storage
from contracts.value_counts import CountsFile, PublishedCounts
from contracts.vocabulary import Vocabulary

DATASETS = "datasets"
MANIFEST = "manifest.json"

# Feature names of the examples in the `packed` layout.
PACKED_NUMERIC = "numeric"
PACKED_CATEGORICAL = "categorical"
PACKED_LABEL = "label"
PACKED_WEIGHT = "weight"


def float64_label(label: str) -> str:
    """Return the name of the int64 feature with the bits of a label as float64, next to the float feature `label`."""
    return f"{label}:float64"


class Artifact(FrozenModel):
    """A published file: its path in the data folder, its size and its checksum."""

    path: str
    bytes: int
    sha256: str


class Shard(Artifact):
    """A TFRecord file of one split. `bytes` and `sha256` describe the stored file, compressed or not."""

    split: SplitName
    rows: int


class ValuesFile(Artifact):
    """A file with the counts of a numeric feature's values: `contracts.value_counts`. Several features may share a file."""

    batch: Annotated[int, Field(description="Index of the record batch in the file.")]
    shift: Annotated[int, Field(description="Number of low bits of the values that are ignored; 0 for exact counts.")]


class SourceFile(FrozenModel):
    """A source file, with its size and modification time when the dataset was computed."""

    uri: str
    bytes: int
    modified_ns: Annotated[int, Field(description="Modification time, nanoseconds since 1970 UTC.")]
    partition: Annotated[
        dict[str, str | None],
        Field(description="Columns that the file's folders add, and their value, constant over the file's rows."),
    ] = {}


class SourceRange(FrozenModel):
    """A part of a source file that can be read independently: whole records from byte `start` up to `end`.

    For text, `start` is the offset of a record (after the header, in the first range); an `end` of -1 means that the file is
    read as a stream, and `start` is then an offset in the decompressed text, as UTF-8. For Parquet both count rows, for Arrow
    files record batches.
    """

    file: Annotated[int, Field(description="Index into the manifest's `files`.")]
    start: int
    end: int


class SplitContent(FrozenModel):
    """The content of a split, independent of order and files: the row count, and the sum of the rows' fingerprints mod 2^64."""

    rows: int
    content: Annotated[str, Field(description="16 hex digits.")]


class LeftOut(FrozenModel):
    """Counts of source rows that are not in the dataset, by reason."""

    without_label: int
    filtered: Annotated[int, Field(description="Rows for which the request's `filter` was not true.")] = 0
    rejected: Annotated[int, Field(description="Rows that could not be read, skipped as `max_bad_records` allows.")] = 0
    unknown_class: Annotated[
        int,
        Field(
            description="Validation and test rows whose class does not occur in training, so that no model can know it."
        ),
    ] = 0


class RespelledValues(FrozenModel):
    """Values of a feature whose text was a number or a boolean in another spelling than the canonical one."""

    values: Annotated[int, Field(description="Number of values, over all rows that were read.")]
    examples: Annotated[dict[str, str], Field(description="Some texts as written, and their tokens.")]
    joined: Annotated[
        list[str],
        Field(
            description="Different texts that became one token, which is a fraction: `3.1` and `3.10`. Empty without."
        ),
    ] = []


class Manifest(FrozenModel):
    """Everything that a reader of the dataset needs to know. Published last, never changed."""

    version: Literal[1] = 1
    name: Name
    fingerprint: Annotated[
        str, Field(description="SHA-256 of schema, content and vocabularies; deterministic for a job.")
    ]
    created: datetime
    folder: Annotated[str, Field(description="The data folder, next to the manifest.")]
    schema_: Annotated[Schema, Field(validation_alias=AliasChoices("schema_", "schema"), serialization_alias="schema")]
    source: Source
    files: list[SourceFile]
    ranges: list[SourceRange]
    records: Records
    layout: Layout
    compression: Literal["none", "gzip"]
    splits: dict[SplitName, SplitContent]
    split_rule: Annotated[
        SplitRule | None,
        Field(description="What decided each row's split; null in a dataset of a release that did not record it."),
    ] = None
    left_out: LeftOut
    columns: Annotated[
        dict[str, ValueType],
        Field(
            description="The source columns that were read, and their types; rows that do not parse as these were rejected."
        ),
    ] = {}
    respelled: Annotated[
        dict[str, RespelledValues],
        Field(
            description="By categorical or hashed feature, what its canonical spelling changed; without those unchanged."
        ),
    ] = {}
    classes: Annotated[
        list[ClassName] | None,
        Field(
            description="Classes of a multiclass label, by id: `classes[2]` is the class whose label in the records is 2."
        ),
    ] = None
    has_float64_labels: Annotated[
        bool,
        Field(
            description="True where records hold the label as float64 too: the bits, as the int64 feature `label:float64` "
            "(or of its column's name). Regressions of earlier releases have float32 alone."
        ),
    ] = False
    rejected: Annotated[Artifact | None, Field(description="The rejected rows, if there are any.")] = None
    sample: Annotated[
        Artifact | None,
        Field(description="A few rows with their raw values from the source, used to check a trained model."),
    ] = None
    statistics: Artifact
    statistics_proto: Annotated[
        Artifact | None,
        Field(description="The statistics as TensorFlow Data Validation's `DatasetFeatureStatisticsList`."),
    ] = None
    values: Annotated[dict[str, ValuesFile], Field(description="Counts of each value, by numeric feature.")] = {}
    vocabularies: dict[str, Artifact]
    shards: list[Shard]
    rows: Annotated[
        list[Artifact],
        Field(description="With records `none`: one file per range, with the split and label of each row."),
    ]
    warnings: Annotated[
        list[DatasetWarning] | None,
        Field(description="What the report warns of, the worst first. Null in datasets from before this was recorded."),
    ] = None
    request: Annotated[dict[str, Any], Field(description="The request, as posted.")]
    seconds: Annotated[dict[str, float], Field(description="Wall time by phase.")]

    def artifacts(self) -> Iterator[Artifact]:
        """Yield every file of the dataset; one that holds several features' values once for each."""
        yield self.statistics
        yield from (
            artifact for artifact in (self.statistics_proto, self.sample, self.rejected) if artifact is not None
        )
        for artifacts in (self.values.values(), self.vocabularies.values(), self.shards, self.rows):
            yield from artifacts

    def to_json(self) -> bytes:
        """Return the canonical bytes, which `from_json` reads."""
        return self.model_dump_json(by_alias=True, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes, what: str) -> Manifest:
        """Parse a manifest. Raises `CorruptData`, naming `what`, if the bytes are not a valid manifest."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise CorruptData(f"{what} is not a dataset manifest: {error}") from error


def dataset_fingerprint(schema: Schema, splits: dict[SplitName, SplitContent], derived: dict[str, str]) -> str:
    """Return the SHA-256, in hex, of the schema's fingerprint, each split's content and the digests of derived artifacts."""
    content = {
        "schema": schema.fingerprint(),
        "splits": {name: split.model_dump() for name, split in splits.items()},
        "derived": derived,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class DataFolder:
    """The names of everything in the data folder of one attempt of a dataset job."""

    storage: Storage
    dataset: str
    name: str

    @property
    def path(self) -> str:
        """Return the folder's path, relative to the storage."""
        return f"{DATASETS}/{self.dataset}/{self.name}"

    @property
    def files(self) -> Storage:
        """Return the folder as a store of its own, in which a write creates no folders; the paths below are relative to it."""
        return Storage(self.storage.inside(self.path).uri, makes_folders=False)

    def create(self) -> None:
        """Create every folder. Only the job does this, once: a task that outlives the job must not recreate them."""
        for name in ("records", "values", "vocabularies", "rows", self.staging, self.done, self.errors):
            self.files.make_folder(name)

    def finish(self) -> None:
        """Remove the staging folder and every empty folder."""
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
        """Return the path of the feature at this index in `Schema.token_columns`; its name may be too long for a file."""
        return f"vocabularies/{number:05d}.arrow"

    def values(self, number: int) -> str:
        """Return the path for several numeric features; `number` is the index of the first in the schema."""
        return f"values/{number:05d}.arrow"

    def shard(self, split: SplitName, index: int, count: int, compression: str) -> str:
        """Return the path of a record file, in the form that TensorFlow users expect."""
        ending = ".gz" if compression == "gzip" else ""
        return f"records/{split}-{index:05d}-of-{count:05d}.tfrecord{ending}"

    def staged_shard(self, split: SplitName, source_range: int, task: str) -> str:
        """Return the path of a task's part of a split, staged until every part is complete."""
        return f"{self.staging}/{split}-{source_range:05d}-{task}.tfrecord"

    def rows(self, source_range: int) -> str:
        """Return the path of the file with the split and label of each row of a range."""
        return f"rows/{source_range:05d}.arrow"


@dataclass(frozen=True)
class Dataset:
    """A published dataset, opened for reading."""

    storage: Storage
    manifest: Manifest

    @property
    def files(self) -> Storage:
        """Return the data folder; the manifest's paths are relative to it."""
        return self.folder.files

    @property
    def folder(self) -> DataFolder:
        """Return the data folder's names."""
        return DataFolder(self.storage, self.manifest.name, self.manifest.folder)

    @property
    def schema(self) -> Schema:
        """Return the schema: features, crosses and label."""
        return self.manifest.schema_

    def checked(self, artifact: Artifact) -> pa.Buffer:
        """Return a file's bytes after verifying the checksum. Raises `CorruptData` for a mismatch, `NotFound` for no file."""
        data = self.files.map(artifact.path)
        if hashlib.sha256(data).hexdigest() != artifact.sha256:
            raise CorruptData(f"dataset {self.manifest.name}: {artifact.path} does not have its published checksum")
        return data

    def statistics(self) -> Statistics:
        """Return the statistics. Raises `CorruptData` if the checksum does not match."""
        return Statistics.model_validate_json(self.checked(self.manifest.statistics).to_pybytes())

    def rejected_rows(self) -> list[RejectedRow]:
        """Return the skipped rows, in the order of the source. Raises `CorruptData` as `checked` does."""
        artifact = self.manifest.rejected
        return [] if artifact is None else from_lines(self.checked(artifact).to_pybytes())

    def sample(self) -> Sample:
        """Return the sample of raw rows. Raises `CorruptData` as `checked` does, `InvalidRequest` if the dataset has none."""
        artifact = self.manifest.sample
        if artifact is None:
            raise InvalidRequest(
                f"dataset {self.manifest.name!r} was made by an earlier release, which kept no rows to check a model "
                "against; make it again",
                pointer="/dataset",
            )
        return Sample.from_buffer(self.checked(artifact), artifact.path)

    def vocabulary(self, feature: str) -> Vocabulary:
        """Return a categorical feature's vocabulary. Raises `NotFound` if it has none, `CorruptData` as `checked` does."""
        artifact = self.manifest.vocabularies.get(feature)
        if artifact is None:
            raise NotFound(f"dataset {self.manifest.name} has no vocabulary for {feature!r}")
        return Vocabulary.from_buffer(self.checked(artifact), artifact.path)

    def values(self, feature: str) -> PublishedCounts:
        """Return the counts of a numeric feature's values. Raises `NotFound` without any, `CorruptData` as `checked` does."""
        file = self.manifest.values.get(feature)
        if file is None:
            raise NotFound(f"dataset {self.manifest.name} has no counts of values for {feature!r}")
        opened = self._counts.get(file.sha256)
        if opened is None:
            opened = CountsFile(self.checked(file), file.path)
            self._counts.clear()
            self._counts[file.sha256] = opened
        return opened.column(file.batch, file.shift)

    @cached_property
    def _counts(self) -> dict[str, CountsFile]:
        """The file of counts that was read last, by its checksum: neighboring features share one."""
        return {}

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Return the vocabulary of each feature that has one, in schema order."""
        return {name: self.vocabulary(name) for name in self.schema.vocabularies}

    def shards(self, split: SplitName) -> list[Shard]:
        """Return the record files of a split, in order; an empty list with records `none`."""
        return [shard for shard in self.manifest.shards if shard.split == split]


def open_dataset(storage: Storage, name: str) -> Dataset:
    """Return the published dataset of that name. Raises `NotFound`, or `CorruptData` for an invalid manifest."""
    path = f"{DATASETS}/{name}/{MANIFEST}"
    try:
        data = storage.read(path)
    except NotFound as error:
        raise NotFound(f"there is no dataset named {name!r}") from error
    return Dataset(storage, Manifest.from_json(data, path))


def list_datasets(storage: Storage) -> Iterator[Dataset]:
    """Yield every published dataset, sorted by name; skip one that is incomplete or damaged."""
    for name in storage.folders(DATASETS):
        try:
            yield open_dataset(storage, name)
        except (NotFound, CorruptData):
            continue  # being written or deleted; a damaged one raises in `open_dataset`


def publish_dataset(storage: Storage, manifest: Manifest) -> Dataset:
    """Publish the dataset atomically. Raises as `publish_manifest`: `NameTaken` if another was published first."""
    dataset = Dataset(storage, manifest)
    folder = dataset.folder.path
    files = {f"{folder}/{artifact.path}": artifact.bytes for artifact in manifest.artifacts()}
    publish_manifest(storage, folder, f"{DATASETS}/{manifest.name}/{MANIFEST}", manifest.to_json(), files)
    return dataset


def delete_dataset(storage: Storage, name: str) -> None:
    """Delete the manifest first, so that no new reader starts, then the data. Raises `NotFound`."""
    kept = open_dataset(storage, name).folder.path
    folder = f"{DATASETS}/{name}"
    try:
        storage.delete_file(f"{folder}/{MANIFEST}")
    except NotFound as error:
        raise NotFound(f"there is no dataset named {name!r}") from error
    storage.delete_folder(kept)
    storage.delete_empty_folder(folder)
