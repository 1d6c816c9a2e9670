"""Find the starts of records in text with quoted fields, without reading the file in one piece.

A field is in one of four states; each byte maps states to states. The effect of a whole range is therefore a map of four
states to four, which does not depend on the state at its start; ranges are then joined in order. The rules are those of Arrow's
parser: a quote opens only at the start of a field; inside, two quotes are one.
"""

# numba has no types that a checker could use.
# pyright: basic, reportAttributeAccessIssue=false, reportIndexIssue=false, reportCallIssue=false, reportMissingTypeStubs=false

from __future__ import annotations

import numpy as np
from numba import njit

FIELD_START, PLAIN, QUOTED, AFTER_QUOTE = range(4)
_OTHER, _QUOTE, _DELIMITER, _BREAK, _SPACE = range(5)

_NEXT = np.array(
    [  # state:  field start, plain,        quoted,      after a quote
        [PLAIN, PLAIN, QUOTED, PLAIN],  # any other byte
        [QUOTED, PLAIN, AFTER_QUOTE, QUOTED],  # the quote character
        [FIELD_START, FIELD_START, QUOTED, FIELD_START],  # the delimiter
        [FIELD_START, FIELD_START, QUOTED, FIELD_START],  # a line break
        [FIELD_START, PLAIN, QUOTED, PLAIN],  # a space that is skipped at the start of a field
    ],
    np.uint8,
)


def _compositions() -> np.ndarray:
    """Return, by byte class and packed map (two bits per starting state), the map after one more byte: uint8 [5, 256]."""
    table = np.empty((5, 256), np.uint8)
    for symbol in range(5):
        for packed in range(256):
            states = [(packed >> (2 * start)) & 3 for start in range(4)]
            table[symbol, packed] = sum(int(_NEXT[symbol, state]) << (2 * i) for i, state in enumerate(states))
    return table


_COMPOSE = _compositions()
_IDENTITY = 0b11100100


def byte_classes(quote: int, delimiter: int, *, skips_spaces: bool = False) -> np.ndarray:
    """Return the class of each byte value, as the kernels take it: uint8 [256]. `skips_spaces`: at the start of fields."""
    classes = np.full(256, _OTHER, np.uint8)
    if skips_spaces:
        classes[ord(" ")] = _SPACE
    classes[quote] = _QUOTE
    classes[delimiter] = _DELIMITER
    classes[ord("\n")] = classes[ord("\r")] = _BREAK
    return classes


@njit(cache=True, nogil=True)
def range_map(text, classes):
    """Return the states after `text` (uint8), one per state before it: uint8 [4]."""
    packed = np.uint8(_IDENTITY)
    for byte in text:
        packed = _COMPOSE[classes[byte], packed]
    states = np.empty(4, np.uint8)
    for start in range(4):
        states[start] = (packed >> np.uint8(2 * start)) & np.uint8(3)
    return states


@njit(cache=True, nogil=True)
def record_start(text, classes, state):
    """Return the offset of the first record that begins in `text` after a line break, or -1; `state` is the one before it.

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


@njit(cache=True, nogil=True)
def record_starts(text, wanted, quote, delimiter, escape, double_quote, comment, skips_spaces):
    """Return the starts of the first records at or after `wanted`, the last record's start, and whether that has no end.

    `wanted` and the starts are int64, ascending; a start is -1 if no record begins there or later. `text` (uint8) is scanned
    from its start, where a record begins; for any dialect. `quote` and `escape` are -1 if unused; `comment` (uint8) is the
    prefix of a comment line, empty if unused. `skips_spaces`: spaces at the start of a field are no part of it. A range may
    begin with comments, whose quotes have no meaning.
    """
    starts = np.full(len(wanted), -1, np.int64)
    size, marks = len(text), len(comment)
    position, last, next_wanted, state = 0, 0, 0, FIELD_START
    begins = True
    while position < size:
        if begins:
            while next_wanted < len(wanted) and wanted[next_wanted] <= position:
                starts[next_wanted] = position
                next_wanted += 1
            begins, last, state = False, position, FIELD_START
            if marks and position + marks <= size:
                same = 0
                while same < marks and text[position + same] == comment[same]:
                    same += 1
                if same == marks:
                    while position < size and text[position] != 10 and text[position] != 13:
                        position += 1
                    if position == size:
                        break
        byte = text[position]
        if byte == escape:
            position += 2
            state = QUOTED if state == QUOTED else PLAIN
            continue
        if state == QUOTED:
            if byte == quote:
                if double_quote and position + 1 < size and text[position + 1] == quote:
                    position += 1
                else:
                    state = PLAIN
        elif byte in (10, 13):
            if byte == 13 and position + 1 < size and text[position + 1] == 10:
                position += 1
            begins = True
        elif byte == delimiter:
            state = FIELD_START
        elif byte == quote and state == FIELD_START:
            state = QUOTED
        elif byte == 32 and state == FIELD_START and skips_spaces:
            pass
        else:
            state = PLAIN
        position += 1
    return starts, last, (state == QUOTED and not begins) or position > size
