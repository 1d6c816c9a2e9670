"""Descriptions of raw files: complete enough to read them again, years later, to the same values.

A source does not mention features; every job over the same files may use the same one. `null_values` are the null tokens; an
empty field is missing in any case.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from contracts.base_model import FrozenModel

Codec = Literal["gzip", "bzip2", "zstd"]
Compression = Literal["auto", "none", "gzip", "bzip2", "zstd"]

CODEC_ENDINGS: Mapping[str, Codec] = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd", ".zstd": "zstd"}
"""Compression of a file by the ending of its name."""

_COMPRESSION = "`auto` goes by the name's ending: .gz, .bz2 or .zst. A compressed file is read by a single task."

_NOT_OF_FILES = {"idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}
"""Python's text encodings that are refused, since no file is written in them."""


class FileSource(FrozenModel):
    """Fields of every source that consists of files."""

    endings: ClassVar[Mapping[str, str]]
    """Format of a file by the ending of its name."""

    uris: Annotated[
        list[str],
        Field(
            min_length=1,
            description="Files, folders and globs (`*`, `?`, `[a-z]`, `**` for folders of any depth), in order; a relative "
            "path starts at the service's first source root. A folder stands for every file below it. Files of a folder or "
            "glob are sorted by path; empty ones, and names that begin with `.` or `_`, are skipped.",
            examples=[["flights.csv"], ["flights/year=*/*.csv.gz"]],
        ),
    ]
    hive_partitioning: Annotated[
        bool | None,
        Field(
            description="True: folders named `column=value` add a column. Values are percent-decoded; "
            "`__HIVE_DEFAULT_PARTITION__` is missing. Default: where folders or globs are given, and every file has such names."
        ),
    ] = None

    @property
    def null_tokens(self) -> list[str]:
        """Return the null tokens of text: an empty string is missing in every format."""
        return [""]


class DelimitedText(FileSource):
    """CSV or TSV: records of delimited fields, RFC 4180 quoting, line breaks inside quotes allowed.

    A record ends with a line feed, a carriage return, or both. Empty lines are skipped, except in a file of one column.
    """

    endings = {".csv": "csv", ".tsv": "tsv"}
    format: Literal["csv", "tsv"]
    delimiter: Annotated[
        str | None, Field(description="One ASCII character. Default: `,` for csv, a tab for tsv.", examples=[";"])
    ] = None
    quote: Annotated[
        str | None,
        Field(description="One ASCII character around fields that hold delimiters or line breaks; null: no quoting."),
    ] = '"'
    double_quote: Annotated[bool, Field(description="True: two quotes inside a quoted field stand for one.")] = True
    escape: Annotated[
        str | None,
        Field(description="One ASCII character that makes the next character literal.", examples=["\\"]),
    ] = None
    skip_initial_space: Annotated[
        bool,
        Field(
            description="True: spaces after a delimiter and at the beginning of a line are no part of the field; a quote after "
            "them opens it. A line of spaces alone is an empty line."
        ),
    ] = False
    comment: Annotated[
        str | None,
        Field(min_length=1, description="A line that begins with this, outside quotes, is skipped.", examples=["#"]),
    ] = None
    skip_lines: Annotated[int, Field(ge=0, le=10_000, description="Number of lines to skip before the header.")] = 0
    header: Annotated[bool, Field(description="True: each file begins with a line of column names.")] = True
    columns: Annotated[
        list[str] | None,
        Field(description="Names of the columns. Needed where there is no header; with one, replaces its names."),
    ] = None
    null_values: Annotated[
        list[str], Field(description="Null tokens, in addition to the empty field.", examples=[["", "NA"]])
    ] = [""]
    decimal_point: Annotated[str, Field(description="One ASCII character.", examples=[","])] = "."
    thousands_separator: Annotated[
        str | None,
        Field(description="One character between groups of digits (1,234,567), which may be left out.", examples=[","]),
    ] = None
    ragged: Annotated[
        Literal["error", "null_padding"],
        Field(
            description="A row with too few fields: `error` makes it a bad record, `null_padding` fills the rest with nulls. "
            "A row with too many is always a bad record."
        ),
    ] = "error"
    encoding: Annotated[
        str,
        Field(
            description="Python's name of the encoding. Text becomes UTF-8; invalid UTF-8 is kept unchanged. A file in UTF-16, "
            "UTF-32 or another encoding that is not a superset of ASCII is read by a single task.",
            examples=["latin-1", "utf-16", "cp1252"],
        ),
    ] = "utf-8"
    compression: Annotated[Compression, Field(description=_COMPRESSION)] = "auto"

    @field_validator("delimiter", "quote", "escape", "decimal_point")
    @classmethod
    def _one_ascii_character(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or not value.isascii() or value in "\r\n\0"):
            raise ValueError(f"must be one ASCII character that is not a line break. Received: {value!r}")
        return value

    @field_validator("thousands_separator", "decimal_point")
    @classmethod
    def _no_part_of_a_number(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or value in "\r\n\0+-" or value.isalnum()):
            raise ValueError(
                f"must be one character that is not a digit, letter, sign or line break. Received: {value!r}"
            )
        return value

    @field_validator("comment")
    @classmethod
    def _no_line_break(cls, value: str | None) -> str | None:
        if value is not None and (not value.isascii() or set(value) & set("\r\n\0")):
            raise ValueError(f"must be ASCII text without a line break. Received: {value!r}")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except (LookupError, ValueError):
            known = False
        else:
            known = codecs.lookup(value).name.replace("-", "_") not in _NOT_OF_FILES
        if not known:
            raise ValueError(f"must be an encoding of text that Python knows. Received: {value!r}")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.header and self.columns is None:
            raise ValueError("columns must name the columns where header is false. Received: columns = null")
        if self.columns is not None:
            check_distinct(self.columns, "columns")
        return self

    @model_validator(mode="after")
    def _characters_differ(self) -> Self:
        special = {"delimiter": self.separator, "quote": self.quote, "escape": self.escape}
        given = {name: character for name, character in special.items() if character is not None}
        for name, character in given.items():
            others = [other for other, used in given.items() if used == character and other != name]
            if others:
                raise ValueError(f"{others[0]} and {name} must differ. Received: {character!r} for both")
        if self.comment is not None and self.comment[0] in given.values():
            raise ValueError(f"comment must not begin with a delimiter, quote or escape. Received: {self.comment!r}")
        if self.skip_initial_space and " " in given.values():
            raise ValueError(
                "skip_initial_space needs another delimiter, quote and escape than a space. Received: ' ' for "
                f"{next(name for name, character in given.items() if character == ' ')}"
            )
        if self.thousands_separator == self.decimal_point:
            raise ValueError(
                f"thousands_separator and decimal_point must differ. Received: {self.decimal_point!r} for both"
            )
        return self

    @property
    def separator(self) -> str:
        """Return the delimiter: the given one, or the format's default."""
        return self.delimiter or ("," if self.format == "csv" else "\t")

    @property
    def null_tokens(self) -> list[str]:
        """Return the null tokens: `null_values` and the empty field."""
        return sorted({"", *self.null_values})


