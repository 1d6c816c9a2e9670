"""The manifest of a dataset: all that a reader needs to know of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, ValidationError

from contracts.base_model import FrozenModel, Name
from contracts.classes import ClassName
from contracts.dataset.split_rule import SplitRule
from contracts.dataset.warning import DatasetWarning
from contracts.errors import CorruptData
from contracts.schema import Layout, Records, Schema, SplitName, ValueType
from contracts.source import Source


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
    """A file with the counts of a numeric feature's values. Several features may share a file."""

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
    without_split: Annotated[
        int,
        Field(
            description="Rows with a label that belong to no split: of another value, without a time, or of another file."
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


class TimeBin(FrozenModel):
    """Rows of each split from one day to another, in UTC."""

    first: date
    last: date
    rows: dict[SplitName, int]


class SplitGroups(FrozenModel):
    """Groups of rows that are equal in the `split_key`, next to splits by a column, a time or files: none is in two splits."""

    columns: list[str]
    groups: int
    without_key: Annotated[
        int, Field(description="Rows of a split without a value in any of the columns, which are of no group.")
    ]


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
    timeline: Annotated[
        list[TimeBin],
        Field(
            description="Rows of each split over time, in bins of as many days each, where a time that is no number decides."
        ),
    ] = []
    without_time: Annotated[
        int, Field(description="Rows of the training split without a time, where one decides and they train.")
    ] = 0
    groups: Annotated[
        SplitGroups | None,
        Field(
            description="Groups of the `split_key` that were checked; null where its hash decides, or there is none."
        ),
    ] = None
    unseen: Annotated[
        dict[str, dict[SplitName, int]],
        Field(
            description="By categorical or hashed feature, the values of a split whose token no training row has, where a "
            "column, a time or files decide; without those that have none."
        ),
    ] = {}
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
    keys: Annotated[
        list[Artifact],
        Field(
            description="With a `split_key`: one file per range, with a 32-bit hash of the key of each training row, in the "
            "order of the records. Rows of equal hashes share a fold. Empty without, and in datasets of earlier releases."
        ),
    ] = []
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
        for artifacts in (self.values.values(), self.vocabularies.values(), self.shards, self.rows, self.keys):
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
