"""Lists of tokens in a sample of a column: how long they are, and a separator that no token holds."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.values.arrow_values import is_list
from sources.values.list_text import list_array, split_text
from sources.vectors.spread_columns import list_lengths

SEPARATORS = ("|", ";", ",", "\x1f")
"""Those that are tried, in this order; the last is a character for this purpose (U+001F, unit separator)."""


@dataclass(frozen=True)
class SampledTokens:
    """Lists of tokens: how many there are, the most tokens of one, different tokens, and the first separator in none of these."""

    lists: int
    longest: int
    different: int
    separator: str | None


def column_tokens(parts: Iterable[pa.Array]) -> SampledTokens | None:
    """Return the lists of scalars in parts of a column; None where there is none."""
    own = [part for part in parts if is_list(part.type)]
    if not own:
        return None
    lengths = np.concatenate([list_lengths(part) for part in own])
    texts = {text for part in own for text in _texts(pc.list_flatten(part))}
    return _sampled(lengths[lengths >= 0].tolist(), texts)


def lists_of_texts(texts: pa.Array, separator: str) -> pa.Array:
    """Return lists from their texts: of float64 where each token of the array is a number, else of bytes; null where missing."""
    lists = split_text(texts, separator)
    tokens = pc.if_else(pc.equal(lists.tokens, b""), pa.scalar(None, pa.binary()), lists.tokens)
    with suppress(pa.ArrowInvalid):  # a token that is no number, or no text
        tokens = tokens.cast(pa.string()).cast(pa.float64())
    return list_array(tokens, lists.lengths)


def json_tokens(values: Iterable[Any]) -> SampledTokens | None:
    """Return the JSON lists of a column, of text, numbers and booleans; None where there is none."""
    lists = [cast("list[Any]", value) for value in values if isinstance(value, list)]
    return _sampled(list(map(len, lists)), {str(part) for value in lists for part in value if part is not None})


def _texts(values: pa.Array) -> list[str]:
    plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    different = pc.unique(plain.drop_null()).to_pylist()
    return [part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in different]


def _sampled(lengths: list[int], texts: set[str]) -> SampledTokens | None:
    if not lengths:
        return None
    separator = next((mark for mark in SEPARATORS if not any(mark in text for text in texts)), None)
    return SampledTokens(len(lengths), max(lengths), len(texts), separator)
