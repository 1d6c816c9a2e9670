"""Numbers as the model sees them: float32, within its range and without its subnormal numbers."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

LARGEST_FLOAT32 = 3.4028234663852886e38
SMALLEST_NORMAL_FLOAT32 = 2.0**-126


def float32(value: float) -> float:
    """Return the nearest float32, as a double. Too large a value is clamped; one below the smallest normal float32 becomes 0.

    TensorFlow flushes subnormal numbers to 0 on some threads and not on others, so no rule may depend on them.

    >>> float32(0.1), float32(1e300), float32(1e-40)
    (0.10000000149011612, 3.4028234663852886e+38, 0.0)
    """
    bounded = min(max(value, -LARGEST_FLOAT32), LARGEST_FLOAT32)
    rounded: float = struct.unpack("<f", struct.pack("<f", bounded))[0]
    return rounded if abs(rounded) >= SMALLEST_NORMAL_FLOAT32 else 0.0


def null_numbers(tokens: Iterable[str]) -> list[float]:
    """Return the null tokens that are numbers, as float32s. Numbers beyond float32 are left out: they are missing in any case.

    >>> null_numbers(["NA", "-999", "1e400", "0.1"])
    [-999.0, 0.10000000149011612]
    """
    numbers: list[float] = []
    for token in tokens:
        try:
            number = float(token)
        except ValueError:
            continue
        rounded = float32(number) if abs(number) <= LARGEST_FLOAT32 else math.nan
        if rounded or number == 0:
            numbers.append(rounded)
    return [number for number in numbers if not math.isnan(number)]
