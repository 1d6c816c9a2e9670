"""Lists of tokens to text and back, by the rule of `contracts.features.many`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.patterns.literals import NUMBER_OR_MISSING
from contracts.features import EMPTY_LIST, TextRule
from contracts.features.many import token_count
from sources.arrays import Bools, Int64s

_EMPTY = EMPTY_LIST.encode()


@dataclass(frozen=True)
class TokenLists:
    """The tokens of all rows one after the other, binary, empty where missing within a list; and each row's number of them.

    `lengths`: int64 [rows], -1 where the list is missing.
    """

    tokens: pa.Array
    lengths: Int64s

    @property
    def counts(self) -> Int64s:
        """The number of tokens of each row, int64 [rows], 0 of a missing list."""
        return np.maximum(self.lengths, 0)


def split_text(texts: pa.Array, separator: str) -> TokenLists:
    """Return the lists of a binary array of their texts, null where missing."""
    mark = separator.encode()
    lengths = np.full(len(texts), -1, np.int64)
    valid = texts.is_valid()
    is_empty = pc.fill_null(pc.equal(texts, _EMPTY), fill_value=False)
    lengths[_mask(is_empty)] = 0
    there = pc.and_not(valid, is_empty)
    written = texts.filter(there)
    ends = pc.ends_with(written, mark)
    if pc.any(ends).as_py():
        written = pc.if_else(ends, pc.binary_slice(written, 0, -len(mark)), written)
    lists = pc.split_pattern(written, mark)
    lengths[_mask(there)] = pc.list_value_length(lists).to_numpy()
    return TokenLists(pc.list_flatten(lists), lengths)


def written_text(lists: pa.Array, separator: str) -> tuple[pa.Array, list[int]]:
    """Return the texts of an array of lists of binary tokens, null where a list is, and the rows whose tokens hold the separator.

    The texts of those rows are null.
    """
    mark = separator.encode()
    tokens = pc.fill_null(pc.list_flatten(lists), b"")
    rows = pc.list_parent_indices(lists)
    wrong = sorted(set(rows.filter(pc.match_substring(tokens, mark)).to_pylist()))
    lengths = np.maximum(list_lengths(lists), 0)
    joined = pc.binary_join(list_array(tokens, lengths), mark)
    ambiguous = pc.or_(pc.ends_with(joined, mark), pc.is_in(joined, value_set=pa.array([b"", _EMPTY], pa.binary())))
    texts = pc.if_else(ambiguous, pc.binary_join_element_wise(joined, mark, b""), joined)
    texts = pc.if_else(pa.array(lengths == 0), pa.scalar(_EMPTY, pa.binary()), texts)
    refused = np.zeros(len(lists), np.bool_)
    refused[wrong] = True
    return pc.if_else(pc.and_(lists.is_valid(), pa.array(~refused)), texts, pa.scalar(None, pa.binary())), wrong


def not_of_numbers(texts: pa.Array, separator: str) -> list[int]:
    """Return the rows whose list has a token that is no number, by the texts; a missing token is none, an infinity is one."""
    tokens = split_text(texts, separator)
    wrong = pc.invert(pc.match_substring_regex(tokens.tokens, NUMBER_OR_MISSING))
    if not pc.any(wrong).as_py():
        return []
    rows = np.repeat(np.arange(len(texts)), tokens.counts)
    return np.unique(rows[_mask(wrong)]).tolist()


def too_long(texts: pa.Array, separator: str, limit: int) -> list[int]:
    """Return the rows whose list has more tokens, by the texts."""
    mark = separator.encode()
    may_be = pc.fill_null(pc.greater_equal(pc.binary_length(texts), limit * len(mark)), fill_value=False)
    if not pc.any(may_be).as_py():
        return []
    rows = np.flatnonzero(_mask(may_be))
    rows = rows[pc.count_substring(texts.take(pa.array(rows)), mark).to_numpy() >= limit]
    return [row for row in rows.tolist() if token_count(texts[row].as_py(), separator) > limit]


def wrong_lists(texts: pa.Array, rule: TextRule) -> list[int]:
    """Return the rows whose list does not fit the rule of its column, by the texts, ascending."""
    assert rule.separator is not None
    wrong = not_of_numbers(texts, rule.separator) if rule.of_numbers else []
    return wrong if rule.limit is None else sorted({*wrong, *too_long(texts, rule.separator, rule.limit)})


def text_of(tokens: Sequence[bytes], separator: str) -> bytes | None:
    """Return the text of one list; None if a token holds the separator."""
    mark = separator.encode()
    if not tokens:
        return _EMPTY
    if any(mark in token for token in tokens):
        return None
    joined = mark.join(tokens)
    return joined + mark if joined in {b"", _EMPTY} or joined.endswith(mark) else joined


def list_array(values: pa.Array, lengths: Int64s) -> pa.Array:
    """Return lists of the values, null where a length is -1: [rows]."""
    missing = lengths < 0
    offsets = pa.array(np.concatenate([[0], np.cumsum(np.maximum(lengths, 0))]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array(missing) if missing.any() else None)


def list_lengths(lists: pa.Array) -> Int64s:
    """Return the number of values of each list, int64 [rows], -1 where it is null."""
    return pc.fill_null(pc.list_value_length(lists), -1).to_numpy().astype(np.int64)


def _mask(values: pa.Array) -> Bools:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.bool_)
