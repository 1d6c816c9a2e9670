"""What the raw files look like: enough to read them again, years later, to the same values.

A source says nothing of features; it is the same for every job over the same files. Missing values are spelled by
`null_values`; an empty field is missing in any case.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from contracts.frozen import Frozen

Uris = Annotated[
    list[str],
    Field(
        min_length=1,
        description="Files to read, in order. A relative path starts at the service's first source root.",
        examples=[["flights.csv"]],
    ),
]


class DelimitedText(Frozen):
    """CSV or TSV: records of delimited fields, RFC 4180 quoting, line breaks inside quotes allowed."""

    format: Literal["csv", "tsv"]
    uris: Uris
    delimiter: Annotated[
        str | None, Field(description="One ASCII character. Default: `,` for csv, a tab for tsv.", examples=[";"])
    ] = None
    quote: Annotated[
        str | None,
        Field(description="One ASCII character around fields that hold delimiters or line breaks; null: no quoting."),
    ] = '"'
    header: Annotated[bool, Field(description="Whether each file begins with a line of column names.")] = True
    columns: Annotated[
        list[str] | None,
        Field(description="Names of the columns. Needed where there is no header; with one, replaces its names."),
    ] = None
    null_values: Annotated[
        list[str], Field(description="Spellings of a missing value, besides the empty field.", examples=[["", "NA"]])
    ] = [""]
    compression: Annotated[
        Literal["auto", "none", "gzip"],
        Field(description="`auto` goes by the name's ending. A compressed file is read as one split."),
    ] = "auto"

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_ascii_character(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or not value.isascii() or value in "\r\n\0"):
            raise ValueError(f"must be one ASCII character that is not a line break. Received: {value!r}")
        return value

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        if not self.header and self.columns is None:
            raise ValueError("columns must name the columns where header is false. Received: columns = null")
        if self.columns is not None:
            check_distinct(self.columns, "columns")
        if self.quote is not None and self.quote == self.separator:
            raise ValueError(f"quote and delimiter must differ. Received: {self.quote!r} for both")
        return self

    @property
    def separator(self) -> str:
        """The delimiter in force."""
        return self.delimiter or ("," if self.format == "csv" else "\t")

    @property
    def null_tokens(self) -> list[str]:
        """Every spelling of a missing value: those given, and the empty field."""
        return sorted({"", *self.null_values})


class Parquet(Frozen):
    """Apache Parquet files; a null is a missing value."""

    format: Literal["parquet"]
    uris: Uris

    @property
    def null_tokens(self) -> list[str]:
        """An empty string is missing here too, as everywhere."""
        return [""]


Source = Annotated[DelimitedText | Parquet, Field(discriminator="format")]


def check_distinct(names: list[str], what: str) -> None:
    """Raise `ValueError` that lists the names occurring twice in `what`."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} must be distinct. Received twice: {', '.join(map(repr, twice))}")
