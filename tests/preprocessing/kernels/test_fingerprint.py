"""Fingerprints are TensorFlow's, and a dataset's stays what it was from version to version of Tandem and its libraries."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.preprocessing.planned_work import planned_work, row_splits

from preprocessing.assignment.assign import row_fingerprints
from preprocessing.assignment.splitters.value_hashes import value_hashes
from preprocessing.assignment.work import source_batches
from preprocessing.kernels.arrow_addresses import column
from preprocessing.kernels.fingerprint import fingerprint, float_items, integer_items, mix_items, text_items


@settings(max_examples=300)
@given(text=st.one_of(st.binary(max_size=20), st.binary(max_size=70), st.binary(max_size=400)))
def test_the_fingerprint_is_the_one_that_tensorflow_computes(text: bytes) -> None:
    data = np.frombuffer(text + b"\0", np.uint8)
    expected = int.from_bytes(tf.fingerprint([text]).numpy()[0].tobytes(), "little")
    assert int(fingerprint(data.ctypes.data, len(text))) == expected


def test_items_of_texts_are_fingerprints_and_the_missing_ones_share_one() -> None:
    array = pa.array([b"before", b"word", None, b"", b"x" * 80], pa.binary()).slice(1)
    addresses, items = column(array), np.empty(4, np.uint64)
    text_items(items, addresses.values, addresses.offsets, addresses.bitmap, addresses.start)
    words = [np.frombuffer(text, np.uint8) for text in (b"word", b"x" * 80)]
    assert [items[0], items[3]] == [fingerprint(word.ctypes.data, len(word)) for word in words]
    assert items[1] == items[2]
    assert len(set(items.tolist())) == 3


@settings(max_examples=50)
@given(values=st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=20))
def test_different_integers_have_different_items(values: list[int | None]) -> None:
    array = pa.array(values, pa.int64())
    addresses, items = column(array), np.empty(len(values), np.uint64)
    integer_items(items, addresses.values, addresses.bitmap, addresses.start)
    assert len(set(zip(items.tolist(), values, strict=True))) == len(set(items.tolist())) == len(set(values))


def test_minus_zero_is_zero_and_nan_is_missing() -> None:
    values = [0.0, -0.0, None, float("nan"), float("inf"), float("-inf"), 1.0]
    array = pa.array(values, pa.float64(), from_pandas=False)
    addresses, items = column(array), np.empty(len(values), np.uint64)
    float_items(items, addresses.values, addresses.bitmap, addresses.start)
    assert items[0] == items[1]
    assert items[2] == items[3]
    assert len(set(items.tolist())) == 5


def test_the_order_of_mixed_columns_matters() -> None:
    first, second = np.array([1, 2], np.uint64), np.array([2, 1], np.uint64)
    mixed = []
    for columns in ((first, second), (second, first)):
        rows = np.zeros(2, np.uint64)
        for items in columns:
            mix_items(rows, items)
        mixed.append(rows)
    assert mixed[0].tolist() == mixed[1][::-1].tolist()
    assert mixed[0].tolist() != mixed[1].tolist()


LINES = [
    f"{i % 3 % 2},{'' if i % 7 == 0 else i * 37 % 101},{i / 8 if i % 5 else 'NA'},{'' if i % 11 == 0 else f'tök-{i % 13}'}"
    for i in range(200)
]
TEXT = "y,whole,real,word\n" + "\n".join(LINES) + "\n"


@pytest.mark.parametrize("records", ["none", "raw", "transformed"])
def test_the_fingerprint_is_pinned(make_dataset: MakeDataset, records: str) -> None:
    """Where this fails, older datasets no longer compare equal: change it on purpose, and say so in a decision."""
    dataset = make_dataset(TEXT, label={"column": "y"}, source={"null_values": ["NA"]}, records=records)
    contents = {name: (split.rows, split.content) for name, split in dataset.manifest.splits.items()}
    assert contents == {
        "train": (154, "6ee08b771d0cc869"),
        "validation": (27, "614e7ea032a7ab4f"),
        "test": (19, "ff5d6019277fca97"),
    }
    assert dataset.manifest.fingerprint == "f31e54bda0368eecca40ad54ac9061c4abc257a6e3045028e12e781211f512c1"


def test_rows_and_their_splits_are_those_that_plain_python_computes(tmp_path: Path) -> None:
    source = {"format": "csv", "uris": ["t.csv"], "null_values": ["NA"]}
    work = planned_work(tmp_path, TEXT, source=source, records="none", partitions=1)[1]
    header = TEXT.split("\n", maxsplit=1)[0].split(",")
    (batch,) = source_batches(work, 0, header)
    names = sorted(header)
    hashes = {name: value_hashes(batch.column(name)) for name in names}
    rows = [dict(zip(header, line.split(","), strict=True)) for line in LINES]
    expected = [plain_fingerprint([row[name] for name in names]) for row in rows]
    assert row_fingerprints(hashes, names).tolist() == expected
    inputs = [name for name in names if name != "y"]
    splits = [plain_split(plain_fingerprint([row[name] for name in inputs])) for row in rows]
    assert row_splits(work, batch).tolist() == splits
    assert Counter(splits) == {1: 154, 2: 27, 3: 19}, "the sizes that are pinned above"


WORD = 2**64


def plain_fingerprint(values: list[str]) -> int:
    """Return the fingerprint of a row by its definition: `Hash128to64` of FarmHash over the hashes of its values."""
    row = 0
    for value in values:
        low = shift_mixed((row ^ plain_hash(value)) * 0x9DDFEA08EB382D69 % WORD)
        row = shift_mixed((plain_hash(value) ^ low) * 0x9DDFEA08EB382D69 % WORD) * 0x9DDFEA08EB382D69 % WORD
    return row


def shift_mixed(value: int) -> int:
    return value ^ (value >> 47)


def plain_hash(text: str) -> int:
    """Return one constant for what is missing, the bits of a number times a constant, TensorFlow's fingerprint of a text."""
    if text in {"", "NA"}:
        return 0x5BD1E9955BD1E995
    try:
        return int.from_bytes(struct.pack("<d", float(text)), "little") * 0xB492B66FBE98F273 % WORD
    except ValueError:
        return int.from_bytes(tf.fingerprint([text]).numpy()[0].tobytes(), "little")


def plain_split(row: int) -> int:
    """Return the code of a row's split by the usual shares: the place of its second hash among those of 53 bits."""
    point = (row * 0x9E3779B97F4A7C15 % WORD >> 11) / 2**53
    return 1 if point < 0.8 else 2 if point < 0.9 else 3
