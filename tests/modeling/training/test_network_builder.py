"""Numbers that were the same in every training row change no prediction, in versions that are served."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.modeling.made import Made
from tests.modeling.trained import Trained

from modeling.protocols.tensorflow_predict import predict
from modeling.serving.predictor import Predictor


def predictions(predictor: Predictor, version: int, rows: list[dict[str, Any]]) -> list[float]:
    body = json.dumps({"instances": rows}).encode()
    return json.loads(predictor.answer("m", predict(body), version=version).body)["predictions"]


@pytest.mark.parametrize("version", [1, 2])
def test_constant_columns_and_those_without_values_are_ignored(predictor: Predictor, version: int) -> None:
    row = {"distance km": 900, "class": 3, "origin": "origin 1"}
    sent = [{}, {"constant": 7.25}, {"constant": 8}, {"constant": 1e6}, {"all:missing": 1}, {"all:missing": -1_000_000}]
    outputs = predictions(predictor, version, [{**row, **values} for values in sent])
    assert len(set(outputs)) == 1
    assert predictions(predictor, version, [{**row, "distance km": 1500}])[0] != outputs[0]


def test_the_result_and_the_report_name_them(trained: Trained) -> None:
    made: Made = trained.made
    assert made.rows[0]["constant"] == 7.25
    assert [response["ignored_features"] for response in trained.responses] == [["constant", "all:missing"]] * 2
