"""Functions of the tokens of lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.lists import ListContains, ListElement, ListSize
from sources.arrays import Bools, Int64s
from sources.expressions.values import Values
from sources.values.list_text import TokenLists, split_text


@dataclass(frozen=True)
class Lists:
    """Tokens of lists, and the rows that have a list, bool [rows]."""

    tokens: TokenLists
    there: Bools

    @classmethod
    def of(cls, operand: Values, separator: str) -> Lists:
        """Split the texts of lists."""
        there = operand.valid & (pc.binary_length(operand.data).to_numpy() > 0)
        texts = pc.if_else(pa.array(there), operand.data, pa.scalar(None, pa.binary()))
        return cls(split_text(texts, separator), there)


def list_size(_node: ListSize, lists: Lists) -> Values:
    """Return the number of tokens."""
    return Values(lists.tokens.counts, lists.there)


def list_element(node: ListElement, lists: Lists) -> Values:
    """Return the token at a position."""
    counts = lists.tokens.counts
    place = node.position - 1 if node.position > 0 else counts + node.position
    inside = (place >= 0) & (place < counts)
    places = np.where(inside, np.cumsum(counts) - counts + place, len(lists.tokens.tokens))
    padded = pa.concat_arrays([lists.tokens.tokens, pa.array([b""], pa.binary())])
    tokens = padded.take(pa.array(places))
    return Values(tokens, lists.there & inside & (pc.binary_length(tokens).to_numpy() > 0))


def list_contains(node: ListContains, lists: Lists) -> Values:
    """Return whether a token is in the list."""
    rows = np.repeat(np.arange(len(lists.there)), lists.tokens.counts)
    contains = _any(rows, pc.equal(lists.tokens.tokens, node.token.encode()), len(lists.there))
    lacks = _any(rows, pc.equal(lists.tokens.tokens, b""), len(lists.there))
    return Values(contains, lists.there & (contains | ~lacks))


def _any(rows: Int64s, chosen: pa.Array, size: int) -> Bools:
    return np.bincount(rows[chosen.to_numpy(zero_copy_only=False)], minlength=size) > 0
