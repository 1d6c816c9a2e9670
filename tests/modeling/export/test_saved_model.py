"""What is exported answers in any TensorFlow, in a process that has none of this project's code."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.modeling.made import SCHEMA, Made, make_rows
from tests.modeling.made_records import byte_list, oracle, raw_features, raw_matrices
from tests.modeling.served import served
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.schema import Categorical, Hashed, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.predictor import Predictor

ALONE = """
import base64, json, sys
for name in ("modeling", "contracts", "sources", "chassis", "preprocessing", "tandem", "pyspark", "keras"):
    sys.modules[name] = None  # importing it fails
import tensorflow as tf
given = json.load(open(sys.argv[1]))
model = tf.saved_model.load(given["folder"])
named = {}
for name, column in given["columns"].items():
    kind = tf.float32 if given["kinds"][name] == "numeric" else tf.string
    named[name] = tf.constant([base64.b64decode(v) if kind == tf.string else v for v in column], kind)
examples = tf.constant([base64.b64decode(each) for each in given["examples"]])
default, transform = model.signatures["serving_default"](**named), model.signatures["transform"](**named)
from_examples = model.signatures["examples"](examples=examples)
print(json.dumps({
    "default": default["predictions"].numpy().tolist(),
    "examples": from_examples["predictions"].numpy().tolist(),
    "numeric": transform["numeric"].numpy().tolist(),
    "categorical": transform["categorical"].numpy().tolist(),
}))
"""


def example_of(row: dict[str, Any]) -> bytes:

    features = tf.train.Features(feature=raw_features(SCHEMA, row))
    return tf.train.Example(features=features).SerializeToString()


def test_answers_in_a_fresh_process_with_tensorflow_alone(
    trained: Trained, predictor: Predictor, tmp_path: Path
) -> None:
    rows = trained.made.of("test")[:50]
    numeric, tokens = raw_matrices(SCHEMA, rows)
    columns: dict[str, list[Any]] = {
        name: [float(value) for value in numeric[:, at]] for at, name in enumerate(SCHEMA.number_columns)
    }
    for at, name in enumerate(SCHEMA.token_columns):
        columns[name] = [base64.b64encode(token).decode() for token in tokens[:, at]]
    given = {
        "folder": str(trained.storage.local_path("models/m/2")),
        "columns": columns,
        "kinds": {name: feature.kind for name, feature in SCHEMA.features.items()},
        "examples": [base64.b64encode(example_of(row)).decode() for row in rows],
    }
    path = tmp_path / "given.json"
    path.write_text(json.dumps(given))
    done = subprocess.run([sys.executable, "-I", "-c", ALONE, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    expected = oracle(trained.made, rows)
    assert np.array_equal(np.array(found["numeric"], np.float32), expected[0])
    assert found["categorical"] == expected[1].tolist()
    signature = predictor.registry.get("m", 2).signatures["serving_default"]
    here = signature.call(numeric, tokens)["predictions"]
    assert np.allclose(found["default"], here, rtol=1e-6, atol=0)
    assert np.allclose(found["examples"], here, rtol=1e-6, atol=0)
    assert len(set(found["default"])) > 10


def test_the_signatures_inputs_bear_the_features_names(predictor: Predictor) -> None:
    described = predictor.registry.get("m").signature_def
    assert described.keys() == {"serving_default", "transform", "examples"}
    inputs = described["serving_default"]["inputs"]
    assert inputs.keys() == SCHEMA.features.keys()
    assert inputs["distance km"]["dtype"] == "DT_FLOAT"
    assert inputs["carrier/日本"]["dtype"] == "DT_STRING"
    assert inputs["class"]["tensor_shape"]["dim"] == [{"size": "-1", "name": ""}]
    assert described["serving_default"]["outputs"].keys() == {"predictions"}
    assert described["transform"]["outputs"].keys() == {"numeric", "categorical"}
    assert described["examples"]["inputs"].keys() == {"examples"}


@pytest.mark.parametrize("kind", ["numeric", "categorical"])
def test_a_model_of_one_kind_of_features(storage: Storage, kind: str) -> None:
    chosen = {name: feature for name, feature in SCHEMA.features.items() if feature.kind == kind}
    made = Made(make_rows(40), [1] * 40, schema=SCHEMA.model_copy(update={"features": chosen}))
    made.publish(storage)
    run(storage, {"network": {"kind": "dnn", "hidden": [2]}, "epochs": 1}, JobContext.alone())
    with served(storage) as predictor:
        reply = json.loads(predictor.answer("m", predict(b'{"instances": [{}, {}]}')).body)
        assert len(reply["predictions"]) == 2
        signature = predictor.registry.get("m").signatures["examples"]
        assert signature.call(np.zeros((1, 0), np.float32), np.full((1, 1), b"", object))["predictions"].shape == (1,)


def test_a_model_with_one_field_takes_bare_values(storage: Storage) -> None:
    schema = SCHEMA.model_copy(update={"features": {"self": Numeric(dtype="float64")}})
    rows = [{"self": float(at % 7), "late": at % 2} for at in range(40)]
    Made(rows, [1] * 40, schema=schema).publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())
    with served(storage) as predictor:
        bare = json.loads(predictor.answer("m", predict(b'{"instances": [1, null, 3.5]}')).body)["predictions"]
        named = json.loads(predictor.answer("m", predict(b'{"instances": [{"self": 1}, {}, {"self": 3.5}]}')).body)[
            "predictions"
        ]
        columns = json.loads(predictor.answer("m", predict(b'{"inputs": [1, NaN, 3.5]}')).body)["outputs"]
    assert bare == named == columns


def test_signatures_that_take_text_spell_it_as_the_dataset_does(storage: Storage) -> None:
    schema = Schema(
        features={
            "store": Categorical(spelling="canonical"),
            "release": Categorical(spelling="written"),
            "member": Hashed(buckets=1000, spelling="canonical"),
        },
        label=Label(column="late"),
    )
    seen = [(b"101", b"3.10", b"true"), (b"6.5", b"3.1", b"false")]
    rows = [dict(zip([*schema.features, "late"], (*seen[at % 2], at % 2), strict=True)) for at in range(48)]
    Made(rows, [(1, 2, 3)[at % 3] for at in range(48)], schema=schema).publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone("spelled"))
    model: Any = tf.saved_model.load(str(storage.local_path("models/m/1")))
    columns = {
        "store": ["101", "101.0", "6.50"],
        "release": ["3.10", "3.1", "3.10"],
        "member": ["true", "True", "TRUE"],
    }
    named = {name: tf.constant(column) for name, column in columns.items()}
    ids = dict(zip(schema.id_inputs, model.signatures["transform"](**named)["categorical"].numpy().T, strict=True))
    assert ids["store"][0] == ids["store"][1] != ids["store"][2]
    assert min(ids["store"]) >= Categorical().first_token_id, "no token is unknown"
    assert ids["release"][0] == ids["release"][2] != ids["release"][1]
    assert len(set(ids["member"])) == 1
    feature = {name: tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"101.0"])) for name in ("store", "member")}
    example = tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
    plain = tf.constant(["101", ""]), tf.constant(["101", ""])
    expected = model.signatures["serving_default"](store=plain[0], member=plain[1], release=tf.constant(["", ""]))
    asked = model.signatures["examples"](examples=tf.constant([example]))
    assert asked["predictions"][0] == expected["predictions"][0]
    assert expected["predictions"][0] != expected["predictions"][1]


def test_text_means_in_every_signature_what_it_means_here(storage: Storage) -> None:
    schema = Schema(
        features={
            "answer": Categorical(strip=True, fold_case=True, spelling="canonical"),
            "code": Hashed(buckets=16, fold_case=True, spelling="written"),
        },
        label=Label(column="late"),
        null_tokens=["", "NA"],
    )
    rows = [
        {"answer": (b"yes", b"no", b"101")[at % 3], "code": b"c%d" % (at % 5), "late": at % 3 % 2} for at in range(90)
    ]
    Made(rows, [1] * 90, schema=schema).publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 3}, JobContext.alone())
    written = [
        ("Yes", "C1"),
        (" yes\t", "c1"),
        ("NO ", "C2"),
        ("101.0", "c2"),
        (" 101.0", "C2"),
        ("NA", "NA"),
        (" ", "x"),
    ]
    with served(storage) as predictor:
        body = json.dumps({"instances": [{"answer": answer, "code": code} for answer, code in written]})
        here = json.loads(predictor.answer("m", predict(body.encode())).body)["predictions"]
    assert here[0] == here[1]
    assert here[3] == here[4]
    assert len({round(answer, 4) for answer in here}) == 5
    model: Any = tf.saved_model.load(str(storage.local_path("models/m/1")))
    answers, codes = (tf.constant([row[place] for row in written]) for place in (0, 1))
    examples = [
        tf.train.Example(
            features=tf.train.Features(feature={"answer": byte_list([a.encode()]), "code": byte_list([c.encode()])})
        )
        for a, c in written
    ]
    default = model.signatures["serving_default"](answers, codes)["predictions"].numpy()
    serialized = tf.constant([example.SerializeToString() for example in examples])
    from_examples = model.signatures["examples"](examples=serialized)["predictions"].numpy()
    np.testing.assert_allclose(default, here, rtol=1e-5)
    np.testing.assert_allclose(from_examples, here, rtol=1e-5)
