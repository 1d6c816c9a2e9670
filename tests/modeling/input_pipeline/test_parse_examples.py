"""Serialized examples of every form become packed tensors, missing values NaN or empty."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import oracle, raw_matrices

from contracts.schema import Layout, Records, Schema
from modeling.input_pipeline import parse_examples
from modeling.input_pipeline.parse_examples import parser, raw_columns, serialized_at

FORMS: list[tuple[Records, Layout]] = [
    ("raw", "columns"),
    ("raw", "packed"),
    ("transformed", "columns"),
    ("transformed", "packed"),
]
ROWS = [
    *make_rows(20),
    {**make_rows(1)[0], "distance km": float("inf"), "class": 2**63 - 1},
    {**make_rows(1)[0], "distance km": -0.0, "class": -(2**63)},
    {**make_rows(1)[0], "distance km": None, "class": None, "origin": None, "carrier/日本": None},
]


def parsed(made: Made, rows: list[dict[str, Any]]) -> list[np.ndarray]:
    serialized = tf.constant([made.example(row) for row in rows], tf.string)
    parse = tf.function(
        parser(made.schema, made.records, made.layout, float64_labels=made.float64_labels), autograph=False
    )
    return [part.numpy() for part in parse(serialized)]


@pytest.mark.parametrize(("records", "layout"), FORMS)
def test_every_form_holds_what_the_rows_held(records: Records, layout: Layout) -> None:
    made = Made(ROWS, [1] * len(ROWS), records=records, layout=layout)
    numeric, categorical, label = parsed(made, ROWS)
    expected = oracle(made, ROWS) if records == "transformed" else raw_matrices(SCHEMA, ROWS)
    numeric[~np.isfinite(numeric)] = np.nan  # what is infinite is missing
    assert (numeric.dtype, label.dtype) == (np.float32, np.float32)
    assert categorical.dtype == (np.int64 if records == "transformed" else object)
    assert np.array_equal(numeric, expected[0], equal_nan=True)
    assert categorical.tolist() == expected[1].tolist()
    assert label.tolist() == [row["late"] for row in ROWS]


@pytest.mark.parametrize(("records", "layout"), FORMS)
def test_weights_are_the_fourth_part(records: Records, layout: Layout) -> None:
    schema = SCHEMA.model_copy(update={"weight": "share"})
    rows = [{**row, "share": 0.5 + at} for at, row in enumerate(make_rows(4))]
    weight = parsed(Made(rows, [1] * 4, schema=schema, records=records, layout=layout), rows)[3]
    assert weight.dtype == np.float32
    assert weight.tolist() == [0.5, 1.5, 2.5, 3.5]


@pytest.mark.parametrize("layout", ["columns", "packed"])
def test_a_regressions_label_is_a_number(layout: Layout) -> None:
    schema = SCHEMA.model_copy(update={"label": SCHEMA.label.model_copy(update={"kind": "regression"})})
    rows = [{**row, "late": 0.25 * at} for at, row in enumerate(make_rows(4))]
    label = parsed(Made(rows, [1] * 4, schema=schema, layout=layout), rows)[2]
    assert (label.dtype, label.tolist()) == (np.float64, [0.0, 0.25, 0.5, 0.75])


@pytest.mark.parametrize(("records", "layout"), FORMS)
def test_a_regressions_label_is_read_to_its_last_bit(records: Records, layout: Layout) -> None:
    schema = SCHEMA.model_copy(update={"label": SCHEMA.label.model_copy(update={"kind": "regression"})})
    labels = [1e9 + 0.1, -1e100, 5e-324, 0.0, 2.0**53 + 2]
    rows = [{**row, "late": label} for row, label in zip(make_rows(5), labels, strict=True)]
    made = Made(rows, [1] * 5, schema=schema, records=records, layout=layout, float64_labels=True)
    label = parsed(made, rows)[2]
    assert (label.dtype, label.tolist()) == (np.float64, labels)


@pytest.mark.parametrize("layout", ["columns", "packed"])
@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_columns_of_one_sort_leave_the_other_part_empty(layout: Layout, kind: str) -> None:
    chosen = {name: feature for name, feature in SCHEMA.features.items() if feature.kind == kind}
    schema = Schema(features=chosen, label=SCHEMA.label)
    made = Made(make_rows(3), [1] * 3, schema=schema, layout=layout)
    numeric, categorical, _ = parsed(made, made.rows)
    widths = (len(chosen), 0) if kind == "numeric" else (0, len(chosen))
    assert (numeric.shape, categorical.shape) == ((3, widths[0]), (3, widths[1]))


def test_raw_columns_need_no_label() -> None:
    example = tf.train.Example.FromString(Made(ROWS, [1] * len(ROWS), layout="columns").example(ROWS[0]))
    del example.features.feature["late"]
    numeric, categorical, integers = raw_columns(tf.constant([example.SerializeToString(), b""]), SCHEMA)
    expected = raw_matrices(SCHEMA, [ROWS[0], {}])
    assert np.array_equal(numeric.numpy(), expected[0], equal_nan=True)
    assert categorical.numpy().tolist() == expected[1].tolist()
    assert integers is None


def test_a_dataset_without_records_has_nothing_to_parse() -> None:
    with pytest.raises(ValueError, match=r"nothing to parse\. Received: none, packed"):
        parser(SCHEMA, "none", "packed")


@settings(max_examples=20)
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4), data=st.data())
def test_records_are_found_by_their_position(sizes: list[int], data: st.DataObject) -> None:
    """However records are divided into shards, and shards into blocks."""
    total = sum(sizes)
    positions = sorted(data.draw(st.sets(st.integers(0, total - 1), max_size=total))) if total else []
    texts = [str(at).encode() for at in range(total)]
    ends = np.cumsum([0, *sizes])
    shards = [
        (tf.data.Dataset.from_tensor_slices(tf.constant(texts[begin:end], tf.string)), int(end - begin))
        for begin, end in itertools.pairwise(ends)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse_examples, "_SCAN_BLOCK", 4)
        records = serialized_at(shards, np.array(positions, np.int64))
    assert records.numpy().tolist() == [texts[at] for at in positions]


def test_nothing_after_the_last_position_is_read(tmp_path: Path) -> None:
    path = tmp_path / "broken.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for text in (b"a", b"b"):
            writer.write(text)
    shards = [(tf.data.TFRecordDataset(str(path)), 2), (tf.data.TFRecordDataset(str(tmp_path / "gone")), 5)]
    assert serialized_at(shards, np.array([1])).numpy().tolist() == [b"b"]
