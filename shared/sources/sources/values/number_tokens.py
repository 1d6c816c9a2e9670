"""The one spelling of a number as a category, for decimals, floats and the numbers of JSON.

The number decides, not how it was written: no zeros at the end of a fraction, no point after a whole number, no sign of zero.
The decimal 5.00, the double 5.0, the JSON number 5.0 and the integer 5 are all `5`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SMALLEST_PLAIN, _LARGEST_PLAIN = -4, 308
"""Powers of ten of the first digit between which a number is written without an exponent: the smaller as Python has it for
doubles, the larger that of the largest double."""


def number_token(value: np.floating[Any] | float) -> bytes | None:
    """Return a float as a category: a whole number in full, another by the fewest digits of its width; None for NaN."""
    if np.isnan(value):
        return None
    return (str(int(value)) if float(value).is_integer() else str(value)).encode()


def decimal_token(value: Decimal) -> bytes:
    """Return a finite decimal as a category, with all of its digits.

    >>> decimal_token(Decimal("90.20")), decimal_token(Decimal("-0.00")), decimal_token(Decimal("1E+3"))
    (b'90.2', b'0', b'1000')
    >>> decimal_token(Decimal("0.0000120"))
    b'1.2e-05'
    """
    if not value:
        return b"0"
    if _SMALLEST_PLAIN <= value.adjusted() <= _LARGEST_PLAIN:
        return _without_final_zeros(f"{value:f}").encode()
    sign, digits, _ = value.as_tuple()
    first, *others = map(str, digits)
    mantissa = _without_final_zeros(f"{first}.{''.join(others)}")
    return f"{'-' if sign else ''}{mantissa}e{value.adjusted():+03d}".encode()


def json_number_token(text: str) -> bytes | None:
    """Return a JSON number with a fraction or an exponent as a category: that of its double, unless it has more digits.

    Past the range of doubles it is infinite, or 0.
    """
    double = float(text)
    if not double or not np.isfinite(double):
        return number_token(double)
    exact = Decimal(text)
    return number_token(double) if exact == Decimal(repr(double)) else decimal_token(exact)


def number_tokens(column: pa.Array) -> pa.Array:
    """Return a column of floats or decimals as categories, null where null or NaN."""
    if pa.types.is_floating(column.type):
        return pa.array([number_token(value) for value in column.to_numpy(zero_copy_only=False)], pa.binary())
    text = column.cast(pa.string())
    scale = column.type.scale
    if scale == 0:
        return text.cast(pa.binary())
    if 0 < scale <= -_SMALLEST_PLAIN:  # Arrow writes all of `scale` digits, and no exponent
        return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".").cast(pa.binary())
    spelled = [None if number is None else decimal_token(Decimal(number)) for number in text.to_pylist()]
    return pa.array(spelled, pa.binary())


def decimal_doubles(column: pa.Array) -> pa.Array:
    """Return a decimal column as the nearest doubles, by way of its text: Arrow's own cast multiplies, and so rounds twice."""
    return column.cast(pa.string()).cast(pa.float64())


def _without_final_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
