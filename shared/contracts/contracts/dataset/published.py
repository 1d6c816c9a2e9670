"""Published datasets: opened and listed, published and deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from contracts.attempts.publish import publish_manifest
from contracts.dataset.data_folder import DATASETS, MANIFEST, DataFolder
from contracts.dataset.manifest import Artifact, Manifest, Shard
from contracts.dataset.rejected_rows import RejectedRow, from_lines
from contracts.dataset.sample import Sample
from contracts.dataset.value_counts import CountsFile, PublishedCounts
from contracts.dataset.vocabulary import Vocabulary
from contracts.errors import CorruptData, InvalidRequest, NotFound
from contracts.schema import Schema, SplitName
from contracts.statistics import Statistics
from contracts.storage import Storage


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
