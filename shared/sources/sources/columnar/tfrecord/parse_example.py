"""One tf.train.Example as protobuf reads it: for the few records that are not written as every writer writes them.

    Example   { Features features = 1; }
    Features  { map<string, Feature> feature = 1; }
    Feature   { oneof: BytesList = 1, FloatList = 2, Int64List = 3; }       each list: value = 1, numbers packed or not

A SequenceExample has its context in the field of the features, and feature lists in field 2.
Source: `tensorflow/core/example/example.proto` and `feature.proto`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sources.columnar.tfrecord.wire import FIXED32, LENGTH_DELIMITED, VARINT, Malformed, fields, varint

EMPTY, BYTES, FLOAT, INT64 = range(4)
"""Kinds of a feature: the field numbers of its oneof, 0 for a feature without a list."""

Values = list[bytes] | list[float] | list[int]


@dataclass
class Example:
    """The features of one record by name: their kind and values. `has_lists`: it is a SequenceExample with feature lists.

    `lists`: the names of features that are feature lists.
    """

    features: dict[bytes, tuple[int, Values]] = field(default_factory=dict[bytes, tuple[int, Values]])
    has_lists: bool = False
    lists: frozenset[bytes] = frozenset()


def parse_example(message: bytes) -> Example:
    """Return the features of a message; later ones of a name replace earlier ones. Raises `Malformed`."""
    example = Example()
    for number, kind, features in fields(message):
        if (number, kind) == (2, LENGTH_DELIMITED):
            example.has_lists = True
        if number == 1 and isinstance(features, bytes) and kind == LENGTH_DELIMITED:
            for entry_number, entry_kind, entry in fields(features):
                if entry_number == 1 and isinstance(entry, bytes) and entry_kind == LENGTH_DELIMITED:
                    name, feature = _entry(entry)
                    example.features[name] = feature
    return example


def _entry(entry: bytes) -> tuple[bytes, tuple[int, Values]]:
    name, feature = b"", list[bytes]()
    for number, kind, value in fields(entry):
        if number == 1 and isinstance(value, bytes) and kind == LENGTH_DELIMITED:
            name = value
        if number == 2 and isinstance(value, bytes) and kind == LENGTH_DELIMITED:
            feature.append(value)  # protobuf merges a message that is given twice
    utf8_name(name)
    return name, parse_feature(feature)


def utf8_name(name: bytes) -> None:
    """Raise `Malformed` for a feature's name that is not UTF-8."""
    try:
        name.decode()
    except UnicodeDecodeError as error:
        raise Malformed("the name of a feature is not UTF-8") from error


def parse_feature(parts: list[bytes]) -> tuple[int, Values]:
    """Return the kind and the values of a feature. A list of another kind replaces those before it, which must be sound, too."""
    chosen = EMPTY
    values: list[Any] = []
    for number, kind, value in chain.from_iterable(map(fields, parts)):
        if number in {BYTES, FLOAT, INT64} and isinstance(value, bytes) and kind == LENGTH_DELIMITED:
            read = list_values(value, number)
            if number != chosen:
                chosen = number
                values.clear()
            values.extend(read)
    return chosen, values


def list_values(content: bytes, kind: int) -> Values:
    """Return the values of a list by the bytes of its message. Raises `Malformed`."""
    if kind == BYTES:
        return [
            value for number, wire, value in fields(content) if _is_bytes(number, wire) and isinstance(value, bytes)
        ]
    return _floats(content) if kind == FLOAT else _integers(content)


def _is_bytes(number: int, wire: int) -> bool:
    return number == 1 and wire == LENGTH_DELIMITED


def _floats(content: bytes) -> list[float]:
    values: list[float] = []
    for number, wire, value in fields(content):
        if number == 1 and wire in {LENGTH_DELIMITED, FIXED32} and isinstance(value, bytes):
            if len(value) % 4:
                raise Malformed("packed floats end inside of one")
            values += struct.unpack(f"<{len(value) // 4}f", value)
    return values


def _integers(content: bytes) -> list[int]:
    values: list[int] = []
    for number, wire, value in fields(content):
        if number == 1 and wire == VARINT and isinstance(value, int):
            values.append(_signed(value))
        if number == 1 and wire == LENGTH_DELIMITED and isinstance(value, bytes):
            position = 0
            while position < len(value):
                unsigned, position = varint(value, position)
                values.append(_signed(unsigned))
    return values


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
