"""Fields of structs are the same in every mode, at predict, and in every signature of the SavedModel: their path is the name."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.parity.ways import training_inputs

from contracts.messages.networks import Linear
from modeling.decoding.raw_fields import Fields
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols.tensorflow_predict import read

AGE, CITY = "user.age", "user.address.city"
FEATURES = {
    AGE: {"kind": "numeric", "dtype": "float64"},
    CITY: {"kind": "categorical"},
    "double": {"kind": "numeric"},
    "price": {"kind": "numeric", "dtype": "float64"},
}
ROWS: list[dict[str, Any]] = [
    {
        "price": i / 3,
        "user": [
            None,
            {"age": i, "address": None},
            {"age": None, "address": {"city": "ab"[i % 2]}},
            {"address": {}, "age": 1},
        ][i % 4],
    }
    for i in range(160)
]


def flat(row: dict[str, Any]) -> dict[str, Any]:
    user = row["user"] or {}
    return {"price": row["price"], AGE: user.get("age"), CITY: (user.get("address") or {}).get("city")}


def json_of() -> str:
    return "".join(json.dumps({"y": i % 2, "id": f"row-{i}", **row}) + "\n" for i, row in enumerate(ROWS))


def csv_of() -> str:
    text = io.StringIO()
    out = csv.DictWriter(text, ["y", "id", "price", AGE, CITY])
    out.writeheader()
    out.writerows({"y": i % 2, "id": f"row-{i}", **flat(row)} for i, row in enumerate(ROWS))
    return text.getvalue()


def test_structs_are_flat_columns_everywhere(make_dataset: MakeDataset, tmp_path: Path, sources: Path) -> None:
    made: dict[Any, Any] = {}
    for place, form in enumerate(FORMS):
        name = f"structs-{'-'.join(form)}"
        made[form] = make_dataset(
            json_of() if place % 2 else csv_of(),
            name=name,
            source={"format": "jsonl", "uris": [f"{name}.jsonl"]} if place % 2 else {},
            label={"column": "y"},
            features=FEATURES,
            derive={"double": f"`{AGE}` * 2"},
            remaining="exclude",
            split_key=["id"],
            records=form[0],
            layout=form[1],
        )
    first = made["none", "columns"]
    wanted = training_inputs(first, [str(sources)])
    for dataset in made.values():
        assert dataset.schema == first.schema
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        for split, got in training_inputs(dataset, [str(sources)]).items():
            for one, other in zip(got, wanted[split], strict=True):
                np.testing.assert_array_equal(one, other)

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    network = build_network(Linear(kind="linear"), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    for place, weights in enumerate(network.weights):
        weights.assign(np.random.default_rng(place).normal(size=weights.shape))
    export(first.schema, model_inputs, network, Target.of(first), tmp_path / "model")
    loaded: Any = tf.saved_model.load(str(tmp_path / "model"))
    fields = Fields.of(first.schema)
    nested, plain = (read({"instances": rows}, fields) for rows in (ROWS, [flat(row) for row in ROWS]))
    np.testing.assert_array_equal(nested.numeric, plain.numeric)
    assert nested.tokens.tolist() == [
        [text.encode() if isinstance(text, str) else text for text in row] for row in plain.tokens
    ]
    packed = loaded.packed(tf.constant(nested.numeric), tf.constant(nested.tokens, tf.string))["predictions"]
    rows = [flat(row) for row in ROWS]
    tensors = {
        name: tf.constant([np.nan if row[name] is None else row[name] for row in rows]) for name in ("price", AGE)
    }
    tensors = {name: tf.cast(tensor, tf.float32) for name, tensor in tensors.items()}
    tensors[CITY] = tf.constant([row[CITY] or "" for row in rows])
    np.testing.assert_array_equal(loaded.signatures["serving_default"](**tensors)["predictions"], packed)
    assert len(set(packed.numpy().ravel().tolist())) > 10
