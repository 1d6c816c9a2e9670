"""The same rows through `none`, `raw`, `transformed` and predict give equal model inputs: nothing can skew.

Each dataset job is run on a real Spark session; what training would see of it is compared, row by row, with what a plain
Python reading of the rules in DESIGN.md §4 says, and with what the exported model's own `transform` signature answers.
"""

from __future__ import annotations

import csv
import io
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.parity.ways import (
    EXAMPLES,
    NULLS,
    REALS,
    WHOLES,
    WORDS,
    any_rows,
    is_missing,
    number,
    split_of_rows,
    training_inputs,
)

from contracts.dataset.published import Dataset
from contracts.features.spelling import canonical_token
from contracts.input_rules import number_rules
from contracts.messages.networks import Dnn
from contracts.schema import SPLIT_NAMES
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target

Row = tuple[int | None, float | None, float | None, str | None, str | None]

FEATURES: dict[str, Any] = {
    "whole": {"kind": "numeric", "dtype": "int64", "indicator": True},
    "real": {"kind": "numeric", "dtype": "float64", "indicator": True},
    "plain": {"kind": "numeric", "dtype": "float64", "scale": "none"},
    "empty": {"kind": "numeric", "dtype": "float64"},
    "same": {"kind": "numeric", "dtype": "int64"},
    "word": {"kind": "categorical", "min_count": 2},
    "text": {"kind": "categorical", "max_size": 6},
}
SUBNORMAL = 1.2e-38  # TensorFlow may take a float32 below this as zero
ALMOST_NOTHING = 1e-8  # what that may come to in deviations: see contracts.input_rules.SMALLEST_DIVISOR

ROWS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(WHOLES), st.integers(-(2**63), 2**63 - 1)),
        st.one_of(st.sampled_from(REALS), st.floats(-1e6, 1e6), st.none()),
        st.one_of(st.sampled_from(REALS), st.floats(allow_nan=False, allow_infinity=False)),
        st.one_of(
            st.sampled_from(WORDS),
            st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=5),
        ),
        st.sampled_from(WORDS),
    ),
    min_size=30,
    max_size=90,
)


