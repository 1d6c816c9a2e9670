"""Numbers and booleans in text, as casts read them: patterns of RE2 for the whole text, with ASCII spaces around."""

from __future__ import annotations

import re

_SPACES = r"[\x00-\x20]*"

_SIGN = r"(?:\+|(-))?"
_UNSIGNED = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

DOUBLE = rf"\A{_SPACES}{_SIGN}({_UNSIGNED}){_SPACES}\z"
"""Group 1 is the minus sign, group 2 the number behind it."""

PLAIN_DOUBLE = rf"\A[+-]?{_UNSIGNED}\z"
"""A number as programs write it: without spaces."""

NUMBER_OR_MISSING = rf"(?:{DOUBLE})|(?i:\A{_SPACES}[+-]?(?:nan|inf|infinity){_SPACES}\z)|\A\z"
"""An element of a list of numbers: a number, also an infinity, or nothing."""

INTEGER = rf"\A{_SPACES}{_SIGN}0*([0-9]+)(?:\.[0-9]*)?{_SPACES}\z"
"""Group 1 is the minus sign, group 2 the digits before a fraction without leading zeros, at least one."""

LARGEST_DIGITS = {"+": "9223372036854775807", "-": "9223372036854775808"}
"""The largest int64 of each sign."""

TRUE = rf"\A{_SPACES}(?:[tT]([rR][uU][eE])?|[yY]([eE][sS])?|1){_SPACES}\z"
FALSE = rf"\A{_SPACES}(?:[fF]([aA][lL][sS][eE])?|[nN][oO]?|0){_SPACES}\z"

UTF8 = r"(?s)\A[\x{0}-\x{D7FF}\x{E000}-\x{10FFFF}]*\z"
"""Any text of code points: bytes that are not UTF-8 do not match."""


def plain_doubles(separator: str) -> str:
    """Return the pattern of one or more numbers without spaces, with a separator that has no character of numbers between."""
    number = rf"[+-]?{_UNSIGNED}"
    return rf"\A{number}(?:{re.escape(separator)}{number})*\z"
