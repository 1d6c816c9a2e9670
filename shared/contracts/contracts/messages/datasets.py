"""Requests of dataset jobs, and replies about published datasets."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.base_model import FrozenModel, Name, Timeout
from contracts.dataset.requested_splits import ColumnSplits, FileSplits, SplitsSpec, TimeSplits
from contracts.features import DateTime, Feature, FeatureRequest, Text
from contracts.schema import WEIGHT, Cross, Label, Layout, Records, SplitName
from contracts.source import CopiedSource, Source, check_distinct
from contracts.statistics import TokenCount

EXAMPLE = {
    "name": "flights",
    "source": {"format": "csv", "uris": ["flights.csv"], "null_values": ["", "NA"]},
    "label": {"expression": "arr_delay > 15", "kind": "binary"},
    "features": {
        "month": {"kind": "categorical"},
        "day": {"kind": "categorical"},
        "hour": {"kind": "categorical"},
        "carrier": {"kind": "categorical"},
        "origin": {"kind": "categorical"},
        "dest": {"kind": "categorical"},
        "distance": {"kind": "numeric", "impute": "mean", "scale": "standard"},
    },
    "remaining": "exclude",
    "splits": {"train": 0.8, "validation": 0.1, "test": 0.1},
    "records": "raw",
}


TRANSFORMS_EXAMPLE = {
    "name": "flights-in-full",
    "source": {"format": "csv", "uris": ["flights.csv"], "null_values": ["", "NA"]},
    "label": {"expression": "arr_delay > 15", "kind": "binary"},
    "features": {
        "distance": {"kind": "numeric", "impute": "median", "clip": [0.01, 0.99], "scale": "log1p"},
        "minute": {"kind": "numeric", "impute": {"constant": 0}, "indicator": True, "scale": "minmax"},
        "hour": {"kind": "numeric", "bucketize": {"bounds": [6, 9, 12, 16, 20]}},
        "sched_dep_time": {"kind": "numeric", "bucketize": {"quantiles": 10}},
        "carrier": {"kind": "categorical", "reserved": ["UA", "AA"], "min_count": 5, "max_size": 100, "oov_buckets": 4},
        "origin": {"kind": "categorical"},
        "dest": {"kind": "categorical"},
        "tailnum": {"kind": "hashed", "buckets": 1000},
    },
    "crosses": [{"features": ["origin", "dest"], "buckets": 500}],
    "remaining": "exclude",
    "records": "transformed",
}
"""Every way in which a feature can be treated."""


MOST_BAD_RECORDS = 1_000_000
"""Rows that a job may skip at most, since all of them are kept."""


class DatasetRequest(FrozenModel):
    """Request of a dataset job: source, label, features, splits and form of the records."""

    model_config = {"json_schema_extra": {"examples": [EXAMPLE, TRANSFORMS_EXAMPLE]}}

    name: Name
    source: Source
    label: Label
    filter: Annotated[
        str | None,
        Field(
            min_length=1,
            description="A Spark SQL condition over one row's columns. Rows for which it is not true (false or null) are left "
            "out of the records and the statistics, and counted. Their values must still be readable as their columns' types.",
            examples=["distance > 0 AND carrier IS NOT NULL"],
        ),
    ] = None
    derive: Annotated[
        dict[str, Annotated[str, Field(min_length=1)]],
        Field(
            description="Columns made by Spark SQL of one row's columns, and of the derived ones before, by name. They serve "
            "`label`, `weight` and `filter`, for which Spark evaluates them. One that `features` names is a feature: its SQL is "
            "computed in the model's graph as well, so that predict takes the columns that it reads; only a part of SQL can.",
            examples=[{"late_by": "arr_delay - 15", "importance": "CASE WHEN year = 2013 THEN 2 ELSE 1 END"}],
        ),
    ] = {}
    time_zone: Annotated[
        str,
        Field(
            min_length=1,
            max_length=100,
            description="Zone of the dates of features that are derived from times, a name of the tz database: the hour of "
            "`hour(time)` is that of its clocks.",
            examples=["America/New_York"],
        ),
    ] = "UTC"
    weight: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The column, of the source or derived, of the rows' weights in training: a finite number, "
            "0 or more, in every row. It is no feature unless named, and is recorded as the float feature `weight`.",
            examples=["importance"],
        ),
    ] = None
    features: Annotated[
        dict[str, FeatureRequest],
        Field(
            description="How columns are treated, by name. A column that is not named is inferred, or see `remaining`."
        ),
    ] = {}
    crosses: Annotated[
        list[Cross],
        Field(
            description="Pairs of categorical or hashed features that become an input of their own, in addition to the two.",
            examples=[[{"features": ["origin", "dest"], "buckets": 1000}]],
        ),
    ] = []
    remaining: Annotated[
        Literal["infer", "exclude"],
        Field(description="What becomes of columns that `features` does not name: inferred features, or left out."),
    ] = "infer"
    exclude: Annotated[
        list[str],
        Field(
            description="Columns that are no features. Those that label and weight come from never are, unless named. A "
            "struct stands for all of its fields."
        ),
    ] = []
    splits: Annotated[
        SplitsSpec,
        Field(
            description="Shares of the rows, which add up to 1, and of which `train` has one; a `column` with the `values` of "
            "each split; a `time` column with when validation and test begin; or the `files` of each split."
        ),
    ] = {"train": 0.8, "validation": 0.1, "test": 0.1}
    split_key: Annotated[
        list[str] | None,
        Field(
            min_length=1,
            description="Columns whose values decide the split: rows that are equal in them share one. "
            "Default: every column of the source that can be read, but those that the label is made of, so rows that are "
            "equal but for the label share a split for any features. Next to splits by a column, a time or files, a check: "
            "a group of equal rows that would be in two splits is an error.",
        ),
    ] = None
    records: Annotated[
        Records,
        Field(
            description="What Spark writes: `none` (statistics and vocabularies), `raw` (typed values) or `transformed`."
        ),
    ] = "raw"
    layout: Annotated[
        Layout,
        Field(description="`columns`: a named feature per column. `packed`: one vector of numbers, one of categories."),
    ] = "columns"
    compression: Annotated[Literal["none", "gzip"], Field(description="Of the record files.")] = "none"
    max_bad_records: Annotated[
        int,
        Field(
            ge=0,
            le=MOST_BAD_RECORDS,
            description="Number of rows of the whole source that may be skipped because a value is not of its column's type, or "
            "the number of fields differs. They are kept with the dataset: see `rejected-rows`.",
        ),
    ] = 0
    partitions: Annotated[
        int | None,
        Field(ge=1, le=10_000, description="Parts to divide the source into. Default: by size. It changes no result."),
    ] = None
    timeout: Timeout = None

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        check_distinct(self.exclude, "exclude")
        both = sorted(set(self.features) & set(self.exclude))
        if both:
            raise ValueError(f"a column cannot be a feature and excluded. Received both: {', '.join(both)}")
        if self.label.column is not None and self.label.column in self.features:
            raise ValueError(f"the label cannot be a feature too. Received both: {self.label.column!r}")
        is_copied = isinstance(self.source, CopiedSource)
        if is_copied and isinstance(self.splits, FileSplits):
            raise ValueError("splits by files need files that are read where they are; Spark copies this source")
        if self.label.positive is not None and self.label.column in self.derive:
            raise ValueError("positive is of a column of the source; a derived column compares by itself")
        if self.label.expression is not None and "label" in self.features:
            raise ValueError("the feature name 'label' is taken by the label of the expression; rename the column")
        if self.weight is not None and WEIGHT in {*self.features, self.label.name}:
            raise ValueError("the name 'weight' is taken by the weights of the rows; rename the column")
        return self

    @property
    def column_features(self) -> dict[str, Feature]:
        """Return the features that are made of one column each, without `datetime` and `text` ones."""
        short = (DateTime, Text)
        return {name: feature for name, feature in self.features.items() if not isinstance(feature, short)}

    @property
    def split_columns(self) -> dict[str, str]:
        """Return the columns that are named to decide a row's split, with the pointer to each name; empty for whole rows."""
        match self.splits:
            case ColumnSplits(column=column):
                return {column: "/splits/column"}
            case TimeSplits(time=times):
                return {times.column: "/splits/time/column"}
            case FileSplits():
                return {}
            case _:
                return self._key

    @property
    def group_columns(self) -> dict[str, str]:
        """Return the columns of a `split_key` that only groups rows, with the pointer to each name; empty where it decides."""
        return {} if isinstance(self.splits, dict) else self._key

    @property
    def _key(self) -> dict[str, str]:
        return {name: f"/split_key/{i}" for i, name in enumerate(self.split_key or [])}


