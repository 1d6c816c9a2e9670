"""Casts, one function for each pair of types."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions import ResultType
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.patterns.literals import DOUBLE, FALSE, INTEGER, LARGEST_DIGITS, TRUE
from sources.expressions.functions import as_integers
from sources.expressions.values import Bools, Values, without_subnormals

_INT32 = 2**31


def cast(node: Cast, operand: Values) -> Values:
    """Return the operand as another type, null where it has no place there."""
    source = node.operand.result_type
    result = operand if source == node.to else CASTS[source, node.to](operand)
    if node.to == "integer" and node.bits == 32:
        return result.where((result.data >= -_INT32) & (result.data < _INT32))
    return result


def _to_double(operand: Values) -> Values:
    return Values(operand.data.astype(np.float64), operand.valid)


def _boolean_to_integer(operand: Values) -> Values:
    return Values(operand.data.astype(np.int64), operand.valid)


def _double_to_integer(operand: Values) -> Values:
    return as_integers(Values(np.trunc(operand.data), operand.valid))


def _to_boolean(operand: Values) -> Values:
    return Values(operand.data != 0, operand.valid)


def _to_text(operand: Values) -> Values:
    return Values(pc.cast(pa.array(operand.data), pa.string()).view(pa.binary()), operand.valid)


def _text_to_double(operand: Values) -> Values:
    is_number = _matches(operand, DOUBLE)
    text = _rewritten(operand, is_number, DOUBLE, r"\1\2", "0")
    return Values(without_subnormals(pc.cast(text, pa.float64()).to_numpy()), operand.valid & is_number)


def _text_to_integer(operand: Values) -> Values:
    is_number = _matches(operand, INTEGER)
    digits = _rewritten(operand, is_number, INTEGER, r"\2", "0")
    is_negative = pc.starts_with(_rewritten(operand, is_number, INTEGER, r"\1", ""), "-")
    count = pc.binary_length(digits)
    largest = pc.if_else(is_negative, LARGEST_DIGITS["-"], LARGEST_DIGITS["+"])
    in_range = pc.or_(pc.less(count, 19), pc.and_(pc.equal(count, 19), pc.less_equal(digits, largest)))
    signed = pc.binary_join_element_wise(pc.if_else(is_negative, "-", ""), pc.if_else(in_range, digits, "0"), "")
    fits = in_range.to_numpy(zero_copy_only=False)
    return Values(pc.cast(signed, pa.int64()).to_numpy(), operand.valid & is_number & fits)


def _text_to_boolean(operand: Values) -> Values:
    is_true = _matches(operand, TRUE)
    return Values(is_true, operand.valid & (is_true | _matches(operand, FALSE)))


def _matches(operand: Values, pattern: str) -> Bools:
    return pc.match_substring_regex(operand.data, pattern).to_numpy(zero_copy_only=False)


def _rewritten(operand: Values, is_number: Bools, pattern: str, rewrite: str, other: str) -> pa.Array:
    """Return a group of the pattern as a string array; `other` where nothing matches."""
    text = pc.if_else(pa.array(is_number), operand.data, other.encode()).view(pa.string())
    return pc.replace_substring_regex(text, pattern, rewrite)


CASTS: dict[tuple[ResultType, ResultType], Callable[[Values], Values]] = {
    ("integer", "double"): _to_double,
    ("integer", "text"): _to_text,
    ("integer", "boolean"): _to_boolean,
    ("double", "integer"): _double_to_integer,
    ("double", "boolean"): _to_boolean,
    ("boolean", "double"): _to_double,
    ("boolean", "integer"): _boolean_to_integer,
    ("boolean", "text"): _to_text,
    ("text", "double"): _text_to_double,
    ("text", "integer"): _text_to_integer,
    ("text", "boolean"): _text_to_boolean,
}
