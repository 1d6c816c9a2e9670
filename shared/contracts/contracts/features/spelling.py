"""The one spelling of numbers and booleans as categories, from files of every format and in every request.

A number is its shortest decimal digits: no zeros at the end of a fraction, no point after a whole number, no sign of zero, and
an exponent only below 0.0001, as Python writes it. A boolean is `true` or `false`. Text is respelled only if it is what
programs write for a number or a boolean: `101.0` and `True` of pandas, `1.2345678E7` of Java, `1e+05` of R, `6.50` of SQL. Codes
stay as they are: leading zeros (`06`), a plus sign, an exponent without sign and point (`1e5`, `3E21`), several points.

The same function is in the graph of a model (`modeling.layers.token_text.canonical_tokens`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

TokenSpelling = Literal["canonical", "written"]

LETTERS = "TF"
"""First characters of the words that are respelled."""
FIRST_CHARACTERS = frozenset(f"{LETTERS}-.0123456789")
"""First characters of all text that is respelled."""
LAST_CHARACTERS = frozenset("eE0123456789")
"""Last characters of all text that is respelled."""
MARKS = ".+-"
"""Each number that is respelled has one of these characters."""

WORDS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
PLAIN = r"-?(?:(?:0|[1-9][0-9]*)\.[0-9]+|\.[0-9]+|0)"
LARGE = r"-?[1-9](?:\.[0-9]{1,16}[eE]\+?|[eE]\+)0{0,2}(?:[0-9]|[1-9][0-9]|[12][0-9][0-9]|30[0-7])"
"""Scientific notation of numbers of 1 and more that a double can hold, by up to 17 digits."""
SMALL = r"-?[1-9](?:\.[0-9]{1,16})?[eE]-0{0,2}(?:[4-9]|[1-9][0-9]|[1-3][0-9][0-9])"
"""Scientific notation of numbers below 0.001; programs write larger ones without an exponent."""

SMALLEST_PLAIN, LARGEST_PLAIN = -4, 308
"""Powers of ten of the first digit between which a number is written without an exponent: the smaller as Python has it for
doubles, the larger that of the largest double."""
_LARGEST_EXACT = 2**53
_PLAIN, _LARGE, _SMALL = re.compile(PLAIN), re.compile(LARGE), re.compile(SMALL)
_FIRST_BYTES = frozenset(ord(character) for character in FIRST_CHARACTERS)


def canonical_text(text: str, point: str = ".") -> str:
    """Return the canonical spelling of a category that is text; most text is its own.

    `point`: the decimal point of its source's numbers. With another than `.`, text that has a `.` stays: it is a code, or has
    its spelling already.

    >>> [canonical_text(text) for text in ("101.0", "6.50", "-0", ".5", "1.2345678E7", "1e+05", "0.00001", "TRUE")]
    ['101', '6.5', '0', '0.5', '12345678', '100000', '1e-05', 'true']
    >>> [canonical_text(text) for text in ("06", "+1", "1e5", "1.2.0", "5.", "true", "yes", "")]
    ['06', '+1', '1e5', '1.2.0', '5.', 'true', 'yes', '']
    >>> [canonical_text(text, ",") for text in ("101,0", "6,50", ",5", "1.234,5", "101.0", "1,2,0")]
    ['101', '6.5', '0.5', '1.234,5', '101.0', '1,2,0']
    """
    if point != ".":
        return _with_point(text, point)
    return text if text[:1] not in FIRST_CHARACTERS or text.isdecimal() else _respelled(text)


def canonical_token(token: bytes, point: str = ".") -> bytes:
    """Return the canonical spelling of a category, as `canonical_text`; bytes may be of any encoding."""
    if point != ".":
        text = token.decode("latin-1")
        respelled = _with_point(text, point)
        return token if respelled == text else respelled.encode()
    if not token or token[0] not in _FIRST_BYTES or token.isdigit():
        return token
    text = token.decode("latin-1")
    respelled = _respelled(text)
    return token if respelled == text else respelled.encode()


def decimal_token(value: Decimal) -> bytes:
    """Return a finite decimal as a category, with all of its digits.

    >>> decimal_token(Decimal("90.20")), decimal_token(Decimal("-0.00")), decimal_token(Decimal("1E+3"))
    (b'90.2', b'0', b'1000')
    >>> decimal_token(Decimal("0.0000120"))
    b'1.2e-05'
    """
    if not value:
        return b"0"
    if SMALLEST_PLAIN <= value.adjusted() <= LARGEST_PLAIN:
        return _without_final_zeros(f"{value:f}").encode()
    sign, digits, _ = value.as_tuple()
    first, *others = map(str, digits)
    mantissa = _without_final_zeros(f"{first}.{''.join(others)}")
    return f"{'-' if sign else ''}{mantissa}e{value.adjusted():+03d}".encode()


def _with_point(text: str, point: str) -> str:
    if "." in text:
        return text
    if point not in text:
        return canonical_text(text)
    return _number(text.replace(point, ".")) or text


def _respelled(text: str) -> str:
    return WORDS.get(text, text) if text[0] in LETTERS else _number(text) or text


def _number(text: str) -> str | None:
    """Return the spelling of a number as programs write it; None for other text."""
    if _PLAIN.fullmatch(text):
        return _plain(text)
    if _LARGE.fullmatch(text):
        exact = Decimal(text)
        # Past 2^53 a whole number is that of the double, which is what typed formats hold.
        is_double = abs(exact) >= _LARGEST_EXACT and exact == exact.to_integral_value()
        return str(int(float(text))) if is_double else decimal_token(exact).decode()
    return decimal_token(Decimal(text)).decode() if _SMALL.fullmatch(text) else None


def _plain(text: str) -> str:
    whole, _, fraction = text.removeprefix("-").partition(".")
    whole, fraction = whole or "0", fraction.rstrip("0")
    number = f"{whole}.{fraction}" if fraction else whole
    signed = f"-{number}" if text.startswith("-") and number != "0" else number
    is_small = whole == "0" and fraction.startswith("0" * -SMALLEST_PLAIN)
    return decimal_token(Decimal(signed)).decode() if is_small else signed


def _without_final_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
