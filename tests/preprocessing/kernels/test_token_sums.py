"""Totals of a table's tokens, against a sum over its values."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.kernels.token_hashing import fingerprints
from preprocessing.kernels.token_sums import BYTES, COUNT, DISTINCT, INVALID, POSITIVES
from preprocessing.vocabularies.token_table import TokenTable

TOKEN = st.sampled_from([None, b"", b"a", b"long enough for two words", "ä".encode(), b"\xff", b"valid, then \xc3"])
Rows = list[tuple[bytes | None, int, bool]]


def table_of(rows: Rows) -> TokenTable:
    table, array = TokenTable(), pa.array([token for token, _, _ in rows], pa.binary())
    codes = np.array([code for _, code, _ in rows], np.uint8)
    table.add(array, fingerprints(array), codes, np.array([positive for _, _, positive in rows], np.bool_))
    return table


@settings(max_examples=100)
@given(rows=st.lists(st.tuples(TOKEN, st.integers(0, 3), st.booleans()), max_size=60), many=st.integers(1, 5))
def test_totals_are_those_of_the_values(rows: Rows, many: int) -> None:
    totals, frequencies = table_of(rows).sums(many)
    for split in range(3):
        values = [(token, positive) for token, code, positive in rows if token and code == split + 1]
        counts = Counter(token for token, _ in values)
        expected = {
            COUNT: len(values),
            POSITIVES: sum(positive for _, positive in values),
            DISTINCT: len(counts),
            BYTES: sum(len(token) for token, _ in values),
            INVALID: sum(b"\xff" in token or token.endswith(b"\xc3") for token, _ in values),
        }
        assert dict(enumerate(totals[split].tolist())) == expected
        by_count = Counter(min(count, many) for count in counts.values())
        assert frequencies[split].tolist() == [by_count[count] for count in range(many + 1)]


def test_an_empty_table_has_no_totals() -> None:
    totals, frequencies = TokenTable().sums(3)
    assert not totals.any()
    assert not frequencies.any()
