"""What each protocol replies with for labels of several classes, and for numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import Made
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.classes import ClassName
from contracts.errors import InvalidRequest
from contracts.schema import Categorical, Label, LabelKind, Numeric, Schema
from contracts.storage import Storage
from modeling.protocols.invocations import Headers, invoke
from modeling.protocols.open_inference import HEADER_LENGTH, infer, metadata
from modeling.protocols.tensor_codec import from_binary
from modeling.protocols.tensorflow_classify import classify, regress
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.predictor import Predictor

CLASSES: list[ClassName] = ["Adelie", "Chinstrap", "日本"]
ROWS = [{"size": 40.0, "isle": "isle 1"}, {"size": None}, {}]
TENSORS = [
    {"name": "size", "datatype": "FP32", "shape": [3], "data": [40, None, ""]},
    {
        "name": "isle",
        "datatype": "BYTES",
        "shape": [3, 1],
        "data": [["isle 1"], [None], [""]],
    },
]


def trained(kind: LabelKind, storage: Storage) -> None:
    schema = Schema(
        features={"size": Numeric(dtype="float64"), "isle": Categorical()}, label=Label(column="y", kind=kind)
    )
    rows = [
        {
            "size": float(at % 50),
            "isle": b"isle %d" % (at % 3),
            "y": at % 3 if kind == "multiclass" else 2.5 * (at % 50),
        }
        for at in range(300)
    ]
    splits = [(1, 1, 1, 1, 2, 3)[at % 6] for at in range(300)]
    Made(rows, splits, schema=schema, classes=CLASSES if kind == "multiclass" else None).publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    storage = Storage(str(tmp_path_factory.mktemp("classes") / "storage"))
    trained("multiclass", storage)
    with served(storage) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    storage = Storage(str(tmp_path_factory.mktemp("numbers") / "storage"))
    trained("regression", storage)
    with served(storage) as predictor:
        yield predictor


def answer(predictor: Predictor, protocol: Callable[..., Any], body: Any, *more: Any) -> Any:
    return json.loads(predictor.answer("m", protocol(json.dumps(body).encode(), *more)).body)


def test_classes_have_names_and_scores_in_every_protocol(classes: Predictor) -> None:
    rows = answer(classes, predict, {"instances": ROWS})["predictions"]
    scores = [row["probabilities"] for row in rows]
    assert np.sum(scores, axis=1) == pytest.approx([1, 1, 1])
    pairs = answer(classes, classify, {"examples": ROWS})["results"]
    assert pairs == [[[name, score] for name, score in zip(CLASSES, row, strict=True)] for row in scores]
    assert [row["class"] for row in rows] == [CLASSES[int(np.argmax(row))] for row in scores]
    assert answer(classes, invoke, ROWS, Headers())["predictions"] == rows

    outputs = {each["name"]: each for each in answer(classes, infer, {"inputs": TENSORS}, None)["outputs"]}
    assert outputs["probabilities"]["shape"] == [3, 3]
    assert outputs["probabilities"]["data"] == [score for row in scores for score in row]
    assert (outputs["class"]["datatype"], outputs["class"]["data"]) == ("BYTES", [row["class"] for row in rows])
    described = {each["name"]: each for each in metadata(classes.registry.get("m"), [1])["outputs"]}
    assert {name: each["datatype"] for name, each in described.items()} == {
        name: each["datatype"] for name, each in outputs.items()
    }
    assert described["probabilities"]["shape"] == [-1, 3]


def test_names_of_classes_in_binary_and_in_csv(classes: Predictor) -> None:
    expected = [row["class"] for row in answer(classes, predict, {"instances": ROWS})["predictions"]]
    wanted = [{"name": "class", "parameters": {"binary_data": True}}]
    reply = classes.answer("m", infer(json.dumps({"inputs": TENSORS, "outputs": wanted}).encode(), None))
    data = reply.body[int(reply.headers[HEADER_LENGTH]) :]
    assert [each.decode() for each in from_binary(data, "BYTES", 3, "class").tolist()] == expected
    csv = classes.answer("m", invoke(b"isle,size\nisle 1,40\n,\n,\n", Headers("text/csv", "text/csv"))).body.decode()
    assert [line.split(",")[0] for line in csv.splitlines()] == expected


def test_numbers_in_every_protocol(numbers: Predictor) -> None:
    expected = answer(numbers, predict, {"instances": ROWS})["predictions"]
    assert answer(numbers, regress, {"examples": ROWS})["results"] == expected
    assert answer(numbers, infer, {"inputs": TENSORS}, None)["outputs"][0]["data"] == expected
    assert answer(numbers, invoke, {"dataframe_records": ROWS}, Headers())["predictions"] == expected


def test_what_a_label_cannot_be_asked_for(classes: Predictor, numbers: Predictor) -> None:
    with pytest.raises(InvalidRequest, match="predicts numbers, and no classes"):
        answer(numbers, classify, {"examples": ROWS})
    with pytest.raises(InvalidRequest, match="predicts classes, and no number"):
        answer(classes, regress, {"examples": ROWS})
