"""The compiled loops against what they must equal: TensorFlow's fingerprint, exact fractions, plain dictionaries."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow as pa
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.assignment.assign import column_fingerprints, row_fingerprints, split_codes
from preprocessing.kernels.fingerprint import fingerprint
from preprocessing.kernels.memory import masked_crc32c
from preprocessing.kernels.quote_states import FIELD_START, byte_classes, range_map, record_start


@settings(max_examples=300)
@given(text=st.one_of(st.binary(max_size=20), st.binary(max_size=70), st.binary(max_size=400)))
def test_the_fingerprint_is_the_one_that_tensorflow_computes(text: bytes) -> None:
    data = np.frombuffer(text + b"\0", np.uint8)
    expected = int.from_bytes(tf.fingerprint([text]).numpy()[0].tobytes(), "little")
    assert int(fingerprint(data.ctypes.data, len(text))) == expected


def test_the_checksum_is_castagnoli_masked() -> None:
    data = np.frombuffer(b"123456789", np.uint8)
    crc = 0xE3069283  # the check value of CRC-32C
    expected = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    assert int(masked_crc32c(data.ctypes.data, len(data))) == expected


def test_fingerprints_of_rows_know_values_not_spellings() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "f": pa.array([0.0, -0.0, None, float("nan"), 1.0], pa.float64()),
            "t": pa.array([b"a", b"a", None, b"", b"a"], pa.binary()),
        }
    )
    found = row_fingerprints(column_fingerprints(batch), ["f", "t"])
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len({int(value) for value in found}) == 3
    sliced = row_fingerprints(column_fingerprints(batch.slice(2)), ["f", "t"])
    np.testing.assert_array_equal(sliced, found[2:])


def test_shares_are_kept_and_a_share_of_nothing_gets_nothing() -> None:
    rows = np.random.default_rng(0).integers(0, 2**63, 200_000).astype(np.uint64)
    codes = split_codes(rows, {"train": 0.7, "validation": 0.0, "test": 0.3})
    counts = np.bincount(codes, minlength=4)
    assert counts[0] == counts[2] == 0
    assert abs(counts[1] / len(rows) - 0.7) < 0.005
    assert set(split_codes(rows, {"train": 1.0}).tolist()) == {1}


FIELDS = st.text(st.sampled_from('ab,"\n '), max_size=6)


@settings(max_examples=200)
@given(rows=st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=6), data=st.data())
def test_maps_of_ranges_join_to_the_map_of_the_whole(rows: list[list[str]], data: st.DataObject) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    text = np.frombuffer(out.getvalue().encode(), np.uint8)
    classes = byte_classes(ord('"'), ord(","))
    cut = data.draw(st.integers(0, len(text)))
    first, second = range_map(text[:cut], classes), range_map(text[cut:], classes)
    np.testing.assert_array_equal(second[first], range_map(text, classes))
    starts, position = [0], 0
    while (found := int(record_start(text[position:], classes, FIELD_START))) >= 0:
        position += found
        starts.append(position)
    records = [text[a:b].tobytes().decode() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    parsed = [row for record in records for row in csv.reader(io.StringIO(record, newline="")) if row]
    assert parsed == rows


ANY_TOKEN = st.one_of(st.none(), st.binary(max_size=12), st.sampled_from([b"a", b"a\0", b"prefix-1", b"prefix-12"]))
TOKENS = st.lists(st.tuples(ANY_TOKEN, st.integers(0, 3)), max_size=60)
