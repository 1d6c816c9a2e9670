"""Functions of the tokens of lists."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize
from sources.arrays import Bools, Int64s
from sources.expressions.values import Values
from sources.values.list_text import TokenLists, split_text


def list_size(node: ListSize, operand: Values) -> Values:
    """Return the number of tokens."""
    lists, there = _lists(operand, node.separator)
    return Values(lists.counts, there)


def list_element(node: ListElement, operand: Values) -> Values:
    """Return the token at a position."""
    lists, there = _lists(operand, node.separator)
    counts = lists.counts
    place = node.position - 1 if node.position > 0 else counts + node.position
    inside = (place >= 0) & (place < counts)
    places = np.where(inside, np.cumsum(counts) - counts + place, len(lists.tokens))
    padded = pa.concat_arrays([lists.tokens, pa.array([b""], pa.binary())])
    tokens = padded.take(pa.array(places))
    return Values(tokens, there & inside & (pc.binary_length(tokens).to_numpy() > 0))


def list_contains(node: ListContains, operand: Values) -> Values:
    """Return whether a token is in the list."""
    lists, there = _lists(operand, node.separator)
    rows = np.repeat(np.arange(len(there)), lists.counts)
    contains = _any(rows, pc.equal(lists.tokens, node.token.encode()), len(there))
    lacks = _any(rows, pc.equal(lists.tokens, b""), len(there))
    return Values(contains, there & (contains | ~lacks))


def _lists(operand: Values, separator: str) -> tuple[TokenLists, Bools]:
    """Return the lists, and the rows that have one."""
    there = operand.valid & (pc.binary_length(operand.data).to_numpy() > 0)
    texts = pc.if_else(pa.array(there), operand.data, pa.scalar(None, pa.binary()))
    return split_text(texts, separator), there


def _any(rows: Int64s, chosen: pa.Array, size: int) -> Bools:
    return np.bincount(rows[chosen.to_numpy(zero_copy_only=False)], minlength=size) > 0
