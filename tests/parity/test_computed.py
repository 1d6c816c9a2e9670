"""Features that are computed from columns are the same in every mode, at predict, and in every signature of the SavedModel.

What is expected is computed here in plain Python, value by value, then imputed and looked up by the artifacts of the dataset.
"""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.modeling.trained import run
from tests.parity.ways import EXAMPLES, NULLS, REALS, any_rows, is_missing, number, split_of_rows, training_inputs

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from contracts.statistics import ClassLabelStatistics
from contracts.storage import Storage
from modeling.decoding.raw_fields import Fields
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols import csv_body
from modeling.protocols.tensorflow_predict import read
from modeling.repository.versions import read_manifest
from modeling.serving.load_saved_model import load

ZONE = "America/New_York"
DERIVE = {
    "mail": "lower(trim(email))",  # no feature: it serves the next one
    "domain": "regexp_extract(mail, '@([a-z.]+)$', 1)",
    "fee_per_mile": "fee / nullif(miles, 0)",
    "last_digits": "account % 1000",
    "is_large": "account > 9007199254740992 OR fee > 100",
    "hour": "hour(moment)",
    "weekday": "weekday(moment)",
    "age": "datediff(DATE'2030-01-01', moment)",
}
FEATURES: dict[str, dict[str, Any]] = {
    "miles": {"kind": "numeric", "impute": "mean"},
    "account": {"kind": "numeric", "impute": "median"},
    "domain": {"kind": "categorical"},
    "fee_per_mile": {"kind": "numeric", "indicator": True},
    "last_digits": {"kind": "numeric", "bucketize": {"bounds": [100, 500]}},
    "is_large": {"kind": "categorical"},
    "hour": {"kind": "hashed", "buckets": 50},
    "weekday": {"kind": "numeric"},
    "age": {"kind": "numeric", "scale": "minmax"},
}
ACCOUNTS = [0, 7, -1007, 2**53 + 1, 2**53 + 999, 1 - 2**63, 2**63 - 1, None]
EMAILS = ["ann@Example.COM", " bob@mail.org ", "nobody", "@", "ü@x.y", "a@b@c.d", "NA", "", None]
MOMENTS = [
    "2013-01-01T05:00:00Z",
    "2013-03-10T06:59:59Z",
    "2013-03-10T07:00:00+00:00",
    "2013-11-03T05:30:00Z",
    "2013-11-03 06:30:00Z",
    "2024-02-29",
    "1969-12-31T23:59:59.999999Z",
    "2013-07-04T12:00:00+05:30",
    None,
]
Row = tuple[int | None, float | None, float | None, str | None, str | None]
COLUMNS = ("account", "fee", "miles", "email", "moment")


