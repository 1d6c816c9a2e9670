"""The class of a binary prediction by the version's threshold, in every protocol, next to the same probability."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import Made
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.messages.batch_predictions import BatchRequest
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.batch_prediction.run import predict_files
from modeling.protocols.invocations import Headers, invoke
from modeling.protocols.open_inference import infer
from modeling.protocols.tensorflow_classify import classify, regress
from modeling.protocols.tensorflow_predict import predict
from modeling.reports.version_report import report_page
from modeling.repository.versions import read_detail, read_manifest
from modeling.serving.inference_request import BodyDecoder
from modeling.serving.predictor import Predictor

ROWS = [{"size": float(size), "isle": "isle 1"} for size in range(0, 50, 5)]
TENSORS = [
    {"name": "size", "datatype": "FP32", "shape": [10], "data": [row["size"] for row in ROWS]},
    {"name": "isle", "datatype": "BYTES", "shape": [10], "data": [row["isle"] for row in ROWS]},
]
REQUEST: dict[str, Any] = {"network": {"kind": "linear"}, "optimizer": "adam", "epochs": 4, "learning_rate": 0.1}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Version 1 has a threshold, version 2 has none."""
    storage = Storage(str(tmp_path_factory.mktemp("thresholds") / "storage"))
    generator = np.random.default_rng(0)
    schema = Schema(
        features={"size": Numeric(dtype="float64"), "isle": Categorical()}, label=Label(column="y", kind="binary")
    )
    rows = [
        {"size": float(at % 50), "isle": b"isle %d" % (at % 3), "y": int(generator.random() < (at % 50) / 60)}
        for at in range(600)
    ]
    Made(rows, [(1, 1, 2, 3)[at % 4] for at in range(600)], schema=schema).publish(storage)
    run(storage, {**REQUEST, "threshold": "f1"}, JobContext.alone("first"))
    run(storage, {**REQUEST, "epochs": 1}, JobContext.alone("second"))
    return storage


@pytest.fixture(scope="module")
def predictor(storage: Storage) -> Iterator[Predictor]:
    with served(storage) as predictor:
        yield predictor


@pytest.fixture(scope="module")
def expected(storage: Storage, predictor: Predictor) -> tuple[list[float], list[int]]:
    """The probabilities of the rows, and their classes; both occur."""
    threshold = read_manifest(storage, "m", 1).result.evaluation.threshold
    assert threshold is not None
    scores = json.loads(predictor.answer("m", predict(body({"instances": ROWS})), version=1).body)["predictions"]
    classes = [int(score >= threshold.value) for score in scores]
    assert set(classes) == {0, 1}
    return scores, classes


def body(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "decode",
    [
        predict(body({"instances": ROWS}), classes=True),
        invoke(body({"instances": ROWS, "parameters": {"class": True}}), Headers()),
        invoke(body({"dataframe_records": ROWS, "params": {"class": "true"}}), Headers()),
        invoke(body(ROWS), Headers(), classes=True),
    ],
)
def test_replies_by_row(predictor: Predictor, expected: Any, decode: BodyDecoder) -> None:
    reply = json.loads(predictor.answer("m", decode, version=1).body)["predictions"]
    assert reply == [{"predictions": score, "class": of} for score, of in zip(*expected, strict=True)]


def test_replies_by_column_in_csv_and_of_serialized_examples(predictor: Predictor, expected: Any) -> None:
    columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
    reply = json.loads(predictor.answer("m", predict(body({"inputs": columns}), classes=True), version=1).body)
    assert reply["outputs"] == {"predictions": expected[0], "class": expected[1]}
    as_csv = invoke(body(ROWS), Headers(accept="text/csv"), classes=True)
    lines = predictor.answer("m", as_csv, version=1).body.decode().splitlines()
    assert [int(line.split(",")[0]) for line in lines] == expected[1]
    assert [float(line.split(",")[1]) for line in lines] == expected[0]


def test_a_tensor_that_is_asked_for_by_name_or_by_the_query(predictor: Predictor, expected: Any) -> None:
    named = [{"name": "class"}, {"name": "predictions"}]
    for decode in (
        infer(body({"inputs": TENSORS, "outputs": named}), None),
        infer(body({"inputs": TENSORS}), None, classes=True),
    ):
        outputs = json.loads(predictor.answer("m", decode, version=1).body)["outputs"]
        assert [(output["name"], output["datatype"]) for output in outputs] == [
            ("class", "INT64"),
            ("predictions", "FP32"),
        ]
        assert [output["data"] for output in outputs] == [expected[1], expected[0]]
    alone = infer(body({"inputs": TENSORS, "outputs": [{"name": "class"}]}), None)
    assert json.loads(predictor.answer("m", alone, version=1).body)["outputs"][0]["data"] == expected[1]


