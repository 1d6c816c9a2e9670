"""Functions of text. Those of characters have no value for bytes that are not UTF-8."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions.nodes.text import Concatenate, Length, Substring, TextFunction
from contracts.expressions.patterns.literals import UTF8
from sources.expressions.values import Values, all_valid


def characters(operand: Values) -> Values:
    """Return text as a string array; invalid and empty where the bytes are not UTF-8."""
    text = operand.data.view(pa.string())
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        is_utf8 = pc.match_substring_regex(text, UTF8)
        text = pc.if_else(is_utf8, text, "")
        return Values(text, operand.valid & is_utf8.to_numpy(zero_copy_only=False))
    return Values(text, operand.valid)


def _lower(operand: Values) -> Values:
    text = characters(operand)
    return Values(pc.utf8_lower(text.data).cast(pa.binary()), text.valid)


def _upper(operand: Values) -> Values:
    text = characters(operand)
    return Values(pc.utf8_upper(text.data).cast(pa.binary()), text.valid)


def _trimmed(trim: Callable[..., Any], operand: Values) -> Values:
    return Values(trim(operand.data.view(pa.string()), " ").view(pa.binary()), operand.valid)


def _trim(operand: Values) -> Values:
    return _trimmed(pc.ascii_trim, operand)


def _ltrim(operand: Values) -> Values:
    return _trimmed(pc.ascii_ltrim, operand)


def _rtrim(operand: Values) -> Values:
    return _trimmed(pc.ascii_rtrim, operand)


def _nfkd(operand: Values) -> Values:
    text = characters(operand)
    return Values(pc.utf8_normalize(text.data, form="NFKD").cast(pa.binary()), text.valid)


FUNCTIONS: dict[str, Callable[[Values], Values]] = {
    "lower": _lower,
    "upper": _upper,
    "trim": _trim,
    "ltrim": _ltrim,
    "rtrim": _rtrim,
    "nfkd": _nfkd,
}


def text_function(node: TextFunction, operand: Values) -> Values:
    """Return text in another case, or without spaces."""
    return FUNCTIONS[node.op](operand)


def length(node: Length, operand: Values) -> Values:
    """Return the number of characters."""
    del node
    text = characters(operand)
    return Values(pc.utf8_length(text.data).to_numpy().astype(np.int64), text.valid)


def substring(node: Substring, operand: Values) -> Values:
    """Return characters from a position on."""
    text = characters(operand)
    start = node.start - 1 if node.start > 0 else node.start
    stop = start + node.length
    if node.length <= 0:
        start = stop = 0
    is_to_the_end = start < 0 <= stop
    part = pc.utf8_slice_codeunits(text.data, start, None if is_to_the_end else stop)
    return Values(part.view(pa.binary()), text.valid)


def concatenate(node: Concatenate, *parts: Values) -> Values:
    """Return the texts, one after the other."""
    del node
    joined = pc.binary_join_element_wise(*(part.data for part in parts), b"")
    return Values(joined, all_valid(*parts))
