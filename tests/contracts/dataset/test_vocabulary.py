"""Vocabularies: any bytes survive the file, and other bytes are damage."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.dataset.vocabulary import VOCABULARY, Vocabulary
from contracts.errors import CorruptData


@given(tokens=st.lists(st.binary(max_size=30), unique=True, max_size=30))
def test_a_vocabulary_keeps_any_bytes(tokens: list[bytes]) -> None:
    one = Vocabulary.of(tokens, list(range(len(tokens))))
    again = Vocabulary.from_buffer(one.to_bytes())
    assert again.tokens.to_pylist() == tokens
    assert again.counts.to_pylist() == list(range(len(tokens)))
    assert len(again) == len(tokens)


def test_record_batches_of_one_file_are_one_vocabulary() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, VOCABULARY) as writer:
        for token, count in ((b"a", 3), (b"b", 2)):
            writer.write_batch(pa.record_batch([pa.array([token]), pa.array([count])], schema=VOCABULARY))
    found = Vocabulary.from_buffer(sink.getvalue())
    assert (found.tokens.to_pylist(), found.counts.to_pylist()) == ([b"a", b"b"], [3, 2])


DATA = Vocabulary.of([b"a", b"b"], [2, 1]).to_bytes()


@pytest.mark.parametrize("data", [b"", b"not arrow", DATA[:-30], DATA[:50]], ids=["empty", "text", "end", "start"])
def test_other_bytes_are_damage_that_names_the_file(data: bytes) -> None:
    with pytest.raises(CorruptData, match="carrier is not an Arrow IPC file"):
        Vocabulary.from_buffer(data, "carrier")


def test_a_file_with_other_columns_is_damage_that_names_them() -> None:
    sink = pa.BufferOutputStream()
    other = pa.record_batch({"token": pa.array(["text"]), "count": pa.array([1])})
    with pa.ipc.new_file(sink, other.schema) as writer:
        writer.write_batch(other)
    with pytest.raises(CorruptData, match=r"carrier must hold token and count\. Received: \['token', 'count'\]"):
        Vocabulary.from_buffer(sink.getvalue(), "carrier")
