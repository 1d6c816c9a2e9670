"""The names of a dataset's folders and files, which exist here alone.

- `datasets/{name}/manifest.json`: written last; without it there is no dataset
- `datasets/{name}/{job}-{attempt}/`: the data folder, which holds
    - `statistics.json`
    - `statistics.pb`: these statistics for TensorFlow Data Validation, a `DatasetFeatureStatisticsList`
    - `values/00000.arrow`: how often each value of some numeric features occurs
    - `vocabularies/00000.arrow`: per feature that has one, by its index among the categorical and hashed features
    - `records/train-00000-of-00016.tfrecord[.gz]`
    - `rows/00000.arrow`: per range of the source, split, label and weight of each row (records `none`)
    - `keys/00000.arrow`: per range of the source, a hash of the `split_key` of each training row, where there is one
    - `sample.arrow`: a few rows with their raw values from the source: `contracts.dataset.sample`
    - `rejected.jsonl`: skipped rows, which could not be read, if there are any
    - `staging/`: files that tasks pass to one another; removed before the manifest is written
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.schema import SplitName
from contracts.storage import Storage

DATASETS = "datasets"
MANIFEST = "manifest.json"


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
        for name in ("records", "values", "vocabularies", "rows", "keys", self.staging, self.done, self.errors):
            self.files.make_folder(name)

    def finish(self) -> None:
        """Remove the staging folder and every empty folder."""
        self.files.delete_folder(self.staging)
        for name in ("records", "values", "vocabularies", "rows", "keys"):
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

    def keys(self, source_range: int) -> str:
        """Return the path of the file with the key hashes of a range's training rows."""
        return f"keys/{source_range:05d}.arrow"