def test_nothing_changes_where_nobody_asks(predictor: Predictor, expected: Any) -> None:
    for decode in (invoke(body(ROWS), Headers()), predict(body({"instances": ROWS}))):
        assert json.loads(predictor.answer("m", decode, version=1).body) == {"predictions": expected[0]}
    outputs = json.loads(predictor.answer("m", infer(body({"inputs": TENSORS}), None), version=1).body)["outputs"]
    assert [output["name"] for output in outputs] == ["predictions"]


@pytest.mark.parametrize(
    ("decode", "version", "message"),
    [
        (predict(body({"instances": ROWS}), classes=True), 2, "version 2 of model 'm' has no threshold"),
        (infer(body({"inputs": TENSORS, "outputs": [{"name": "class"}]}), None), 2, "has no threshold"),
        (invoke(body(ROWS), Headers(), classes=True), 2, "has no threshold"),
        (predict(body({"instances": ROWS, "signature_name": "transform"}), classes=True), 1, "does not return"),
        (classify(body({"examples": ROWS}), classes=True), 1, "ask for it by `:predict`"),
        (regress(body({"examples": ROWS}), classes=True), 1, "ask for it by `:predict`"),
        (invoke(body({"instances": ROWS, "params": {"class": 3}}), Headers()), 1, "params.class must be true"),
    ],
)
def test_a_class_that_there_cannot_be_is_refused(
    predictor: Predictor, decode: BodyDecoder, version: int, message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        predictor.answer("m", decode, version=version)


def test_batches_have_a_column(storage: Storage, tmp_path: Path, expected: Any) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    source = {"format": "jsonl", "uris": [str(tmp_path / "rows.jsonl")]}
    asked = {"name": "p", "model": "m", "version": 1, "source": source, "format": "jsonl", "classes": True}
    found = predict_files(storage, [str(tmp_path)], BatchRequest.model_validate(asked), JobContext.alone("p"))
    assert sorted(found.columns) == ["class", "predictions"]
    lines = [json.loads(line) for line in storage.read(found.files[0].path).splitlines()]
    assert [line["class"] for line in lines] == expected[1]
    assert [line["predictions"] for line in lines] == expected[0]
    without = BatchRequest.model_validate({**asked, "name": "q", "version": 2})
    with pytest.raises(InvalidRequest, match="has no threshold") as caught:
        predict_files(storage, [str(tmp_path)], without, JobContext.alone("q"))
    assert caught.value.pointer == "/classes"


def test_the_report_shows_the_threshold_in_its_picture_and_table(storage: Storage) -> None:
    manifest, without = (read_manifest(storage, "m", version) for version in (1, 2))
    threshold = manifest.result.evaluation.threshold
    assert threshold is not None
    assert threshold.validation is not None
    assert threshold.validation.rows == threshold.test.rows == 150
    assert threshold.test.confusion is not None
    assert without.result.evaluation.threshold is None
    pages = [
        bytes(report_page(found, read_detail(storage, found), [], is_default=True).body).decode()
        for found in (manifest, without)
    ]
    for words in (f"threshold: {threshold.value:.3g}", "chosen-threshold", "the greatest F1 on the validation split"):
        assert [words in page for page in pages] == [True, False], words
    assert f'data-threshold="{threshold.value}"' in pages[0]


@pytest.mark.parametrize(
    ("kind", "threshold", "splits", "message"),
    [
        ("regression", "f1", [1, 2, 3], "only a binary label has a threshold, and this one is regression"),
        ("binary", "f1", [1, 1, 3], "which has no rows in this dataset"),
    ],
)
def test_a_threshold_that_cannot_be_chosen_is_refused(
    tmp_path: Path, kind: Any, threshold: Any, splits: list[int], message: str
) -> None:
    storage = Storage(str(tmp_path / "storage"))
    schema = Schema(features={"size": Numeric(dtype="float64")}, label=Label(column="y", kind=kind))
    Made([{"size": float(at), "y": at % 2} for at in range(30)], splits * 10, schema=schema).publish(storage)
    with pytest.raises(InvalidRequest, match=message) as caught:
        run(storage, {**REQUEST, "threshold": threshold}, JobContext.alone("refused"))
    assert caught.value.pointer == "/threshold"
