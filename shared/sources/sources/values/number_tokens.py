"""Numbers as categories, for decimals, floats and the numbers of JSON: spelled as `contracts.features.spelling` has it.

The number decides, not how it was written: the decimal 5.00, the double 5.0, the JSON number 5.0 and the integer 5 are all `5`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.features.spelling import SMALLEST_PLAIN, decimal_token


def number_token(value: np.floating[Any] | float) -> bytes | None:
    """Return a float as a category: a whole number in full, another by the fewest digits of its width; None if not finite."""
    if not np.isfinite(value):
        return None
    return (str(int(value)) if float(value).is_integer() else str(value)).encode()


def json_number_token(text: str) -> bytes | None:
    """Return a JSON number with a fraction or an exponent as a category: that of its double, unless it has more digits.

    Past the range of doubles it is infinite, so missing, or 0.
    """
    double = float(text)
    if not double or not np.isfinite(double):
        return number_token(double)
    exact = Decimal(text)
    return number_token(double) if exact == Decimal(repr(double)) else decimal_token(exact)


def number_tokens(column: pa.Array) -> pa.Array:
    """Return a column of floats, decimals or whole numbers as categories, null where null or not finite."""
    if pa.types.is_floating(column.type):
        return _float_tokens(column)
    if pa.types.is_integer(column.type):
        return column.cast(pa.string()).cast(pa.binary())
    text = column.cast(pa.string())
    scale = column.type.scale
    if scale == 0:
        return text.cast(pa.binary())
    if 0 < scale <= -SMALLEST_PLAIN:  # Arrow writes all of `scale` digits, and no exponent
        return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".").cast(pa.binary())
    spelled = [None if number is None else decimal_token(Decimal(number)) for number in text.to_pylist()]
    return pa.array(spelled, pa.binary())


def _float_tokens(column: pa.Array) -> pa.Array:
    if not pa.types.is_float16(column.type):  # which Arrow cannot encode
        encoded = column.dictionary_encode()
        if len(encoded.dictionary) < len(column):
            return _float_tokens(encoded.dictionary).take(encoded.indices)
    return pa.array([number_token(value) for value in column.to_numpy(zero_copy_only=False)], pa.binary())


def decimal_doubles(column: pa.Array) -> pa.Array:
    """Return a decimal column as the nearest doubles, by way of its text: Arrow's own cast multiplies, and so rounds twice."""
    return column.cast(pa.string()).cast(pa.float64())
