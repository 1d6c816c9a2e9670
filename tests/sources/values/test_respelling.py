"""Columns of batches in their canonical spelling: each value as the function of one text, whatever is around it."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.features.spelling import canonical_token
from sources.values.respelling import Respelled, Respelling, canonical_tokens

TOKENS = st.one_of(
    st.none(),
    st.binary(max_size=6),
    st.text("0123456789.eE+-", max_size=8).map(str.encode),
    st.sampled_from([b"", b"101.0", b"101", b"True", b"False", b"06", b"-0", b"3.10", b"3.1", b"1e+05", b"UA", b"1-b"]),
)


@settings(max_examples=400)
@given(st.lists(TOKENS, max_size=30), st.integers(0, 3))
def test_each_value_is_spelled_on_its_own(values: list[bytes | None], offset: int) -> None:
    column = pa.array(values, pa.binary()).slice(offset)
    expected = [None if value is None else canonical_token(value) for value in values[offset:]]
    assert canonical_tokens(column).to_pylist() == expected


def test_columns_that_are_not_named_and_batches_without_such_text_stay() -> None:
    batch = pa.record_batch([pa.array([b"1.0", b"x"]), pa.array([b"1.0", b"y"])], names=["a", "b"])
    spelled, changed = Respelling({"a": []}).apply(batch)
    assert spelled.to_pydict() == {"a": [b"1", b"x"], "b": [b"1.0", b"y"]}
    assert changed == {"a"}
    plain = pa.record_batch([pa.array([b"06", b"x-1"])], names=["a"])
    assert Respelling({"a": []}).apply(plain) == (plain, frozenset())


def test_a_null_token_matches_every_spelling_of_its_number() -> None:
    batch = pa.record_batch([pa.array([b"-999.0", b"-999", b"1.0", None])], names=["a"])
    spelled, _ = Respelling({"a": ["", "-999"]}).apply(batch)
    assert spelled.column(0).to_pylist() == [None, None, b"1", None]


def test_what_was_changed_is_counted_and_fractions_that_are_joined_are_named() -> None:
    respelling = Respelling({"a": []})
    for values in ([b"3.10", b"3.1", b"x"], [b"101.0", b"101.0"], [b"True"]):
        respelling.apply(pa.record_batch([pa.array(values)], names=["a"]))
    seen = respelling.by_column["a"]
    assert seen.values == 4
    assert seen.examples == {b"3.10": b"3.1", b"101.0": b"101", b"True": b"true"}
    assert seen.joined == [b"3.1", b"3.10"]


def test_readers_of_parts_are_added_up() -> None:
    first, second = Respelled(values=2), Respelled(values=1)
    first.add(b"2.50", b"2.5")
    second.add(b"2.5", b"2.5")
    first.merge(second)
    assert (first.values, first.joined) == (3, [b"2.5", b"2.50"])


@settings(max_examples=200)
@given(st.lists(st.none() | st.text("0123456789.,eE+-T", max_size=8).map(str.encode), max_size=30))
def test_another_decimal_point(values: list[bytes | None]) -> None:
    values = [*values, b"101,0", b"6,50", b",5", b"1.5", b"True", b"1,2,3"]
    spelled, _ = Respelling({"a": []}, ",").apply(pa.record_batch([pa.array(values, pa.binary())], names=["a"]))
    assert spelled.column(0).to_pylist() == [None if value is None else canonical_token(value, ",") for value in values]
