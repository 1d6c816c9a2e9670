"""Rows for the replay: raw as the source had them, and their model inputs as training reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tests.forms import FORMS
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import oracle, raw_matrices

from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest
from contracts.schema import Bucketize, Label, Layout, Numeric, Records, Schema
from contracts.storage import Storage
from modeling.export.replay_rows import ReplayRows, collect_replay_rows
from modeling.feature_kinds.raw_values import RawColumns
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs

ROWS = make_rows(120)
SPLITS = [(1, 1, 2, 3)[at % 4] for at in range(120)]


def collected(made: Made, dataset: Dataset, root: Path) -> ReplayRows:
    model_inputs = ModelInputs(made.schema, made.statistics, made.vocabularies)
    with open_pipeline(dataset, model_inputs, [str(root)]) as pipeline:
        return collect_replay_rows(dataset, made.schema, pipeline, model_inputs)


@pytest.mark.parametrize(("records", "layout"), FORMS)
def test_every_form_of_records_has_the_inputs_of_its_rows(
    storage: Storage, tmp_path: Path, records: Records, layout: Layout
) -> None:
    made = Made(ROWS, SPLITS, records=records, layout=layout)
    dataset = made.publish(storage)
    witnesses = collected(made, dataset, tmp_path)
    sample = dataset.sample()
    kept = sample.features.to_pylist()
    names = [f"row {position} of the split {sample.split(row)}" for row, position in enumerate(sample.positions)]
    assert witnesses.names[2:] == names
    assert witnesses.rows.slice(2).to_pylist() == kept
    expected = oracle(made, kept)
    assert np.array_equal(witnesses.numeric[2:], expected[0])
    assert np.array_equal(witnesses.categorical[2:], expected[1])


def test_a_row_of_missing_values_and_one_of_unknown_tokens_come_first(storage: Storage, tmp_path: Path) -> None:
    made = Made(ROWS, SPLITS)
    witnesses = collected(made, made.publish(storage), tmp_path)
    assert witnesses.names[:2] == ["a row of nothing but missing values", "a row of unknown tokens"]
    missing, unknown = witnesses.rows.slice(0, 2).to_pylist()
    assert set(missing.values()) == {None}
    assert {unknown[name] for name in SCHEMA.number_columns} == {0}
    assert witnesses.categorical[:2].tolist() == [[0, 0, 0], [1, 1, 1]]
    expected = oracle(made, [missing, unknown])
    assert np.array_equal(witnesses.numeric[:2], expected[0])


def test_raw_values_and_model_inputs_are_of_the_same_rows(storage: Storage, tmp_path: Path) -> None:
    made = Made(ROWS, SPLITS)
    witnesses = collected(made, made.publish(storage), tmp_path)
    values = RawColumns.of(SCHEMA).from_batch(witnesses.rows)
    raw = raw_matrices(SCHEMA, witnesses.rows.to_pylist())
    np.testing.assert_array_equal(values.numeric, raw[0])
    model_inputs = ModelInputs(made.schema, made.statistics, made.vocabularies)
    inputs = model_inputs(tf.constant(values.numeric), tf.constant(values.tokens, tf.string))
    assert np.array_equal(inputs[0].numpy(), witnesses.numeric)
    assert np.array_equal(inputs[1].numpy(), witnesses.categorical)


def test_a_model_with_rules_of_its_own_has_its_own_inputs(storage: Storage, tmp_path: Path) -> None:
    source = Schema(features={"x": Numeric(dtype="float64")}, label=Label(column="late"))
    rows = [{"x": float(at), "late": at % 2} for at in range(10)]
    dataset = Made(rows, [1] * 10, schema=source).publish(storage)
    ours = source.model_copy(update={"features": {"x": Numeric(dtype="float64", bucketize=Bucketize(bounds=[5]))}})
    witnesses = collected(Made(rows, [1] * 10, schema=ours), dataset, tmp_path)
    assert witnesses.numeric.shape == (12, 0)
    kept = [row["x"] for row in witnesses.rows.slice(2).to_pylist()]
    assert witnesses.categorical[:, 0].tolist() == [0, 1, *(1 + (x >= 5) for x in kept)]


def test_a_dataset_of_an_earlier_release_has_no_such_rows(storage: Storage, tmp_path: Path) -> None:
    made = Made(ROWS, SPLITS)
    published = made.publish(storage)
    old = Dataset(storage, published.manifest.model_copy(update={"sample": None}))
    with pytest.raises(InvalidRequest, match="make it again"):
        collected(made, old, tmp_path)
