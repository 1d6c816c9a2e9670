"""Canonical spelling of the categories of record batches: text that is a number or a boolean (`contracts.features.spelling`).

Most text cannot be one by its first and last byte; the rest is spelled once for each distinct value of a batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features.spelling import FIRST_CHARACTERS, LAST_CHARACTERS, MARKS, WORDS, canonical_token
from sources.arrays import Int64s
from sources.values.text_values import Spelling, typed

MOST_EXAMPLES = 3
MOST_TOKENS = 1000
"""Fractions of a column whose spellings are kept, to tell where several become one."""


def _table(characters: frozenset[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    table = np.zeros(256, np.bool_)
    table[[ord(character) for character in characters]] = True
    return table


_LAST = _table(LAST_CHARACTERS)
_FIRST_OF_WORDS = _table(frozenset(word[0] for word in WORDS))


@dataclass(frozen=True)
class _Marks:
    """The characters by which text may be a number, with one decimal point or another besides `.`."""

    first: np.ndarray[tuple[int], np.dtype[np.bool_]]
    within: bytes
    pattern: str

    @classmethod
    @cache
    def of(cls, point: str) -> _Marks:
        """Return those of a decimal point."""
        characters = "".join(sorted({".", point}))
        pattern = rf"^(?:[0-9{re.escape(characters)}eE+-]+|{'|'.join(WORDS)})$"
        return cls(_table(FIRST_CHARACTERS | {point}), f"{MARKS}{point}".encode(), pattern)


@dataclass
class Respelled:
    """Counts of one column: the number of values whose text was changed, with examples."""

    values: int = 0
    examples: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    """Texts that were changed, up to `MOST_EXAMPLES`, and their tokens."""
    fractions: dict[bytes, list[bytes]] = field(default_factory=dict[bytes, list[bytes]])
    """Tokens that are fractions, up to `MOST_TOKENS`, and the different texts that were read as each."""

    def add(self, text: bytes, token: bytes) -> None:
        """Keep a text and its token, if there is room."""
        if text != token and len(self.examples) < MOST_EXAMPLES:
            self.examples.setdefault(text, token)
        if b"." not in token:
            return
        known = self.fractions.get(token)
        if known is None and len(self.fractions) < MOST_TOKENS:
            self.fractions[token] = [text]
        elif known is not None and text not in known:
            known.append(text)

    def add_all(self, written: Sequence[bytes], tokens: Sequence[bytes]) -> None:
        """Keep some of these texts and their tokens."""
        for text, token in zip(written, tokens, strict=True):
            if b"." in token or len(self.examples) < MOST_EXAMPLES:
                self.add(text, token)

    def merge(self, other: Respelled) -> None:
        """Add what another reader of the same column has seen."""
        self.values += other.values
        for text, token in other.examples.items():
            self.add(text, token)
        for token, texts in other.fractions.items():
            for text in texts:
                self.add(text, token)

    @property
    def joined(self) -> list[bytes]:
        """Return the texts of the first fraction that was written in several ways, shortest first; none without one."""
        several = (texts for texts in self.fractions.values() if len(texts) > 1)
        return sorted(next(several, []), key=len)


class Respelling:
    """Spells some columns of one reader's batches, and keeps count of it."""

    def __init__(self, nulls: Mapping[str, Sequence[str]], decimal_point: str = ".") -> None:
        """`nulls`: all null tokens of each column that is spelled, as `Schema.respelled` has them."""
        self._point = decimal_point
        self._nulls = {name: Spelling(tuple(tokens)) for name, tokens in nulls.items()}
        self.by_column = {name: Respelled() for name in nulls}

    def apply(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, frozenset[str]]:
        """Return the batch with the columns spelled, which are bytes, and the names of those that are changed by it."""
        changed: set[str] = set()
        for index, name in enumerate(batch.schema.names):
            if name in self._nulls:
                column = batch.column(index)
                spelled = self._spelled(name, column)
                if spelled is not column:
                    batch = batch.set_column(index, batch.schema.field(index), spelled)
                    changed.add(name)
        return batch, frozenset(changed)

    def _spelled(self, name: str, column: pa.Array) -> pa.Array:
        rows = _possible(column, _Marks.of(self._point))
        if not len(rows):
            return column
        encoded = cast("pa.DictionaryArray", pc.dictionary_encode(column.take(pa.array(rows))))
        written = cast("list[bytes]", encoded.dictionary.to_pylist())
        tokens = [canonical_token(text, self._point) for text in written]
        is_changed = np.array([text != token for text, token in zip(written, tokens, strict=True)], np.bool_)
        self.by_column[name].add_all(written, tokens)
        if not is_changed.any():
            return column
        indices = encoded.indices.to_numpy()
        changed = is_changed[indices]
        self.by_column[name].values += int(changed.sum())
        mask = np.zeros(len(column), np.bool_)
        mask[rows[changed]] = True
        replacements = pa.array(tokens, pa.binary()).take(pa.array(indices[changed]))
        # A null token may match only now: `-999` is `-999.0`, too.
        return typed(pc.replace_with_mask(column, pa.array(mask), replacements), "bytes", self._nulls[name])[0]


def canonical_tokens(column: pa.Array) -> pa.Array:
    """Return a binary array with each value in its canonical spelling; null where null."""
    batch = pa.record_batch([column], names=["column"])
    return Respelling({"column": []}).apply(batch)[0].column(0)


def _possible(column: pa.Array, marks: _Marks) -> Int64s:
    """Return the ascending positions of all values that may be respelled, by their first and last byte."""
    _, offset_buffer, data = column.buffers()
    nothing = np.empty(0, np.int64)
    if data is None or not len(column):
        return nothing
    offsets = np.frombuffer(offset_buffer, np.int32)[column.offset : column.offset + len(column) + 1]
    first_byte, last_byte = int(offsets[0]), int(offsets[-1])
    if first_byte == last_byte:
        return nothing
    text = np.frombuffer(data, np.uint8)[first_byte:last_byte]
    content = text.tobytes()
    has_marks = any(mark in content for mark in marks.within)
    is_first = marks.first if has_marks else _FIRST_OF_WORDS
    begins, ends = offsets[:-1] - first_byte, offsets[1:] - first_byte
    # Empty text, whose first byte would be another's, is left out below.
    rows = np.flatnonzero(is_first[text[np.minimum(begins, len(text) - 1)]])
    rows = rows[ends[rows] > begins[rows]]
    rows = rows[_LAST[text[ends[rows] - 1]]]
    if has_marks and len(rows):
        like_numbers = pc.match_substring_regex(column.take(pa.array(rows)), marks.pattern).fill_null(False)  # noqa: FBT003
        rows = rows[np.asarray(like_numbers.to_numpy(zero_copy_only=False), np.bool_)]
    if column.null_count:
        rows = rows[np.asarray(column.is_valid().to_numpy(zero_copy_only=False), np.bool_)[rows]]
    return rows
