"""Judge whether the text of a column is lists with a separator, of several lengths: of tokens that come again, or of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features import Many
from preprocessing.proposals.sampled_columns import Column

SEPARATORS = ("|", ";", ", ", ",")
"""Those that are tried, in this order."""
FEWEST_VALUES = 20
SHARE_WITH_SEPARATOR = 0.2
"""Share of the different values that hold the separator at least."""
SHARE_OF_OTHER_LENGTHS = 0.05
"""Share of the different values that are not of the usual length at least: parts of one length are no list."""
TOKENS_PER_VALUE = 0.5
"""Different tokens for each different value at most: lists are combinations of few tokens."""
LONGEST_TOKEN = 40
"""Characters of a token on average at most: longer ones are clauses of a text."""


@dataclass(frozen=True)
class SeparatedLists:
    """The kind and the options of a feature of lists, with what was seen."""

    kind: Literal["categorical", "numeric"]
    options: dict[str, Any]
    evidence: dict[str, Any]


def separated_lists(column: Column) -> SeparatedLists | None:
    """Return the options for a column of lists with a separator; None for other columns."""
    if column.distinct < FEWEST_VALUES:
        return None
    judged = (_by(column, separator) for separator in SEPARATORS)
    return next((lists for lists in judged if lists is not None), None)


def _by(column: Column, separator: str) -> SeparatedLists | None:
    texts: pa.Array = column.text
    if pc.mean(pc.match_substring(texts, separator)).as_py() < SHARE_WITH_SEPARATOR:
        return None
    lists = pc.split_pattern(texts, separator)
    lengths, tokens = pc.list_value_length(lists).to_numpy(), pc.list_flatten(lists)
    usual = int(np.bincount(lengths).max())
    different = len(tokens.unique())
    has_lengths = usual <= (1 - SHARE_OF_OTHER_LENGTHS) * len(texts)
    default = Many()
    rule: dict[str, Any] = {} if separator == default.separator else {"separator": separator}
    evidence = {"separator": separator, "distinct": column.distinct, "tokens": different, "longest": int(lengths.max())}
    if has_lengths and separator != "," and _are_fractions(tokens):
        return SeparatedLists("numeric", {"many": rule}, evidence)
    is_list = (
        has_lengths
        and different <= TOKENS_PER_VALUE * len(texts)
        and pc.mean(pc.utf8_length(tokens)).as_py() <= LONGEST_TOKEN
    )
    if not is_list:
        return None
    if lengths.max() > default.max:
        rule["max"] = int(min(2 * lengths.max(), 1000))
    return SeparatedLists("categorical", {"many": rule}, evidence)


def _are_fractions(tokens: pa.Array) -> bool:
    """Return whether all tokens are numbers or missing, and some have a fraction: amounts, and no codes."""
    there = tokens.filter(pc.not_equal(tokens, ""))
    try:
        numbers = pc.utf8_trim_whitespace(there).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return bool(pc.any(pc.not_equal(numbers, pc.floor(numbers))).as_py())
