"""Request and reply of `POST /v1/schemas:infer`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.base_model import FrozenModel, Growing, Name
from contracts.features import KindName
from contracts.schema import Label, SplitName
from contracts.source import Compression, FeatureLists, RangeSource, RecordType, format_names

MOST_ROWS = 50_000
"""Rows that a sample has at most: all shares are known to better than 0.5 % then, and it fits some tens of megabytes."""

_FORMATS = " or ".join(", ".join(format_names(RangeSource)).rsplit(", ", 1))

FlagKind = Literal[
    "all_missing",
    "constant",
    "nearly_constant",
    "unique",
    "duplicate",
    "predicts_label",
    "leaks_not_checked",
    "code",
    "quantity",
    "affixes",
    "spellings",
    "high_cardinality",
    "datetime",
    "list",
    "text",
    "vector",
    "unsupported",
    "sentinel",
    "heavy_tail",
    "mostly_numbers",
    "respelled",
    "missing_spelled_as_code",
    "name_taken",
    "split_key",
    "bad_rows",
    "renamed",
    "header",
    "label",
]

REQUEST_EXAMPLE = {"uris": ["flights.csv"], "label": {"expression": "arr_delay > 15", "kind": "binary"}}


PROPOSAL_EXAMPLE = {
    "request": {
        "name": "flights",
        "source": {"uris": ["flights.csv"], "format": "csv", "null_values": ["", "NA"]},
        "label": {"expression": "arr_delay > 15", "kind": "binary"},
        "features": {
            "month": {"kind": "categorical"},
            "carrier": {"kind": "categorical"},
            "distance": {"kind": "numeric", "dtype": "int64"},
        },
        "exclude": ["year"],
        "remaining": "exclude",
        "splits": {"train": 0.8, "validation": 0.1, "test": 0.1},
        "records": "raw",
    },
    "missing": [],
    "label_candidates": [],
    "evidence": {
        "source": {
            "files": 1,
            "files_sampled": 1,
            "bytes": 31_053_850,
            "rows": 19_742,
            "duplicate_rows": 0,
            "complete": False,
            "rows_estimated": 336_786,
            "guesses": {
                "null_values": {
                    "value": ["", "NA"],
                    "given": False,
                    "reason": "'NA': all other values of dep_time, dep_delay, arr_time and 2 more are numbers",
                    "alternatives": [],
                }
            },
        },
        "features": {
            "month": {
                "kind": "categorical",
                "reason": "whole numbers of only 12 different values in 19742 rows, and its name contains 'month'",
                "missing": 0,
                "missing_share": 0.0,
                "distinct": 12,
                "distinct_estimated": 12,
                "whole_share": 1.0,
                "number_share": 1.0,
                "time_share": 0.0,
                "unparsed": [],
                "leading_zeros": 0.0,
                "min": 1.0,
                "max": 12.0,
                "null_tokens": [],
                "examples": [{"value": "1", "count": 2483}, {"value": "7", "count": 2482}],
                "label_auc": 0.413596,
                "label_purity": 0.771761,
            }
        },
    },
    "flags": [
        {
            "column": "year",
            "kind": "constant",
            "reason": "every row of the sample has the same value; proposed in exclude",
            "evidence": {"value": "2013", "missing": 0},
        }
    ],
    "time_splits": [
        {
            "column": "time_hour",
            "splits": {"time": {"column": "time_hour", "shares": {"train": 0.8, "validation": 0.1, "test": 0.1}}},
            "first": "2013-01-01T10:00:00Z",
            "last": "2013-12-26T01:00:00Z",
            "days": 50,
            "hours": 500,
            "missing": 0,
            "rows": {"train": 15_794, "validation": 1_992, "test": 1_956},
            "reason": "its times in the sample are from 2013-01-01T10:00:00Z to 2013-12-26T01:00:00Z, on 50 days: where the "
            "model is used on rows that come later, splits by this time test it as it is used; take them in place of "
            "the request's",
        }
    ],
}


class InferRequest(FrozenModel):
    """Files, and known fields of their format, which are kept and not guessed."""

    model_config = {"json_schema_extra": {"examples": [REQUEST_EXAMPLE, {"uris": ["export.csv"], "delimiter": ";"}]}}

    uris: Annotated[list[str], Field(min_length=1, description="Files, folders and globs, as in a dataset's source.")]
    name: Annotated[
        Name | None,
        Field(description="The dataset's name. Default: derived from the first file's name, and not taken."),
    ] = None
    label: Annotated[
        Label | None,
        Field(
            description="The label to predict. The other columns are checked for leaks of it; a flag `leaks_not_checked` "
            "tells where they could not be. An expression is evaluated by Spark on the sampled rows. Columns that it names "
            "are excluded."
        ),
    ] = None
    sample_rows: Annotated[
        int,
        Field(ge=100, le=MOST_ROWS, description="Maximum rows of the sample, from up to sixteen places in the files."),
    ] = 20_000
    format: Annotated[
        str | None,
        Field(description=f"{_FORMATS}; as all of the following: default, guessed."),
    ] = None
    hive_partitioning: bool | None = None
    delimiter: str | None = None
    quote: Annotated[str | None, Field(description="null, where given: no quoting.")] = None
    double_quote: bool | None = None
    escape: Annotated[str | None, Field(description="null, where given: no escapes.")] = None
    skip_initial_space: bool | None = None
    comment: Annotated[str | None, Field(description="null, where given: no comments.")] = None
    skip_lines: int | None = None
    header: bool | None = None
    columns: Annotated[
        list[str] | dict[str, RecordType | Literal["list", "mixed"]] | None,
        Field(description="Their names; of TFRecord files also their types, as in a dataset's source."),
    ] = None
    feature_lists: Annotated[
        FeatureLists | None, Field(description="Of TFRecord files with SequenceExamples, as in a dataset's source.")
    ] = None
    null_values: list[str] | None = None
    decimal_point: str | None = None
    thousands_separator: Annotated[str | None, Field(description="null, where given: none.")] = None
    ragged: Literal["error", "null_padding"] | None = None
    encoding: str | None = None
    compression: Compression | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The fields of the source that the request holds."""
        apart = {"uris", "name", "label", "sample_rows"}
        return {name: getattr(self, name) for name in self.model_fields_set - apart}