class JsonLines(FileSource):
    """One JSON object a line, in UTF-8; an absent key or a null is a missing value.

    A category that is a number or a boolean becomes text as in Parquet; a number may be given as text. A value in an object is
    in the column of its path, as `user.city`, which may also be the key itself. Objects in lists are refused in columns that are
    read, and ignored in others.
    """

    endings = {".jsonl": "jsonl", ".ndjson": "jsonl"}
    format: Literal["jsonl"]
    columns: Annotated[
        list[str] | None,
        Field(min_length=1, description="The keys. Default: all keys in the first MiB of each file."),
    ] = None
    null_values: Annotated[
        list[str], Field(description="Null tokens, in addition to the empty string.", examples=[["NA"]])
    ] = [""]
    compression: Annotated[Compression, Field(description=_COMPRESSION)] = "auto"

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        if self.columns is not None:
            check_distinct(self.columns, "columns")
        return self

    @property
    def null_tokens(self) -> list[str]:
        """Return the null tokens: `null_values` and the empty string."""
        return sorted({"", *self.null_values})


class TypedFiles(FileSource):
    """Files of a binary format that names its columns and their types."""

    magic: ClassVar[tuple[bytes, ...]]
    """Possible first bytes of a file of this format."""


class Parquet(TypedFiles):
    """Apache Parquet files; a null is a missing value. A field of a struct is a column by its path, as `user.city`."""

    endings = {".parquet": "parquet"}
    magic = (b"PAR1",)
    format: Literal["parquet"]


class ArrowFiles(TypedFiles):
    """Arrow IPC, files (Feather) or streams; a null is a missing value.

    A field of a struct is a column by its path, as `user.city`.
    """

    endings = {".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow"}
    magic = (b"ARROW1", b"\xff\xff\xff\xff")
    format: Literal["arrow"]


class OrcFiles(TypedFiles):
    """Apache ORC files; a null is a missing value. A field of a struct is a column by its path, as `user.city`."""

    endings = {".orc": "orc"}
    magic = (b"ORC",)
    format: Literal["orc"]


RecordType = Literal["int64", "float", "bytes"]
"""Types of lists in a tf.train.Feature."""
FeatureLists = Literal["error", "read", "ignore"]
"""Treatments of the feature lists of a SequenceExample."""