def csv_of(rows: list[Row]) -> str:
    """The rows as a person's tools would write them; each with a number that makes it distinct, and both labels."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["y", "id", *FEATURES])
    for i, (whole, real, plain, word, text) in enumerate(rows):
        writer.writerow([i % 2, f"row-{i}", number(whole), number(real), number(plain), "", 5, word, text])
    return out.getvalue()


def expected_inputs(dataset: Dataset, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """The model inputs by the rules, value by value, in plain Python."""
    columns: dict[str, list[Any]] = {
        "whole": [],
        "real": [],
        "plain": [],
        "empty": [],
        "same": [],
        "word": [],
        "text": [],
    }
    for whole, real, plain, word, text in rows:
        for name, value in zip(columns, (whole, real, plain, None, 5, word, text), strict=True):
            columns[name].append(value)
    scaled, indicators = [], []
    for rule in number_rules(dataset.schema, dataset.statistics()).scaled:
        values = columns[rule.feature]
        filled = [np.float32(rule.fill) if is_missing(v) else np.float32(np.float64(v)) for v in values]
        assert rule.bound is not None
        numbers = [(np.float64(v) - rule.center) / rule.divisor for v in filled]
        scaled.append([np.float32(min(max(number, -rule.bound), rule.bound)) for number in numbers])
        if rule.indicator:
            indicators.append([np.float32(is_missing(v)) for v in values])
    ids = []
    for name in dataset.schema.token_columns:
        known = {token: i for i, token in enumerate(dataset.vocabulary(name).tokens.to_pylist(), start=2)}
        ids.append([0 if is_missing(v) else known.get(canonical_token(v.encode()), 1) for v in columns[name]])
    return np.array([*scaled, *indicators], np.float32).T, np.array(ids, np.int64).T


def tensors(rows: list[Row]) -> dict[str, tf.Tensor]:
    """The rows as a client of the SavedModel would send them."""
    columns = list(zip(*rows, strict=True))

    def floats(values: Any) -> tf.Tensor:
        with np.errstate(over="ignore"):
            return tf.constant(np.array([np.nan if v is None else np.float64(v) for v in values]).astype(np.float32))

    def strings(values: Any) -> tf.Tensor:
        return tf.constant([(v or "").encode() for v in values], tf.string)

    names = {
        "whole": columns[0],
        "real": columns[1],
        "plain": columns[2],
        "empty": [None] * len(rows),
        "same": [5] * len(rows),
    }
    return {name: floats(values) for name, values in names.items()} | {
        "word": strings(columns[3]),
        "text": strings(columns[4]),
    }


def check(
    make_dataset: MakeDataset, rows: list[Row], tmp_path: Path, roots: list[str], tag: str, partitions: int
) -> None:
    text = csv_of(rows)
    made = {
        mode: make_dataset(
            text,
            name=f"parity-{tag}-{'-'.join(mode)}",
            label={"column": "y"},
            source={"null_values": NULLS},
            features=FEATURES,
            remaining="exclude",
            split_key=["id"],
            records=mode[0],
            layout=mode[1],
            partitions=partitions,
        )
        for mode in FORMS
    }
    first = made["none", "columns"]
    numeric, ids = expected_inputs(first, rows)
    assert np.isfinite(numeric).all()
    codes = split_of_rows(first)
    for mode, dataset in made.items():
        assert dataset.statistics() == first.statistics()
        for split, (found_numeric, found_ids) in training_inputs(dataset, roots).items():
            here = codes == SPLIT_NAMES.index(split) + 1
            np.testing.assert_array_equal(found_ids, ids[here], f"{mode} {split}")
            np.testing.assert_allclose(
                found_numeric, numeric[here], rtol=1e-6, atol=ALMOST_NOTHING, err_msg=f"{mode} {split}"
            )
            # Filled-in values are exact where nothing is scaled, and indicators are.
            plain = [
                list(first.schema.number_columns).index("plain"),
                *range(len(first.schema.number_columns), numeric.shape[1]),
            ]
            np.testing.assert_allclose(found_numeric[:, plain], numeric[here][:, plain], rtol=0, atol=SUBNORMAL)
    vocabularies = first.vocabularies()
    model_inputs = ModelInputs(first.schema, first.statistics(), vocabularies)
    network = build_network(Dnn(kind="dnn", hidden=[4]), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    folder = tmp_path / f"model-{tag}"
    export(first.schema, model_inputs, network, Target.of(first), folder)
    loaded = tf.saved_model.load(str(folder))
    answered = loaded.signatures["transform"](**tensors(rows))
    np.testing.assert_array_equal(answered["categorical"].numpy(), ids)
    np.testing.assert_allclose(answered["numeric"].numpy(), numeric, rtol=1e-6, atol=ALMOST_NOTHING)
    predicted = loaded.signatures["serving_default"](**tensors(rows))["predictions"].numpy()
    assert predicted.shape == (len(rows),)


@pytest.fixture
def roots(sources: Path) -> list[str]:
    return [str(sources)]


def test_nasty_rows_are_the_same_everywhere(make_dataset: MakeDataset, tmp_path: Path, roots: list[str]) -> None:
    size = 200
    rows: list[Row] = [
        (
            WHOLES[i % len(WHOLES)],
            REALS[i % len(REALS)],
            REALS[(i // 3) % len(REALS)],
            WORDS[i % len(WORDS)],
            WORDS[(i * 7) % len(WORDS)],
        )
        for i in range(size)
    ]
    check(make_dataset, rows, tmp_path, roots, "nasty", partitions=3)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_rows_are_the_same_everywhere(
    make_dataset: MakeDataset, tmp_path: Path, roots: list[str], examples: int
) -> None:
    number = count(examples)  # names of datasets are given once

    @any_rows(examples, rows=ROWS, partitions=st.integers(1, 4))
    def check_them(rows: list[Row], partitions: int) -> None:
        check(make_dataset, rows, tmp_path, roots, f"any-{next(number)}", partitions)

    check_them()