class Guess(FrozenModel):
    """The proposed value of one field of the source, and the reason."""

    value: Any
    given: Annotated[bool, Field(description="Whether the request held it, so that it was not guessed.")]
    reason: str
    alternatives: Annotated[list[Any], Field(description="Other values that were near, the nearest first.")] = []


class SourceEvidence(FrozenModel):
    """The description by which the files were read, and the share that was read."""

    files: Annotated[int, Field(description="Files that the URIs stand for.")]
    files_sampled: int
    bytes: Annotated[int, Field(description="Size of all files.")]
    rows: Annotated[int, Field(description="Rows in the sample: all shares and counts below are of these.")]
    duplicate_rows: Annotated[
        int,
        Field(
            description="Rows of the sample that are equal to an earlier one in every column, so they say nothing new."
        ),
    ] = 0
    complete: Annotated[bool, Field(description="Whether the sample is all of the data.")]
    rows_estimated: Annotated[
        int | None, Field(description="Rows of all files, by the size of the sampled ones; null where unknown.")
    ]
    guesses: dict[str, Guess]


class TokenShare(FrozenModel):
    """A value as text, and how often it occurs. Bytes that are not UTF-8 are shown in hex."""

    value: str
    count: int


class FeatureEvidence(FrozenModel):
    """Values of a column in the sample. Shares are of the rows that have a value, except that of missing ones."""

    kind: Annotated[
        Literal[KindName, "datetime", "text", "label", "excluded"],
        Growing,
        Field(description="As what it is proposed."),
    ]
    reason: str
    missing: Annotated[int, Field(description="Rows without a value, in the proposed spellings of missing.")]
    missing_share: float
    distinct: Annotated[int, Field(description="Different values in the sample.")]
    distinct_estimated: Annotated[
        int,
        Field(
            description="Different values in all of the data, at least: Chao's estimate d + f1²/(2·f2), where d values are "
            "different, f1 occur once and f2 twice (Chao 1984). With a complete sample, the distinct count."
        ),
    ]
    whole_share: Annotated[float, Field(description="Share of values that are whole numbers.")]
    number_share: Annotated[float, Field(description="Share of values that are numbers, whole ones included.")]
    time_share: Annotated[float, Field(description="Share of values that are dates, or dates with times.")]
    unparsed: Annotated[list[TokenShare], Field(description="The most frequent values that are no numbers.")]
    leading_zeros: Annotated[float, Field(description="Share of values that are digits with a zero before them.")]
    min: Annotated[float | None, Field(description="Of the numbers; null without any.")]
    max: float | None
    null_tokens: Annotated[list[TokenShare], Field(description="Usual spellings of missing that occur, taken or not.")]
    examples: Annotated[list[TokenShare], Field(description="The most frequent values.")]
    label_auc: Annotated[
        float | None,
        Field(
            description="How well the number alone orders the rows by the label (area under the ROC curve; 0 is as telling as "
            "1). Null for other columns, and without a binary label."
        ),
    ] = None
    label_purity: Annotated[
        float | None,
        Field(
            description="Share of rows whose label is the most frequent one of the rows with the same value, for labels of "
            "classes; or null."
        ),
    ] = None


