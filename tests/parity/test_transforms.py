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
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from tests.modeling.test_export import ALONE
from tests.modeling.trained import run
from tests.parity.ways import (
    EXAMPLES,
    MODES,
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

from chassis.engine import JobContext
from contracts.dataset import Dataset
from contracts.inputs import NumericInput, number_rules
from contracts.schema import SPLIT_NAMES
from contracts.storage import Storage
from modeling.export import export
from modeling.json_values import Fields
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.specs import Linear
from modeling.protocols.tensorflow_serving import read
from modeling.saved_model import load
from modeling.targets import Target
from modeling.versions import read_manifest

MakeDataset = Callable[..., Dataset]
Row = tuple[int | None, float | None, str | None, str | None]
"""A whole number, a real one and two tokens, from which every column is made."""

WHOLE, REAL, FIRST, SECOND = range(4)
FROM: dict[str, tuple[int, dict[str, Any]]] = {
    "median": (REAL, {"impute": "median", "indicator": True, "null_values": ["0.1", "none"]}),
    "constant": (WHOLE, {"impute": {"constant": -1.5}, "scale": "minmax", "null_values": ["7", "16777216"]}),
    "clipped": (REAL, {"clip": [0.1, 0.85]}),
    "between": (WHOLE, {"clip": [0.25, 1], "scale": "minmax", "impute": "none", "indicator": True}),
    "logarithm": (REAL, {"scale": "log1p"}),
    "clipped log": (WHOLE, {"scale": "log1p", "clip": [0, 0.9], "impute": "median"}),
    "as it is": (REAL, {"scale": "none", "impute": "none", "indicator": True}),
    "fifths": (REAL, {"bucketize": {"quantiles": 5}}),
    "thirds": (WHOLE, {"bucketize": {"quantiles": 3}, "impute": "median", "indicator": True}),
    "levels": (REAL, {"bucketize": {"bounds": [-1e30, -1.5, 0, 0.1, 7, 16777216]}}),
    "steps": (WHOLE, {"bucketize": {"bounds": [0, 1, 7]}, "impute": {"constant": 1}}),
    "reserved": (FIRST, {"reserved": ["never", "a,b", "☃"], "min_count": 2, "oov_buckets": 3}),
    "few": (SECOND, {"reserved": ['q"q'], "max_size": 4, "oov_buckets": 7}),
    "plain": (SECOND, {"null_values": ["-", "a"]}),
    "hashed": (FIRST, {"kind": "hashed", "buckets": 11, "null_values": ["b"]}),
    "spread": (SECOND, {"kind": "hashed", "buckets": 100_003}),
}
DTYPES = {WHOLE: "int64", REAL: "float64"}
FEATURES: dict[str, Any] = {
    name: ({"kind": "numeric", "dtype": DTYPES[source]} if source in DTYPES else {"kind": "categorical"}) | options
    for name, (source, options) in FROM.items()
}
CROSSES = [
    {"features": ["reserved", "spread"], "buckets": 1000},
    {"features": ["few", "hashed"], "buckets": 1_000_003, "name": "other cross"},
]

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


def fingerprint(token: bytes, buckets: int) -> int:
    return int(tf.strings.to_hash_bucket_fast(token, buckets))


def missing(name: str, value: Any) -> bool:
    """Whether the value is one of the missing ones, of all features or of this one."""
    own = FROM[name][1].get("null_values", [])
    if is_missing(value) or FROM[name][0] not in DTYPES:
        return is_missing(value) or value in own
    return any(np.float32(value) == np.float32(token) for token in own if token != "none")


def slack(values: Any) -> float:
    """What rounding comes to between values of very different size, and float32's subnormals."""
    return 1e-14 * float(np.abs(values).max(initial=0.0)) + 1e-37


def signed_log1p(value: float) -> float:
    return math.copysign(math.log1p(abs(value)), value)


@dataclass(frozen=True)
class Expected:
    """The model inputs by the rules, and how the rules must be for these training rows."""

    dataset: Dataset
    rows: list[Row]
    train: list[Row]

    def column(self, feature: str, rows: list[Row]) -> list[Any]:
        return [row[FROM[feature][0]] for row in rows]

    def there(self, feature: str) -> list[float]:
        return [float(value) for value in self.column(feature, self.train) if not missing(feature, value)]

    def fill(self, feature: str) -> float | None:
        match FROM[feature][1].get("impute", "none" if "bucketize" in FROM[feature][1] else "mean"):
            case "none":
                return None
            case {"constant": value}:
                return value
            case "median":
                return float(np.median(self.there(feature))) if self.there(feature) else 0.0
            case _:
                there = self.there(feature)
                return math.fsum(there) / len(there) if there else 0.0

    def check_rules(self) -> None:
        """What the statistics gave against what numpy finds in the rows. Without values nothing is scaled."""
        rules = number_rules(self.dataset.schema, self.dataset.statistics())
        for rule in [*rules.scaled, *rules.buckets]:
            fill = self.fill(rule.feature)
            assert (fill is None) == (rule.fill is None)
            if fill is not None:
                assert rule.fill == pytest.approx(fill, rel=1e-6, abs=slack(self.there(rule.feature)))
        for rule in rules.scaled:
            if self.there(rule.feature):
                self.check_scale(rule)
        for rule in rules.buckets:
            there, wanted = self.there(rule.feature), FROM[rule.feature][1]["bucketize"]
            bounds = wanted.get("bounds", [])
            if not bounds and there:
                bounds = np.quantile(there, np.arange(1, wanted["quantiles"]) / wanted["quantiles"]).tolist()
            for bound in rule.bounds:
                assert any(bound == pytest.approx(each, rel=1e-6, abs=slack(there)) for each in bounds)
            for bound in bounds:
                assert any(bound == pytest.approx(each, rel=1e-6, abs=slack(there)) for each in rule.bounds)
            assert list(rule.bounds) == sorted(set(rule.bounds))

    def check_scale(self, rule: NumericInput) -> None:
        options, there = FROM[rule.feature][1], np.array(self.there(rule.feature))
        if "clip" in options:
            low, high = np.quantile(there, options["clip"])
            assert (rule.low, rule.high) == pytest.approx((low, high), rel=1e-6, abs=slack(there))
            assert rule.divisor > 0
            return
        logs = np.array([signed_log1p(value) for value in there])
        match options.get("scale", "standard"):
            case "none":
                wanted = (0.0, 1.0)
            case "minmax":
                wanted = (there.min(), np.ptp(there))
            case "log1p":
                wanted = (logs.mean(), logs.std())
            case _:
                wanted = (there.mean(), there.std())
        if wanted[1] > 1e-9 * abs(wanted[0]):
            np.testing.assert_allclose([rule.center, rule.divisor], wanted, rtol=1e-6, atol=1e-6 * wanted[1])

    def inputs(self) -> tuple[np.ndarray, np.ndarray]:
        rules = number_rules(self.dataset.schema, self.dataset.statistics())
        columns = [
            [self.scaled(rule, value) for value in self.column(rule.feature, self.rows)] for rule in rules.scaled
        ]
        for name, (_, options) in FROM.items():
            if options.get("indicator"):
                columns.append([np.float32(missing(name, value)) for value in self.column(name, self.rows)])
        ids = [self.vocabulary_ids(name) for name in self.dataset.schema.vocabularies]
        for name, feature in self.dataset.schema.hashed.items():
            tokens = [None if missing(name, value) else value.encode() for value in self.column(name, self.rows)]
            ids.append([0 if token is None else 1 + fingerprint(token, feature.buckets) for token in tokens])
        for rule in rules.buckets:
            values = [
                rule.fill if missing(rule.feature, value) else float(np.float32(value))
                for value in self.column(rule.feature, self.rows)
            ]
            ids.append([0 if value is None else 1 + bisect_right(rule.bounds, normal(value)) for value in values])
        ids += [self.crossed(cross) for cross in CROSSES]
        return np.array(columns, np.float32).T, np.array(ids, np.int64).T

    def scaled(self, rule: NumericInput, value: Any) -> np.float32:
        absent = missing(rule.feature, value)
        if absent and rule.fill is None:
            return np.float32(0)
        filled = rule.fill if absent else float(np.float32(np.float64(value)))
        assert filled is not None
        if rule.low is not None and rule.high is not None:
            filled = min(max(filled, rule.low), rule.high)
        if rule.log:
            filled = signed_log1p(filled)
        with np.errstate(over="ignore"):
            return np.float32((filled - rule.center) / rule.divisor)

    def vocabulary_ids(self, name: str) -> list[int]:
        options = FROM[name][1]
        reserved = options.get("reserved", [])
        counts = Counter(value for value in self.column(name, self.train) if not missing(name, value))
        common = [token for token, count in counts.items() if count >= options.get("min_count", 1)]
        learned = sorted((t for t in common if t not in reserved), key=lambda t: (-counts[t], t.encode()))
        order = [*reserved, *learned][: options.get("max_size")]
        assert self.dataset.vocabulary(name).tokens.to_pylist() == [token.encode() for token in order]
        assert self.dataset.vocabulary(name).counts.to_pylist() == [counts[token] for token in order]
        buckets = options.get("oov_buckets", 1)
        id_of = {token: 1 + buckets + place for place, token in enumerate(order)}
        return [
            0 if missing(name, value) else id_of.get(value) or 1 + fingerprint(value.encode(), buckets)
            for value in self.column(name, self.rows)
        ]

    def crossed(self, cross: Any) -> list[int]:
        ids: list[int] = []
        one, other = cross["features"]
        for first, second in zip(self.column(one, self.rows), self.column(other, self.rows), strict=True):
            if missing(one, first) or missing(other, second):
                ids.append(0)
            else:
                a, b = first.encode(), second.encode()
                ids.append(1 + fingerprint(b"%d:%b%b" % (len(a), a, b), cross["buckets"]))
        return ids


def normal(value: float) -> float:
    return value if abs(value) >= 2.0**-126 else 0.0


def make_all(make_dataset: MakeDataset, rows: list[Row], tag: str, partitions: int) -> dict[Any, Dataset]:
    text = csv_of(rows)
    return {
        mode: make_dataset(
            text,
            name=f"transforms-{tag}-{'-'.join(mode)}",
            label={"column": "y"},
            source={"null_values": NULLS},
            features=FEATURES,
            crosses=CROSSES,
            remaining="exclude",
            split_key=["id"],
            records=mode[0],
            layout=mode[1],
            partitions=partitions,
        )
        for mode in MODES
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
    network = build_network(Linear(kind="linear"), model_inputs.number_width, model_inputs.named_sizes)
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
    names = {
        records: make_dataset(
            csv_of(rows),
            label={"column": "y"},
            source={"null_values": NULLS},
            features=FEATURES,
            crosses=CROSSES,
            remaining="exclude",
            split_key=["id"],
            records=records,
            layout="packed",
            partitions=1,
        ).manifest.name
        for records in ("raw", "transformed")
    }
    answers: list[Any] = []
    for records, name in names.items():
        request = {"model": f"of-{records}", "dataset": name, "epochs": 1, "batch_size": 16, "seed": 3}
        run(storage, {**request, "network": {"kind": "dnn", "hidden": [4]}}, JobContext.alone(f"train-{records}"))
        version = load(storage, read_manifest(storage, f"of-{records}", 1))
        asked = read({"instances": [instance(row) for row in rows]}, version.signatures["serving_default"].fields)
        answers.append(version.signatures["serving_default"].call(asked.numeric, asked.tokens)["predictions"])
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