class TfRecordFiles(TypedFiles):
    """TFRecord files of tf.train.Examples, whose features are the columns; checksums are checked.

    A feature that is absent, or has no value, is missing. One of several values is a list, which `many` or `shape` reads, or else
    makes its record a bad record. Of a SequenceExample the context's features are columns; for the others see `feature_lists`.
    """

    endings = {".tfrecord": "tfrecord", ".tfrecords": "tfrecord"}
    magic = ()  # a record begins with its length, and that with its checksum: `is_tfrecord` checks them
    format: Literal["tfrecord"]
    columns: Annotated[
        dict[str, RecordType | Literal["list", "mixed"]] | None,
        Field(
            min_length=1,
            description="The features and their types. Default: those of the first records of each file, in the order of their "
            "names. A column of type `list` (several values in a record) or `mixed` (lists of several types) cannot be read.",
            examples=[{"distance": "int64", "dep_delay": "float", "carrier": "bytes"}],
        ),
    ] = None
    feature_lists: Annotated[
        FeatureLists,
        Field(
            description="Feature lists of a SequenceExample: an error; read as columns of lists, of the value of each step; or "
            "left out."
        ),
    ] = "error"
    compression: Annotated[
        Literal["auto", "none", "gzip"],
        Field(description="`auto` goes by the name's ending: .gz. A compressed file is read by a single task."),
    ] = "auto"


class AvroFiles(FileSource):
    """Apache Avro object container files; a null is a missing value. A record's field is a column by its path, as `user.city`.

    A date or time is its ISO text, a decimal a number. Only dataset jobs read them, so records `none` are refused.
    """

    endings = {".avro": "avro"}
    format: Literal["avro"]


class SparkSource(FrozenModel):
    """Anything that Spark can read: files of a format that it supports, a table of its catalog, or another service's data.

    The operator allows formats, their options and tables by name. Rows are copied into the job's folder first. A date or time
    is its ISO text, a decimal a number. Only dataset jobs read them, so records `none` are refused.
    """

    format: Literal["spark"]
    reader: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", description="Spark's name of the format.", examples=["orc"]),
    ] = None
    options: Annotated[
        dict[str, str], Field(description="Spark's options of the reader.", examples=[{"mergeSchema": "true"}])
    ] = {}
    table: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}$",
            description="In place of a reader: a table or view, with its catalog and schema if need be.",
            examples=["sales.trips"],
        ),
    ] = None
    uris: Annotated[
        list[str],
        Field(
            description="Files, folders and globs for the reader, as in other formats; empty for a reader without files."
        ),
    ] = []
    hive_partitioning: Annotated[Literal[False], Field(description="Folders' names add no columns here.")] = False

    @model_validator(mode="after")
    def _reader_or_table(self) -> Self:
        if (self.reader is None) == (self.table is None):
            raise ValueError("exactly one of reader and table must be given")
        if self.table is not None and (self.uris or self.options):
            raise ValueError("a table has neither uris nor options")
        return self

    @property
    def null_tokens(self) -> list[str]:
        """Return the null tokens of text: an empty string is missing in every format."""
        return [""]


LineSource = JsonLines
"""Text in UTF-8 in which each line is a record: a file is divided at any line feed, and names of columns come from its values."""
TextSource = DelimitedText | LineSource
"""Text: types are inferred, null tokens mark missing values, a file is divided at line breaks."""
ColumnarSource = Parquet | ArrowFiles | OrcFiles | TfRecordFiles
"""Files that carry types: divided into row groups, record batches, stripes or records."""
RangeSource = DelimitedText | LineSource | Parquet | ArrowFiles | OrcFiles | TfRecordFiles
"""Sources whose ranges can be read independently, by any process."""
CopiedSource = AvroFiles | SparkSource
"""Sources that only Spark reads: a dataset job copies their rows into Arrow files first."""
Source = Annotated[
    DelimitedText | LineSource | Parquet | ArrowFiles | OrcFiles | TfRecordFiles | AvroFiles | SparkSource,
    Field(discriminator="format"),
]


def codec_by_name(uri: str) -> Codec | None:
    """Return the compression that a file's name implies under `auto`; None for an uncompressed file."""
    return next((codec for ending, codec in CODEC_ENDINGS.items() if uri.lower().endswith(ending)), None)


def format_by_name(uri: str) -> str | None:
    """Return the format that a file's name implies, ignoring the ending of a compression; None for an unknown ending.

    >>> format_by_name("flights/2026.JSONL.gz")
    'jsonl'
    """
    name = uri.lower()
    plain = next((name.removesuffix(ending) for ending in CODEC_ENDINGS if name.endswith(ending)), name)
    endings = {
        ending: format_ for kind in get_args(RangeSource | AvroFiles) for ending, format_ in kind.endings.items()
    }
    return next((format_ for ending, format_ in endings.items() if plain.endswith(ending)), None)


def format_by_magic(start: bytes) -> str | None:
    """Return the columnar format of a file that begins with these bytes; None for any other file."""
    formats = {magic: kind for kind in get_args(ColumnarSource) for magic in kind.magic}
    kind = next((kind for magic, kind in formats.items() if start.startswith(magic)), None)
    return None if kind is None else format_names(kind)[0]


def format_names(kinds: Any) -> tuple[str, ...]:
    """Return the values of `format` that a source class, or a union of them, accepts."""
    classes: tuple[type[FrozenModel], ...] = get_args(kinds) or (kinds,)
    return tuple(name for kind in classes for name in get_args(kind.model_fields["format"].annotation))


def check_distinct(names: list[str], what: str) -> None:
    """Raise `ValueError` that lists the duplicate names in `what`."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"{what} must be distinct. Received twice: {', '.join(map(repr, twice))}")