class Flag(FrozenModel):
    """Something that a person should look at."""

    column: Annotated[str | None, Field(description="Null where it is about the source.")]
    kind: Annotated[FlagKind, Growing]
    reason: Annotated[str, Field(description="What was seen, what was proposed for it, and what else could be done.")]
    evidence: dict[str, Any]


class Evidence(FrozenModel):
    """Why everything is proposed as it is."""

    source: SourceEvidence
    features: dict[str, FeatureEvidence]


class TimeSplitsProposal(FrozenModel):
    """Splits by a time of the data, to be taken in place of the proposed request's `splits`. Counts are of the sample."""

    column: str
    splits: Annotated[
        dict[str, Any],
        Field(
            description="A value for `splits` of the request.",
            examples=[{"time": {"column": "time_hour", "shares": {"train": 0.8, "validation": 0.1, "test": 0.1}}}],
        ),
    ]
    first: Annotated[str, Field(description="The earliest time, in UTC.")]
    last: str
    days: Annotated[int, Field(description="Different days, in UTC.")]
    hours: Annotated[int, Field(description="Different hours: rows of one stay together.")]
    missing: Annotated[int, Field(description="Rows without a time, which the splits leave out.")]
    rows: Annotated[dict[SplitName, int], Field(description="Rows in each split.")]
    reason: str


class Proposal(FrozenModel):
    """A request that `POST /v1/datasets` takes as it is, once it has a label; and the reasons."""

    model_config = {"json_schema_extra": {"examples": [PROPOSAL_EXAMPLE]}}

    request: Annotated[
        dict[str, Any],
        Field(
            description="The body for `POST /v1/datasets`. Without a `label`, where none was given and no column is plainly one."
        ),
    ]
    missing: Annotated[
        list[str], Field(description="JSON pointers to what must still be chosen.", examples=[["/label"]])
    ]
    label_candidates: Annotated[list[str], Field(description="Columns of two values that could be a binary label.")]
    evidence: Evidence
    flags: list[Flag]
    time_splits: Annotated[
        list[TimeSplitsProposal],
        Field(
            description="Splits by time that the data allows, the likeliest first. The request has none of them: whether a model "
            "is used on later rows is not in the data."
        ),
    ] = []
