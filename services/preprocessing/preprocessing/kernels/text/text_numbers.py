"""Recognize numbers in text, so that a value has one hash whether it is read as text or as a number."""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

from preprocessing.kernels.fingerprint import MISSING, number_item
from preprocessing.kernels.memory import bits_of_double, is_valid, read_i32, read_u8, read_u64

TEXT, NUMBER, LONG_NUMBER = 0, 1, 2
"""The kinds of a value; a long number is one whose double needs more than one operation to compute."""

_EXACT_DIGITS = 15
_EXACT_POWER = 22
_BEYOND_ALL, _BELOW_ALL = 309, -324
"""Powers of ten between which a double is neither infinite nor zero."""
_POWERS = np.array([10.0**power for power in range(_EXACT_POWER + 1)])
_WORDS = np.array([0x74727565, 0x66616C7365, 0x6E616E, 0x696E66, 0x696E66696E697479], np.uint64)
"""`true`, `false`, `nan`, `inf` and `infinity`, as big-endian numbers."""
_WORD_VALUES = np.array([1.0, 0.0, np.nan, np.inf, np.inf])


@njit(inline="always")
def _is_digit(byte):
    return np.uint8(48) <= byte <= np.uint8(57)


@njit
def _word(begin, end):
    """Return the index of a word of `_WORDS`, in any case; -1 for another one."""
    if end - begin < 3 or end - begin > 8:
        return -1
    word = np.uint64(0)
    for address in range(begin, end):
        word = (word << np.uint64(8)) | np.uint64(read_u8(address) | np.uint8(32))
    for index in range(len(_WORDS)):
        if _WORDS[index] == word:
            return index
    return -1


@njit(cache=True)
def _number(begin, end, point, group):  # noqa: PLR0911 - one pass over one grammar
    """Return the kind of the text between two addresses, and its value where that is exact."""
    while begin < end and (read_u8(begin) == 32 or read_u8(begin) == 9):
        begin += 1
    while begin < end and (read_u8(end - 1) == 32 or read_u8(end - 1) == 9):
        end -= 1
    negative = begin < end and read_u8(begin) == 45
    first = position = begin + 1 if negative or (begin < end and read_u8(begin) == 43) else begin
    mantissa, digits, seen, power, is_fraction = 0, 0, 0, 0, False
    while position < end:
        byte = read_u8(position)
        if _is_digit(byte):
            seen += 1
            if digits or byte != 48:
                digits += 1
                if digits <= _EXACT_DIGITS:
                    mantissa = mantissa * 10 + np.int64(byte - np.uint8(48))
            if is_fraction:
                power -= 1
        elif byte == point and not is_fraction:
            is_fraction = True
        elif byte != group or is_fraction or not seen:
            break
        position += 1
    if not seen:
        word = _word(first, end)
        if word < 0:
            return TEXT, 0.0
        return NUMBER, -_WORD_VALUES[word] if negative else _WORD_VALUES[word]
    if position + 1 < end and (read_u8(position) | np.uint8(32)) == 101:
        position += 1
        sign = 1
        if read_u8(position) == 45 or read_u8(position) == 43:
            sign = -1 if read_u8(position) == 45 else 1
            position += 1
        if position == end:
            return TEXT, 0.0
        exponent = 0
        while position < end and _is_digit(read_u8(position)):
            exponent = min(exponent * 10 + np.int64(read_u8(position) - np.uint8(48)), 99_999)
            position += 1
        power += sign * exponent
    if position != end:
        return TEXT, 0.0
    if digits == 0:
        return NUMBER, 0.0
    # The value lies between 10**(digits + power - 1) and 10**(digits + power).
    if digits + power > _BEYOND_ALL:
        return NUMBER, -np.inf if negative else np.inf
    if digits + power < _BELOW_ALL:
        return NUMBER, 0.0
    if digits > _EXACT_DIGITS or abs(power) > _EXACT_POWER:
        return LONG_NUMBER, 0.0
    # Both operands are exact, so the result is rounded once. Source: Clinger, "How to read floating point numbers
    # accurately", PLDI 1990.
    value = mantissa * _POWERS[power] if power >= 0 else mantissa / _POWERS[-power]
    return NUMBER, -value if negative else value


@njit(inline="always")
def _may_be_number(begin, end):
    """Return false for most text that is not a number: by its first byte, and by a letter other than e among the first eight."""
    first = read_u8(begin)
    if first > 57:
        first |= np.uint8(32)
        return first == 116 or first == 102 or first == 110 or first == 105  # noqa: PLR1714 - no sets here
    if end - begin < 8 or not _is_digit(first):
        return True
    # Eight bytes at once: the high bit of each that is above `9`, less those that are an e.
    eight = read_u64(begin)
    above = ((eight + np.uint64(0x4646464646464646)) | eight) & np.uint64(0x8080808080808080)
    other = (eight | np.uint64(0x2020202020202020)) ^ np.uint64(0x6565656565656565)
    is_e = (other - np.uint64(0x0101010101010101)) & ~other
    return above & ~is_e == 0


@njit
def _is_null(number, nulls, rounded_nulls):
    for null in nulls:
        if number == null:
            return True
    rounded = np.float32(number)
    for null in rounded_nulls:  # noqa: SIM110 - no generators here
        if rounded == null:
            return True
    return False


@njit(cache=True, nogil=True)
def number_items(items, long_rows, values, offsets, bitmap, start, point, group, nulls, rounded_nulls):
    """Replace the items, uint64 [rows], of a binary column's values that are numbers by those of the numbers.

    A number that equals one of `nulls`, float64, or as float32 one of `rounded_nulls`, float32, is missing.

    Returns the number of `long_rows`: int64 [rows], of which it fills the first with the rows of long numbers. `point` and
    `group`: the bytes of the decimal point and of the digit groups' separator, -1 for none.
    """
    is_quick = point < 58 and group < 58
    count = 0
    for row in range(len(items)):
        position = row + start
        if not is_valid(bitmap, position):
            continue
        begin = values + np.int64(read_i32(offsets + 4 * position))
        end = values + np.int64(read_i32(offsets + 4 * position + 4))
        if begin == end or (is_quick and not _may_be_number(begin, end)):
            continue
        kind, number = _number(begin, end, point, group)
        if kind == NUMBER:
            is_null = len(nulls) and _is_null(number, nulls, rounded_nulls)
            items[row] = MISSING if is_null else number_item(bits_of_double(number))
        elif kind == LONG_NUMBER:
            long_rows[count] = row
            count += 1
    return count
