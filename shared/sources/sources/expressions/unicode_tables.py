"""Tables of Unicode as Arrow has it, for the graph: TensorFlow's own are ICU's, of another version, and it has no normalization.

The version is that of Arrow's utf8proc (normalization) and RE2 (categories).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Points: TypeAlias = npt.NDArray[np.int32]
"""Code points."""
_LAST = 0x110000
_SURROGATES = range(0xD800, 0xE000)
_MARKS_END = 0x20000
"""No character above is put in order."""


@dataclass(frozen=True)
class Decomposition:
    """Normalization form KD: the characters that change, ascending, and for each its part of `parts`, from one end to the next.

    `marks`: the characters that are put in order after the one that they modify, ascending; `ranks` their order, from 1.
    """

    changed: Points
    ends: Points
    parts: Points
    marks: Points
    ranks: Points


@cache
def decomposition() -> Decomposition:
    """Return the tables of normalization form KD."""
    points = _points()
    texts = _texts(points)
    normal = pc.utf8_normalize(texts, form="NFKD")
    changes = pc.not_equal(normal, texts)
    parts = normal.filter(changes)
    lengths = pc.utf8_length(parts).to_numpy()
    marks, ranks = _ordered_marks(points)
    return Decomposition(
        points[changes.to_numpy(zero_copy_only=False)],
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        _points_of("".join(cast("list[str]", parts.to_pylist()))),
        marks,
        ranks,
    )


@cache
def class_edges(characters: str) -> Points:
    """Return the bounds of a class of characters as RE2 writes it within brackets: those of each range, begin and end, ascending.

    So a character is of the class if an odd number of bounds is not above it.
    """
    points = _points()
    matches = pc.match_substring_regex(_texts(points), f"^[{characters}]$")
    is_member = np.zeros(_LAST + 2, np.int8)
    is_member[points + 1] = matches.to_numpy(zero_copy_only=False)
    return np.flatnonzero(np.diff(is_member)).astype(np.int32)


def _ordered_marks(points: Points) -> tuple[Points, Points]:
    """Return the characters that normalization puts in order, and their ranks.

    A mark is exchanged with one of each class that is below its own, which shows its place among the classes.
    """
    classes = _marks_by_class()
    candidates = points[points < _MARKS_END]
    own = _texts(candidates)
    is_mark = _exchanged(pa.repeat(classes[-1], len(own)), own) | _exchanged(own, pa.repeat(classes[0], len(own)))
    marks, own = candidates[is_mark], own.filter(pa.array(is_mark))
    below = [_exchanged(own, pa.repeat(mark, len(own))) for mark in classes]
    return marks, (np.array(below, np.int32).sum(axis=0) + 1).astype(np.int32)


def _marks_by_class() -> list[str]:
    """Return a character of each combining class, in the order of the classes, from 1."""
    by_class = {unicodedata.combining(chr(point)): chr(point) for point in range(_MARKS_END)}
    return [mark for combining, mark in sorted(by_class.items()) if combining]


def _exchanged(first: pa.Array, second: pa.Array) -> npt.NDArray[np.bool_]:
    """Return the pairs of characters that normalization exchanges."""
    ones, others = (pc.utf8_normalize(chosen, form="NFKD") for chosen in (first, second))
    both, turned = (pc.binary_join_element_wise(*pair, "") for pair in ((ones, others), (others, ones)))
    normal = pc.utf8_normalize(both, form="NFKD")
    return pc.and_(pc.not_equal(normal, both), pc.equal(normal, turned)).to_numpy(zero_copy_only=False)


@cache
def _points() -> Points:
    return np.concatenate([np.arange(_SURROGATES.start), np.arange(_SURROGATES.stop, _LAST)]).astype(np.int32)


def _texts(points: Points) -> pa.Array:
    """Return a text of each character."""
    held = points.tobytes().decode("utf-32-le").encode()
    starts = np.flatnonzero((np.frombuffer(held, np.uint8) & 0xC0) != 0x80)
    bounds = pa.py_buffer(np.append(starts, len(held)).astype(np.int32))
    return pa.Array.from_buffers(pa.string(), len(points), [None, bounds, pa.py_buffer(held)])


def _points_of(text: str) -> Points:
    return np.frombuffer(text.encode("utf-32-le"), np.int32)