class DatasetSummary(FrozenModel):
    """A dataset in a few lines."""

    name: str
    created: str
    fingerprint: str
    records: Records
    layout: Layout
    rows: dict[SplitName, int]
    bytes: Annotated[int, Field(description="Of the record files.")]


class TrainedVersion(FrozenModel):
    """A version of a model that was trained from a dataset."""

    model: str
    version: int


class DatasetRemoval(FrozenModel):
    """The dataset that a deletion would take away."""

    dataset: str
    bytes: Annotated[int, Field(description="Size of all of its files.")]
    trained: Annotated[
        list[TrainedVersion],
        Field(description="Versions in the same storage that were trained from it. They answer on without it."),
    ]


class DatasetList(FrozenModel):
    """Every published dataset, by name."""

    datasets: list[DatasetSummary]


class VocabularyPage(FrozenModel):
    """A part of a vocabulary, in the order of ids."""

    feature: str
    size: Annotated[int, Field(description="Tokens in the whole vocabulary.")]
    first_id: Annotated[int, Field(description="The id of the first token given here.")]
    tokens: list[TokenCount]


class UploadedFile(FrozenModel):
    """A raw file that was uploaded."""

    path: Annotated[str, Field(description="Below the first source root: a URI of a dataset's source.")]
    bytes: int
    sha256: Annotated[str, Field(description="In hex.")]
    etag: Annotated[str, Field(description="For `If-Match`, to replace this file and no other.")]
