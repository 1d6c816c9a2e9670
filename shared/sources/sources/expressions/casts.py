"""Casts, one function for each pair of types."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.expressions import ResultType
from contracts.expressions.nodes.casts import Cast
from contracts.expressions.patterns.literals import DOUBLE, FALSE, INTEGER, LARGEST_DIGITS, TRUE
from contracts.features import EMPTY_LIST
from sources.expressions.functions import as_integers
from sources.expressions.values import Bools, Doubles, Values, without_subnormals

_INT32 = 2**31
_NO_NUMBERS = pa.array([b"", EMPTY_LIST.encode()], pa.binary())
_PLAIN = b"0123456789.-eE"


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
    doubles, is_number = read_doubles(operand.data)
    return Values(without_subnormals(doubles), operand.valid & is_number)


def read_doubles(texts: pa.Array) -> tuple[Doubles, Bools]:
    """Return the number that each text of a binary array is, float64 [texts], 0 where it is none, and which are numbers.

    Most texts are as programs write them, which Arrow parses at once; the pattern that takes others apart is slow.
    """
    is_written = pc.invert(pc.is_in(texts, _NO_NUMBERS))
    written = texts.filter(is_written)
    if _has_plain_bytes(written):
        try:
            return _in_place(_parsed(written), is_written)
        except pa.ArrowInvalid:
            pass  # as by "1e" or "-"
    is_number = pc.match_substring_regex(texts, DOUBLE)
    digits = pc.replace_substring_regex(texts.filter(is_number).view(pa.string()), DOUBLE, r"\1\2")
    return _in_place(_parsed(digits), is_number)


def _parsed(digits: pa.Array) -> Doubles:
    return pc.cast(digits.view(pa.string()), pa.float64()).to_numpy(zero_copy_only=False)


def _in_place(numbers: Doubles, is_number: pa.Array) -> tuple[Doubles, Bools]:
    there = is_number.to_numpy(zero_copy_only=False)
    doubles = np.zeros(len(there))
    doubles[there] = numbers
    return doubles, there


def _has_plain_bytes(texts: pa.Array) -> bool:
    """Return true if texts have no byte but digits, `.`, `-`, `e` and `E`, of which Arrow parses what `DOUBLE` matches."""
    data = texts.buffers()[2]
    return data is None or not data.to_pybytes().translate(None, _PLAIN)


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
