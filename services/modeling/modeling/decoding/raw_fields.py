"""Conversion of JSON values to raw features, for all protocols.

Missing: null, NaN, an infinity or a number that overflows float32, empty text, and every null token of the dataset's source, as
text or, for a number, as that number. A number is float32(float64(x)). A token is text as UTF-8, bytes as base64, a number as it
is read from typed files (`sources.values.number_tokens`), or true and false; text gets its canonical spelling where the feature
has it.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import pyarrow as pa

from contracts.errors import InvalidRequest
from contracts.features import Many, TextRule, TimeFormat
from contracts.features.many import token_count
from contracts.features.spelling import canonical_text, canonical_token
from contracts.schema import Schema
from modeling.decoding.integer_fields import IntegerFields
from modeling.decoding.received import LONGEST_RECEIVED, received
from modeling.decoding.struct_fields import StructFields
from modeling.decoding.vector_fields import VectorFields
from modeling.feature_kinds.raw_values import RawColumns
from sources.arrays import Array
from sources.values.list_text import not_of_numbers, text_of
from sources.values.number_tokens import number_token
from sources.values.text_values import Spelling, parsed_number, read_tokens

_NUMBER = re.compile(
    r"[ \t]*[+-]?(?:[0-9]+\.?[0-9]*(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?|nan|inf|infinity)[ \t]*", re.IGNORECASE
)


class Fields:
    """The raw features of a model, or the inputs of one of its signatures: their columns, and conversion of their values."""

    def __init__(  # noqa: PLR0913 - options, each named where it is given
        self,
        numeric: Iterable[str],
        categorical: Iterable[str],
        null_tokens: Iterable[str],
        null_values: Mapping[str, Iterable[str]] | None = None,
        *,
        respelled: Iterable[str] = (),
        skip_initial_space: bool = False,
        text_rules: Mapping[str, TextRule] | None = None,
        marks: tuple[str, str | None] = (".", None),
        integers: Iterable[str] = (),
        instants: Mapping[str, TimeFormat] | None = None,
        lists: Mapping[str, Many] | None = None,
        vectors: Mapping[str, Sequence[str]] | None = None,
        number_lists: Mapping[str, str] | None = None,
    ) -> None:
        """`respelled`: token fields whose text gets its canonical spelling; `integers`: fields that are no numbers of float32.

        `instants`: the times among these, with their formats. `vectors`: the numeric fields of which each vector consists.
        `number_lists`: token fields that are lists of numbers, with what separates these in text.
        """
        self.numeric_at = {name: index for index, name in enumerate(numeric)}
        self.categorical_at = {name: index for index, name in enumerate(categorical)}
        null_tokens = list(null_tokens)
        self.integers = IntegerFields(integers, null_tokens, instants, marks)
        self.places = self.numeric_at | {name: ~index for name, index in self.categorical_at.items()}
        self.places |= {name: len(self.numeric_at) + index for name, index in self.integers.places.items()}
        """Column index of each field: among the numbers and then the integers, or the negative inverse (`~`) of the index among
        the tokens."""
        self.vectors = VectorFields(vectors or {}, list(self.numeric_at))
        singles = [name for name in self.places if name not in self.vectors.owners] if self.vectors else [*self.places]
        fields = [*self.vectors, *singles]
        self.structs = StructFields(fields)
        self.only = fields[0] if len(fields) == 1 else None
        """The name of the field if there is a single one, a vector or a value, else None."""
        self.skip_initial_space = skip_initial_space
        """True if spaces after a delimiter of CSV are no part of the field."""
        self.respelled = frozenset(respelled)
        self.decimal_point = marks[0]
        """That of numbers that are text, also where they are tokens."""
        self._nulls = {"", *null_tokens}
        rules = text_rules or {}
        is_usual = marks == (".", None)
        self._spellings = {
            name: Spelling.of(sorted({*self._nulls, *(null_values or {}).get(name, ())}), marks, rules.get(name))
            for name in self.numeric_at
            if name in rules or not is_usual
        }
        self._token_rules = {
            name: rules[name] for name in self.categorical_at if name in rules and rules[name].changes_tokens
        }
        self._lists = dict(lists or {})
        self._number_lists = dict(number_lists or {})
        self._separators = {name: bag.separator for name, bag in self._lists.items()} | self._number_lists
        self._own_nulls = {name: set(tokens) for name, tokens in (null_values or {}).items()}
        self.null_numbers = {number for token in self._nulls if (number := _as_number(token)) is not None}
        self._null_array = np.array(sorted(number for number in self.null_numbers if math.isfinite(number)))

    @classmethod
    def of(cls, schema: Schema) -> Fields:
        """Return the fields for the raw features of a schema."""
        columns = RawColumns.of(schema)
        return cls(
            columns.numbers,
            columns.tokens,
            schema.null_tokens,
            schema.null_values,
            respelled=schema.respelled,
            skip_initial_space=schema.skip_initial_space,
            text_rules=schema.text_rules,
            marks=(schema.decimal_point, schema.thousands_separator),
            integers=columns.integers,
            instants={
                name: schema.time_formats.get(name, TimeFormat())
                for name, kind in schema.raw_types.items()
                if kind == "instant"
            },
            lists={name: bag for name, bag in schema.bags.items() if name in schema.raw_types},
            vectors=schema.vectors,
            number_lists=schema.number_lists,
        )

    def number(self, value: object, name: str | None = None) -> float:
        """Return a numeric feature's value as float64, NaN where missing. Raises `InvalidRequest` with the reason alone.

        `name`: the feature, whose own null tokens count too; the model's graph handles those that are numbers.
        """
        kind = type(value)
        if kind is float or kind is int:
            return self._finite(cast("float", value))
        if kind is bytes:
            value = cast("bytes", value).decode(errors="replace")
            kind = str
        if value is None or (kind is str and (value in self._nulls or value in self._own_nulls.get(name or "", ()))):
            return math.nan
        if kind is str and name in self._spellings:
            return self._spelled(cast("str", value), name)
        raise InvalidRequest(f"must be a number, or null where it is missing. Received: {received(value)}")

    def _spelled(self, text: str, name: str) -> float:
        """Parse a number whose affixes or marks are not the usual ones, as the dataset job does."""
        number = parsed_number(text, self._spellings[name])
        if number is None:
            raise InvalidRequest(f"must be a number, or null where it is missing. Received: {received(text)}")
        return self._finite(number)

    @property
    def has_token_rules(self) -> bool:
        """Return true if tokens are not read as they are written."""
        return bool(self._token_rules)

    def read_tokens(self, tokens: Array, where: Callable[[str, int], str]) -> Array:
        """Return a matrix of tokens, bytes or text [rows, tokens], as the features read them: bytes where they have a rule.

        `where`: names a field's row in messages. Raises `InvalidRequest` for a list of too many tokens, or not of numbers where
        it has to be.
        """
        for name, separator in self._number_lists.items():
            self._check_numbers(tokens[:, self.categorical_at[name]].tolist(), separator, partial(where, name))
        for name, bag in self._lists.items():
            self._check_lengths(tokens[:, self.categorical_at[name]].tolist(), bag, partial(where, name))
        for name, rule in self._token_rules.items():
            place = self.categorical_at[name]
            nulls = {token.encode() for token in (*self._nulls, *self._own_nulls.get(name, ()))}
            given = [token.encode() if isinstance(token, str) else token for token in tokens[:, place].tolist()]
            written = pa.array([None if token in nulls else token for token in given], pa.binary())
            read = read_tokens(written, rule).to_pylist()
            if name in self.respelled:
                read = [None if token is None else canonical_token(token, self.decimal_point) for token in read]
            tokens[:, place] = [b"" if token is None or token in nulls else token for token in read]
        return tokens

    def _finite(self, value: float) -> float:
        try:
            return math.nan if value in self.null_numbers else float(value)
        except OverflowError:  # a whole number of hundreds of digits
            return math.nan

    def number_of_text(self, text: str, name: str) -> float:
        """Parse a numeric feature's value from text, stripped of spaces and tabs. Raises `InvalidRequest`."""
        if text in self._nulls or text in self._own_nulls.get(name, ()):
            return math.nan
        if name in self._spellings:
            return self._spelled(text, name)
        if not _NUMBER.fullmatch(text):
            raise InvalidRequest(f"must be a number, or empty where it is missing. Received: {received(text)}")
        return self._finite(float(text))

    def numbers(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return a numeric feature's values as float32, NaN where missing, from floats or integers of any width."""
        with np.errstate(over="ignore"):
            rounded = values.astype(np.float64).astype(np.float32)
        if len(self._null_array):
            nulls = self._null_array
            is_narrow = (
                values.dtype.kind == "f" and values.dtype.itemsize < 8
            )  # the number is rounded as the values are
            rounded[np.isin(values, nulls.astype(values.dtype) if is_narrow else nulls)] = np.nan
        return rounded

    def token(self, value: object, name: str) -> bytes:
        """Return a categorical feature's value as bytes, empty where missing. Raises `InvalidRequest` with the reason alone.

        `name`: the feature, whose text may get its canonical spelling.
        """
        match value:
            case str():
                token = (canonical_text(value, self.decimal_point) if name in self.respelled else value).encode()
            case bytes():
                token = canonical_token(value, self.decimal_point) if name in self.respelled else value
            case None:
                token = b""
            case bool():
                token = b"true" if value else b"false"
            case int():
                token = _decimal(value)
            case float():
                token = number_token(value) or b""
            case {"b64": text, **more} if not more:
                token = self.token(_base64(text), name)
            case list() if name in self._separators:
                token = self._list(cast("list[object]", value), name)
            case _:
                kinds = (
                    "a list of numbers, their text"
                    if name in self._number_lists
                    else "a list of tokens, their text"
                    if name in self._lists
                    else "text, a number, true, false"
                )
                raise InvalidRequest(
                    f'must be {kinds}, {{"b64": …}}, or null where it is missing. Received: {received(value)}'
                )
        return token

    def knows(self, name: str) -> bool:
        """Return true for the name of a field or a vector."""
        return name in self.places or name in self.vectors

    @property
    def lists(self) -> Collection[str]:
        """Return the fields that are lists of any length."""
        return self._separators.keys()

    def _check_numbers(self, given: list[bytes | str], separator: str, where: Callable[[int], str]) -> None:
        encoded = [text.encode() if isinstance(text, str) else text for text in given]
        nulls = {token.encode() for token in self._nulls}
        texts = pa.array([None if text in nulls else text for text in encoded], pa.binary())
        for row in not_of_numbers(texts, separator):
            raise InvalidRequest(
                f"{where(row)}: must be a list of numbers, or their text with {separator!r} between them, or null where it is "
                f"missing. Received: {received(encoded[row].decode(errors='replace'))}"
            )

    def _check_lengths(self, texts: list[bytes | str], bag: Many, where: Callable[[int], str]) -> None:
        for row, text in enumerate(texts):
            count = token_count(text.encode() if isinstance(text, str) else text, bag.separator)
            if count > bag.max:
                raise InvalidRequest(f"{where(row)}: must have at most {bag.max} tokens. Received: {count}")

    def _list(self, values: list[object], name: str) -> bytes:
        """Return the text of a list of tokens. Raises `InvalidRequest` with the reason alone."""
        separator = self._separators[name]
        tokens = [b"" if value is None or isinstance(value, list) else self.token(value, name) for value in values]
        if any(isinstance(value, list) for value in values):
            raise InvalidRequest(f"must be a list of tokens, not of lists. Received: {received(values)}")
        text = text_of(tokens, separator)
        if text is None:
            raise InvalidRequest(
                f"no token of a list may hold {separator!r}, the separator of the dataset. Received: {received(values)}"
            )
        return text

    def unknown(self, name: str) -> InvalidRequest:
        """Return the error for an unknown field, naming the nearest known one."""
        known = [*self.vectors, *self.places]
        name = name[:LONGEST_RECEIVED]
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = (
            f"the nearest known field is {near[0]!r}" if near else f"known fields: {', '.join(map(repr, known[:20]))}"
        )
        return InvalidRequest(f"unknown field {name!r}; {hint}")


def _decimal(value: int) -> bytes:
    try:
        return b"%d" % value
    except ValueError:  # Python writes no whole number of thousands of digits
        raise InvalidRequest("must be text; the number is too long") from None


def _base64(value: object) -> bytes:
    if not isinstance(value, str):
        raise InvalidRequest(f"b64 must be text. Received: {received(value)}")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"b64 is not base64: {error}. Received: {received(value)}") from error


def _as_number(token: str) -> float | None:
    try:
        return float(token)
    except ValueError:
        return None
