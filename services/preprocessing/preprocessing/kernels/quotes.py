"""Where records begin in text with quoted fields, found without reading the file in one piece.

A field is in one of four states; each byte maps states to states. The effect of a whole range is therefore a map of four
states to four, which is known without knowing where the range begins; ranges are then joined in order. The rules are those
of Arrow's parser: a quote opens only at the start of a field; inside, two quotes are one.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

FIELD_START, PLAIN, QUOTED, AFTER_QUOTE = range(4)
_OTHER, _QUOTE, _DELIMITER, _BREAK = range(4)

_NEXT = np.array(
    [  # state:  field start, plain,        quoted,      after a quote
        [PLAIN, PLAIN, QUOTED, PLAIN],  # any other byte
        [QUOTED, PLAIN, AFTER_QUOTE, QUOTED],  # the quote character
        [FIELD_START, FIELD_START, QUOTED, FIELD_START],  # the delimiter
        [FIELD_START, FIELD_START, QUOTED, FIELD_START],  # a line break
    ],
    np.uint8,
)


def _compositions() -> np.ndarray:
    """By byte class and packed map (two bits per starting state): the map after one more byte."""
    table = np.empty((4, 256), np.uint8)
    for symbol in range(4):
        for packed in range(256):
            states = [(packed >> (2 * start)) & 3 for start in range(4)]
            table[symbol, packed] = sum(int(_NEXT[symbol, state]) << (2 * i) for i, state in enumerate(states))
    return table


_COMPOSE = _compositions()
_IDENTITY = 0b11100100


def byte_classes(quote: int, delimiter: int) -> np.ndarray:
    """The class of each byte value, as the kernels take it."""
    classes = np.full(256, _OTHER, np.uint8)
    classes[quote] = _QUOTE
    classes[delimiter] = _DELIMITER
    classes[ord("\n")] = classes[ord("\r")] = _BREAK
    return classes


@njit(cache=True, nogil=True)
def range_map(text, classes):
    """The states after `text` (uint8), one per state before it: uint8 [4]."""
    packed = np.uint8(_IDENTITY)
    for byte in text:
        packed = _COMPOSE[classes[byte], packed]
    states = np.empty(4, np.uint8)
    for start in range(4):
        states[start] = (packed >> np.uint8(2 * start)) & np.uint8(3)
    return states


@njit(cache=True, nogil=True)
def record_start(text, classes, state):
    """The offset of the first record that begins in `text` after a line break, -1 if none does; `state` is the one before.

    A break of carriage return and line feed is one break: the record begins after both.
    """
    for i in range(len(text)):
        symbol = classes[text[i]]
        if symbol == _BREAK and state != QUOTED:
            if text[i] == 13:
                if i + 1 == len(text):
                    return -1
                if text[i + 1] == 10:
                    continue
            return i + 1
        state = _NEXT[symbol, state]
    return -1
