"""Lists of words or characters that follow one another, as their text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.ngrams import SEPARATOR, NGrams, Unit
from sources.arrays import Int64s
from sources.expressions.text import characters
from sources.expressions.values import Values
from sources.values.list_text import list_array, written_text

WORD = r"\pL\pM\pN_"
"""The characters of words, as RE2 names classes."""
SPACE = r"\pZ\p{Cc}"
"""The characters that are a space between others."""
_BETWEEN: dict[Unit, str] = {"words": f"[^{WORD}]+", "characters": f"[{SPACE}]+"}


def ngrams(node: NGrams, operand: Values) -> Values:
    """Return the text of the list of a text's n-grams."""
    text = characters(operand)
    spaced = pc.ascii_trim(pc.replace_substring_regex(text.data, _BETWEEN[node.unit], " "), " ")
    units, counts = _words(spaced) if node.unit == "words" else _characters(spaced)
    places = np.arange(len(units)) - np.repeat(np.cumsum(counts) - counts, counts)
    units, counts = units.filter(pa.array(places < node.max)), np.minimum(counts, node.max)
    texts, _ = written_text(_sequences(node, units.cast(pa.binary()), counts), SEPARATOR)
    return Values(texts, text.valid)


def _words(spaced: pa.Array) -> tuple[pa.Array, Int64s]:
    """Return all words, and the number of each row's. `spaced`: text with a space between words and none around them."""
    lists = pc.split_pattern(spaced, " ")
    is_empty = pc.equal(spaced, "").to_numpy(zero_copy_only=False)
    words, counts = pc.list_flatten(lists), pc.list_value_length(lists).to_numpy().astype(np.int64)
    return (words.filter(pc.not_equal(words, "")) if is_empty.any() else words), np.where(is_empty, 0, counts)


def _characters(text: pa.Array) -> tuple[pa.Array, Int64s]:
    """Return all characters, and the number of each row's."""
    _, offsets, data = text.buffers()
    ends = np.frombuffer(offsets, np.int32, len(text) + 1, 4 * text.offset)
    held = np.frombuffer(data, np.uint8)[: ends[-1]] if data is not None else np.zeros(0, np.uint8)
    starts = ends[0] + np.flatnonzero((held[ends[0] :] & 0xC0) != 0x80)
    bounds = pa.py_buffer(np.append(starts, ends[-1]).astype(np.int32))
    characters = pa.Array.from_buffers(pa.string(), len(starts), [None, bounds, data])
    return characters, np.diff(np.searchsorted(starts, ends)).astype(np.int64)


def _sequences(node: NGrams, units: pa.Array, counts: Int64s) -> pa.Array:
    """Return each row's n-grams in order, lists of binary."""
    glue = b" " if node.unit == "words" else b""
    rows = np.repeat(np.arange(len(counts)), counts)
    tokens, owners = [pa.array([], pa.binary())], [np.zeros(0, np.int64)]
    for size in range(node.shortest, node.longest + 1):
        begins = max(len(units) - size + 1, 0)
        within = rows[:begins] == rows[size - 1 :]
        joined = pc.binary_join_element_wise(*(units.slice(place, begins) for place in range(size)), glue)
        tokens.append(joined.filter(pa.array(within)))
        owners.append(rows[:begins][within])
    owner = np.concatenate(owners)
    ordered = pa.concat_arrays(tokens)
    if node.longest > node.shortest:
        order = np.argsort(owner, kind="stable")
        ordered, owner = ordered.take(pa.array(order)), owner[order]
    if node.distinct:
        first = _first(ordered, owner)
        ordered, owner = ordered.take(pa.array(first)), owner[first]
    return list_array(ordered, np.bincount(owner, minlength=len(counts)).astype(np.int64))


def _first(tokens: pa.Array, owner: Int64s) -> Int64s:
    """Return the places of the tokens that their row does not have before, ascending."""
    encoded = pc.dictionary_encode(tokens)
    keys = owner * len(encoded.dictionary) + encoded.indices.to_numpy()
    return np.sort(np.unique(keys, return_index=True)[1])
