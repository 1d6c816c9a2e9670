"""Tables of Unicode: what Arrow does to every character, and to pairs of marks."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.expressions.ngrams import SPACE, WORD
from sources.expressions.unicode_tables import class_edges, decomposition

CHARACTERS = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]


def test_each_character_has_the_parts_that_arrow_makes_of_it() -> None:
    tables = decomposition()
    parts = {
        chr(point): "".join(map(chr, tables.parts[begin:end]))
        for point, begin, end in zip(tables.changed.tolist(), tables.ends[:-1], tables.ends[1:], strict=True)
    }
    normal = pc.utf8_normalize(pa.array(CHARACTERS), form="NFKD").to_pylist()
    assert normal == [parts.get(character, character) for character in CHARACTERS]


def test_ranks_are_in_the_order_of_the_combining_classes_of_unicode() -> None:
    tables = decomposition()
    ranks = dict(zip(tables.marks.tolist(), tables.ranks.tolist(), strict=True))
    # Python's Unicode may be older: it has no class for the newest marks.
    known = [
        (unicodedata.combining(chr(point)), rank) for point, rank in ranks.items() if unicodedata.combining(chr(point))
    ]
    assert len(known) > 900
    order = sorted(set(known))
    assert [rank for _, rank in order] == sorted(rank for _, rank in order)
    assert len(order) == len({combining for combining, _ in order}) == len({rank for _, rank in order})
    assert {point for point in map(ord, CHARACTERS) if unicodedata.combining(chr(point))} <= {*ranks}


def test_classes_have_the_characters_that_re2_matches() -> None:
    for name, members in ((WORD, "aZ9_éß日ا\u0301\u093e²"), (SPACE, " \t\x00\x1f\x85\u00a0\u2028\u3000")):
        edges = class_edges(name)
        inside = np.searchsorted(edges, [*map(ord, CHARACTERS)], side="right") % 2 == 1
        matched = pc.match_substring_regex(pa.array(CHARACTERS), f"^[{name}]$").to_numpy(zero_copy_only=False)
        assert (inside == matched).all()
        assert all(inside[CHARACTERS.index(member)] for member in members)