def one_of(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


ROWS = st.lists(
    st.tuples(one_of(ACCOUNTS), one_of(REALS), one_of(REALS), one_of(EMAILS), one_of(MOMENTS)),
    min_size=40,
    max_size=80,
)


def f32(value: float | None) -> float | None:
    """A number as an expression reads it."""
    if value is None or is_missing(value):
        return None
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def present(text: str | None) -> str | None:
    return None if is_missing(text) else text


def divided(first: float | None, second: float | None) -> float | None:
    return None if first is None or not second else f32(first / second)


def any_true(*terms: bool | None) -> str | None:
    return "true" if any(terms) else None if None in terms else "false"


def expected(row: Row) -> dict[str, Any]:
    account, fee, miles, email, moment = row[0], f32(row[1]), f32(row[2]), present(row[3]), present(row[4])
    found = None if email is None else re.search(r"@([a-z.]+)\Z", email.strip(" ").lower())
    when = None if moment is None else datetime.fromisoformat(moment)
    when = None if when is None else (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(ZoneInfo(ZONE))
    large = None if account is None else account > 2**53
    dear = None if fee is None else fee > 100
    return {
        "miles": miles,
        "account": account,
        "domain": (found[1] if found else None) if email is not None else None,
        "fee_per_mile": divided(fee, miles),
        "last_digits": None
        if account is None
        else math.fmod(account % 1000 if account >= 0 else -(-account % 1000), 1000),
        "is_large": any_true(large, dear),
        "hour": None if when is None else str(when.hour),
        "weekday": None if when is None else when.weekday(),
        "age": None if when is None else (date(2030, 1, 1) - when.date()).days,
    }


def csv_of(rows: list[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["y", "id", *COLUMNS])
    for i, (account, fee, miles, email, moment) in enumerate(rows):
        texts = ["NA" if text is None else text for text in (email, moment)]
        writer.writerow([i % 2, f"row-{i}", number(account), number(fee), number(miles), *texts])
    return out.getvalue()


def make_all(
    make_dataset: MakeDataset, rows: list[Row], tag: str, parts: int, forms: Any = FORMS
) -> dict[Any, Dataset]:
    return {
        form: make_dataset(
            csv_of(rows),
            name=f"computed-{tag}-{'-'.join(form)}",
            label={"column": "y"},
            source={"null_values": NULLS},
            derive=DERIVE,
            time_zone=ZONE,
            features=FEATURES,
            remaining="exclude",
            split_key=["id"],
            records=form[0],
            layout=form[1],
            partitions=parts,
        )
        for form in forms
    }


def inputs_of(dataset: Dataset, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """The model's inputs, from expected values of features: the layers of a schema whose columns are its features."""
    values = [expected(row) for row in rows]
    schema = dataset.schema
    numeric = np.array(
        [
            [np.nan if value[name] is None else np.float32(np.float64(value[name])) for name in schema.number_columns]
            for value in values
        ],
        np.float32,
    )
    tokens = np.array([[(value[name] or "").encode() for name in schema.token_columns] for value in values], object)
    layer = ModelInputs(schema, dataset.statistics(), dataset.vocabularies())
    numbers, ids = layer(tf.constant(numeric), tf.constant(tokens, tf.string))
    return numbers.numpy(), ids.numpy()


def example(row: Row) -> bytes:
    """The row as a serialized tf.train.Example of the columns that a client sends."""
    features: dict[str, Any] = {}
    account, fee, miles, email, moment = row
    if account is not None:
        features["account"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[account]))
    for name, value in (("fee", fee), ("miles", miles)):
        if value is not None:
            with np.errstate(over="ignore"):
                features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[np.float32(value)]))
    if email is not None:
        features["email"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[email.encode()]))
    if moment is not None:
        features["moment"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[microseconds(moment)]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def microseconds(moment: str) -> int:
    when = datetime.fromisoformat(moment)
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instance(row: Row) -> dict[str, Any]:
    return dict(zip(COLUMNS, row, strict=True))


def equal(found: Any, wanted: tuple[np.ndarray, np.ndarray], what: str) -> None:
    np.testing.assert_array_equal(found[1], wanted[1], what)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-6, atol=1e-7, err_msg=what)


