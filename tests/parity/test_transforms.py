"""Everything that a feature can be asked to become is the same in every mode, at predict, and in a process of TensorFlow alone.

What is expected is computed here in plain Python, value by value, from numbers that numpy finds in the training rows.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.modeling.export.test_saved_model import ALONE
from tests.modeling.trained import run
from tests.parity.expected import CROSSES, DTYPES, FEATURES, FROM, REAL, WHOLE, Expected, Row
from tests.parity.ways import (
    EXAMPLES,
    NULLS,
    REALS,
    WHOLES,
    WORDS,
    any_rows,
    number,
    split_of_rows,
    training_inputs,
)

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from contracts.storage import Storage
from modeling.decoding.raw_fields import Fields
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols.tensorflow_predict import read
from modeling.repository.versions import read_manifest
from modeling.serving.load_saved_model import load

ROWS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(WHOLES), st.integers(-9, 9)),
        st.one_of(st.sampled_from(REALS), st.floats(-1e3, 1e3), st.floats(allow_nan=False, allow_infinity=False)),
        st.one_of(
            st.sampled_from(WORDS),
            st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=4),
        ),
        st.sampled_from(WORDS),
    ),
    min_size=30,
    max_size=80,
)


def csv_of(rows: list[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["y", "id", *FEATURES])
    for i, row in enumerate(rows):
        cells = [number(row[source]) if source in DTYPES else row[source] for source, _ in FROM.values()]  # pyright: ignore[reportArgumentType]
        writer.writerow([i % 2, f"row-{i}", *cells])
    return out.getvalue()


def make_all(
    make_dataset: MakeDataset, rows: list[Row], tag: str, partitions: int, forms: Sequence[tuple[str, str]] = FORMS
) -> dict[Any, Dataset]:
    text = csv_of(rows)
    return {
        form: make_dataset(
            text,
            name=f"transforms-{tag}-{'-'.join(form)}",
            label={"column": "y"},
            source={"null_values": NULLS},
            features=FEATURES,
            crosses=CROSSES,
            remaining="exclude",
            split_key=["id"],
            records=form[0],
            layout=form[1],
            partitions=partitions,
        )
        for form in forms
    }


def assert_equal(found: tuple[Any, Any], expected: tuple[Any, Any], what: str) -> None:
    np.testing.assert_array_equal(found[1], expected[1], what)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-6, atol=1e-8, err_msg=what)


def check(make_dataset: MakeDataset, rows: list[Row], folder: Path, roots: list[str], tag: str, parts: int) -> Dataset:
    made = make_all(make_dataset, rows, tag, parts)
    first = made["none", "columns"]
    codes = split_of_rows(first)
    oracle = Expected(first, rows, [row for row, code in zip(rows, codes, strict=True) if code == 1])
    oracle.check_rules()
    numeric, ids = oracle.inputs()
    assert not np.isnan(numeric).any()
    assert numeric.shape[1] == len(first.schema.number_inputs)
    assert ids.shape[1] == len(first.schema.id_inputs)
    inputs: dict[Any, Any] = {}
    for mode, dataset in made.items():
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        inputs[mode] = training_inputs(dataset, roots)
        for split, found in inputs[mode].items():
            here = codes == SPLIT_NAMES.index(split) + 1
            assert_equal(found, (numeric[here], ids[here]), f"{mode} {split}")

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    assert (ids < np.array(model_inputs.sizes)).all()
    network = build_network(Linear(kind="linear"), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    export(first.schema, model_inputs, network, Target.of(first), folder)
    loaded: Any = tf.saved_model.load(str(folder))
    answered = loaded.signatures["transform"](**tensors(rows))
    assert_equal((answered["numeric"], answered["categorical"]), (numeric, ids), "transform")
    asked = read({"instances": [instance(row) for row in rows]}, Fields.of(first.schema))
    answered = loaded.packed_transform(tf.constant(asked.numeric), tf.constant(asked.tokens, tf.string))
    assert_equal((answered["numeric"], answered["categorical"]), (numeric, ids), "predict")
    return first


def instance(row: Row) -> dict[str, Any]:
    """The row as a person would post it."""
    return {name: row[source] for name, (source, _) in FROM.items()}


def tensors(rows: list[Row]) -> dict[str, tf.Tensor]:
    """The rows as a client of the SavedModel would send them."""
    found: dict[str, tf.Tensor] = {}
    for name, (source, _) in FROM.items():
        values: Any = [row[source] for row in rows]
        if source in DTYPES:
            with np.errstate(over="ignore"):
                doubles = np.array([math.nan if value is None else np.float64(value) for value in values])
                found[name] = tf.constant(doubles.astype(np.float32))
        else:
            found[name] = tf.constant([(value or "").encode() for value in values], tf.string)
    return found


def example(row: Row) -> bytes:
    """The row as a serialized tf.train.Example of raw features; a missing one is left out."""
    features: dict[str, Any] = {}
    for name, (source, _) in FROM.items():
        value: Any = row[source]
        if value is None:
            continue
        if source == WHOLE:
            features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        elif source == REAL:
            with np.errstate(over="ignore"):
                features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[np.float32(value)]))
        else:
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value.encode()]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


@pytest.fixture
def roots(sources: Path) -> list[str]:
    return [str(sources)]


def nasty_rows(size: int) -> list[Row]:
    return [
        (
            WHOLES[i % len(WHOLES)],
            REALS[(i * 3) % len(REALS)],
            WORDS[i % len(WORDS)],
            WORDS[(i * i) % len(WORDS)],
        )
        for i in range(size)
    ]


def test_nasty_rows_are_the_same_everywhere_and_in_tensorflow_alone(
    make_dataset: MakeDataset, tmp_path: Path, roots: list[str]
) -> None:
    rows = nasty_rows(150)
    folder = tmp_path / "model"
    dataset = check(make_dataset, rows, folder, roots, "nasty", parts=3)
    given = {name: tensor.numpy().tolist() for name, tensor in tensors(rows).items()}
    columns = {
        name: [base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in column]
        for name, column in given.items()
    }
    kinds = {name: feature.kind for name, feature in dataset.schema.features.items()}
    path = tmp_path / "given.json"
    examples = [base64.b64encode(example(row)).decode() for row in rows]
    path.write_text(json.dumps({"folder": str(folder), "columns": columns, "kinds": kinds, "examples": examples}))
    done = subprocess.run([sys.executable, "-I", "-c", ALONE, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    alone = json.loads(done.stdout)
    loaded: Any = tf.saved_model.load(str(folder))
    here = loaded.signatures["transform"](**tensors(rows))
    assert alone["categorical"] == here["categorical"].numpy().tolist()
    assert np.array_equal(np.array(alone["numeric"], np.float32), here["numeric"].numpy())
    assert alone["examples"] == alone["default"]


def test_models_trained_from_values_and_from_final_numbers_are_one(make_dataset: MakeDataset, storage: Storage) -> None:
    # Numbers of 1e38 that nothing scales would leave no loss to compare.
    reals = [None, -2.5, 0.1, 0.0, 3.0, 7.25]
    rows: list[Row] = [
        (None if i % 7 == 0 else i % 9 - 3, reals[i * i % 11 % 6], first, second)
        for i, (_, _, first, second) in enumerate(nasty_rows(120))
    ]
    made = make_all(make_dataset, rows, "trained", 1, [("raw", "packed"), ("transformed", "packed")])
    answers: list[Any] = []
    for (records, _), dataset in made.items():
        request = {"model": f"of-{records}", "dataset": dataset.manifest.name, "epochs": 1, "batch_size": 16, "seed": 3}
        run(storage, {**request, "network": {"kind": "dnn", "hidden": [4]}}, JobContext.alone(f"train-{records}"))
        version = load(storage, read_manifest(storage, f"of-{records}", 1))
        asked = read({"instances": [instance(row) for row in rows]}, version.signatures["serving_default"].fields)
        answers.append(version.signatures["serving_default"].call(*asked)["predictions"])
    assert np.ptp(answers[0]) > 0.01
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_rows_are_the_same_everywhere(
    make_dataset: MakeDataset, tmp_path: Path, roots: list[str], examples: int
) -> None:
    number = count(examples)  # names of datasets are given once

    @any_rows(examples, rows=ROWS, parts=st.integers(1, 4))
    def check_them(rows: list[Row], parts: int) -> None:
        tag = f"any-{next(number)}"
        check(make_dataset, rows, tmp_path / tag, roots, tag, parts)

    check_them()
