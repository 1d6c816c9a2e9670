"""Request of a batch prediction, and the predictions that it publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from contracts.base_model import FrozenModel, Name, Timeout
from contracts.messages.datasets import MOST_BAD_RECORDS
from contracts.source import ArrowFiles, DelimitedText, JsonLines, Parquet, TfRecordFiles, check_distinct

_EXAMPLE: dict[str, Any] = {
    "name": "flights-of-june",
    "model": "flights",
    "label": "champion",
    "source": {"format": "csv", "uris": ["june.csv"], "null_values": ["", "NA"]},
    "keys": ["flight"],
    "format": "parquet",
}


RowSource = Annotated[DelimitedText | JsonLines | Parquet | ArrowFiles | TfRecordFiles, Field(discriminator="format")]


class BatchRequest(FrozenModel):
    """Predict for every row of some files."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Annotated[Name, Field(description="Name of the predictions in the storage.")]
    model: Name
    version: Annotated[int | None, Field(ge=1, description="Default: the default version.")] = None
    label: Annotated[Name | None, Field(description="A label that the version has, instead of its number.")] = None
    source: RowSource
    keys: Annotated[
        list[Annotated[str, Field(min_length=1)]],
        Field(
            max_length=100,
            description="Columns that are copied to the output to identify rows, with the type that they have in the files: "
            "numbers of JSON lines, Parquet, Arrow and TFRecords stay numbers, timestamps and dates stay those. In CSV a key is "
            "text, unless the column is a numeric feature of the model. A key is as it is written, also where a feature strips "
            "or folds it.",
        ),
    ] = []
    absent_columns: Annotated[
        Literal["error", "missing"],
        Field(
            description="If the files have no column for a feature: an error, or a missing value. In TFRecords an absent "
            "feature is missing, unless the first records have none of the model's."
        ),
    ] = "error"
    max_bad_records: Annotated[
        int,
        Field(
            ge=0,
            le=MOST_BAD_RECORDS,
            description="Number of rows of the whole source that may be skipped because a value is not of its column's type, or "
            "the number of fields differs. They are kept next to the predictions: see `rejected`.",
        ),
    ] = 0
    classes: Annotated[
        bool,
        Field(
            description="Of a binary model that was trained with a `threshold`: the output has a column `class`, 0 or 1, too."
        ),
    ] = False
    format: Annotated[Literal["parquet", "jsonl"], Field(description="Format of the output.")] = "parquet"
    batch_size: Annotated[int, Field(ge=1, le=1_000_000, description="Rows per call of the model.")] = 4096
    timeout: Timeout = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.version is not None and self.label is not None:
            raise ValueError("only one of version and label may be given")
        return self

    @field_validator("keys")
    @classmethod
    def _distinct(cls, keys: list[str]) -> list[str]:
        check_distinct(keys, "keys")
        return keys


class OutputFile(FrozenModel):
    """A published file, its size and checksum."""

    path: Annotated[str, Field(description="Path in the storage.")]
    rows: int
    bytes: int
    sha256: str


class Predictions(FrozenModel):
    """Published predictions: one row for each row of the source that could be read, in its order."""

    name: Name
    job: str
    created: datetime
    model: str
    version: int
    rows: int
    folder: Annotated[str, Field(description="Folder of the files in the storage.")]
    files: list[OutputFile]
    rejected: Annotated[
        OutputFile | None,
        Field(
            description="The rows that were skipped, as `max_bad_records` allows, with file, line, reason and raw text: JSON "
            "lines. Null without any."
        ),
    ] = None
    columns: Annotated[list[str], Field(description="The keys, then what the model predicts.")]
    request: BatchRequest
    seconds: float


class PredictionsList(FrozenModel):
    """All published predictions, by name."""

    predictions: list[Predictions]