def check(make_dataset: MakeDataset, rows: list[Row], folder: Path, roots: list[str], tag: str, parts: int) -> Dataset:
    made = make_all(make_dataset, rows, tag, parts)
    first = made["none", "columns"]
    wanted = inputs_of(first, rows)
    codes = split_of_rows(first)
    for mode, dataset in made.items():
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        for split, found in training_inputs(dataset, roots).items():
            here = codes == SPLIT_NAMES.index(split) + 1
            equal(found, (wanted[0][here], wanted[1][here]), f"{mode} {split}")

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    network = build_network(Linear(kind="linear"), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    export(first.schema, model_inputs, network, Target.of(first), folder)
    loaded: Any = tf.saved_model.load(str(folder))
    fields = Fields.of(first.schema)
    body = "\n".join(line.split(",", 2)[2] for line in csv_of(rows).splitlines())
    names = list(first.schema.raw_types)
    for way, values in (
        ("JSON rows", read({"instances": [instance(row) for row in rows]}, fields)),
        (
            "JSON columns",
            read({"inputs": {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}}, fields),
        ),
        ("CSV", csv_body.read_csv(body.encode(), names, fields, has_header=True)),
    ):
        assert values.integers is not None
        tensors = tf.constant(values.numeric), tf.constant(values.tokens, tf.string), tf.constant(values.integers)
        answered = loaded.packed_transform(*tensors)
        equal((answered["numeric"], answered["categorical"]), wanted, way)
    answers = loaded.signatures["examples"](tf.constant([example(row) for row in rows]))
    asked = read({"instances": [instance(row) for row in rows]}, fields)
    assert asked.integers is not None
    tensors = tf.constant(asked.numeric), tf.constant(asked.tokens, tf.string), tf.constant(asked.integers)
    np.testing.assert_array_equal(answers["predictions"], loaded.packed(*tensors)["predictions"])
    named = dict(zip(fields.numeric_at, asked.numeric.T, strict=True)) | dict(
        zip(fields.categorical_at, [tf.constant(column.tolist(), tf.string) for column in asked.tokens.T], strict=True)
    )
    named |= dict(zip(fields.integers.places, asked.integers.T, strict=True))
    answered = loaded.signatures["transform"](**{name: tf.constant(column) for name, column in named.items()})
    equal((answered["numeric"], answered["categorical"]), wanted, "transform")
    return first


@pytest.fixture
def roots(sources: Path) -> list[str]:
    return [str(sources)]


def nasty_rows(size: int) -> list[Row]:
    values: tuple[list[Any], ...] = ACCOUNTS, REALS, REALS, EMAILS, MOMENTS
    steps = 1, 3, 5, 1, 2
    return [
        tuple(column[(i * step + i // len(column)) % len(column)] for column, step in zip(values, steps, strict=True))  # pyright: ignore[reportReturnType]
        for i in range(size)
    ]


def test_nasty_rows_are_computed_alike_everywhere(make_dataset: MakeDataset, tmp_path: Path, roots: list[str]) -> None:
    dataset = check(make_dataset, nasty_rows(150), tmp_path / "model", roots, "nasty", parts=3)
    assert dataset.schema.raw_types == {
        "account": "int64",
        "miles": "float64",
        "fee": "float64",
        "email": "bytes",
        "moment": "instant",
    }


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_rows_are_computed_alike(
    make_dataset: MakeDataset, tmp_path: Path, roots: list[str], examples: int
) -> None:
    number = count(examples)  # names of datasets are given once

    @any_rows(examples, rows=ROWS, parts=st.integers(1, 4))
    def check_them(rows: list[Row], parts: int) -> None:
        tag = f"any-{next(number)}"
        check(make_dataset, rows, tmp_path / tag, roots, tag, parts)

    check_them()


def test_a_trained_version_answers_from_columns(make_dataset: MakeDataset, storage: Storage) -> None:
    reals = [None, -2.5, 0.1, 0.0, 3.0, 7.25]
    rows: list[Row] = [
        (account, reals[i % 6], reals[i * 5 % 6], email, moment)
        for i, (account, _, _, email, moment) in enumerate(nasty_rows(160))
    ]
    made = make_all(make_dataset, rows, "trained", 1, [("raw", "columns"), ("transformed", "packed")])
    answers: list[Any] = []
    for (records, _), dataset in made.items():
        request = {
            "model": f"computed-{records}",
            "dataset": dataset.manifest.name,
            "epochs": 1,
            "batch_size": 16,
            "seed": 3,
        }
        run(storage, {**request, "network": {"kind": "dnn", "hidden": [4]}}, JobContext.alone(f"train-{records}"))
        version = load(storage, read_manifest(storage, f"computed-{records}", 1))
        signature = version.signatures["serving_default"]
        asked = read({"instances": [instance(row) for row in rows]}, signature.fields)
        answers.append(signature.call(*asked)["predictions"])
    assert np.ptp(answers[0]) > 0.01
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4)


@pytest.mark.parametrize(
    ("kind", "values"), [("binary", [0, 1]), ("multiclass", [3, 5, 8]), ("multiclass", [0.5, 2.0])]
)
def test_an_expression_may_read_the_label(make_dataset: MakeDataset, kind: str, values: list[float]) -> None:
    text = "y,x\n" + "".join(f"{values[i % len(values)]},{i}\n" for i in range(60))
    dataset = make_dataset(
        text,
        label={"column": "y", "kind": kind},
        derive={"leak": "x * y"},
        features={"leak": {"kind": "numeric"}, "x": {"kind": "numeric"}},
        remaining="exclude",
        splits={"train": 1.0},
    )
    label = dataset.statistics().splits["train"].label
    if isinstance(label, ClassLabelStatistics):
        assert sorted(float(name) for name in label.names) == sorted(values)
    else:
        assert dataset.statistics().splits["train"].binary_label.mean == 0.5
