from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields
from modeling.protocols.tensorflow_classify import classify, read, regress
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.predictor import Predictor

FIELDS = Fields(["distance", "delay"], ["carrier"], ["NA"])


def test_values_may_stand_in_lists_and_share_a_context() -> None:
    document = {"context": {"carrier": ["UA"]}, "examples": [{"distance": [1.5]}, {"distance": [], "delay": None}]}
    found = read(document, FIELDS)
    assert np.array_equal(found.numeric, np.array([[1.5, np.nan], [np.nan, np.nan]], np.float32), equal_nan=True)
    assert found.tokens.tolist() == [[b"UA"], [b"UA"]]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "examples must be a list"),
        ({"examples": []}, "at least one row"),
        ({"examples": {}}, "examples must be a list"),
        ({"examples": [1]}, r"examples\[0\]: must be an object"),
        ({"examples": [{}, {"distance": [1, 2]}]}, r"examples\[1\]\.distance: must be one value\. Received: 2"),
        ({"examples": [{}, {"distance": ["x"]}]}, r"examples\[1\]\.distance: must be a number"),
        ({"examples": [{"distence": 1}]}, r"examples\[0\]: unknown field 'distence'; the nearest"),
        ({"context": [], "examples": [{}]}, "context must be an object"),
        ({"context": {"delay": "x"}, "examples": [{}]}, r"context\.delay: must be a number"),
        ({"context": {"dely": 1}, "examples": [{}]}, "context: unknown field 'dely'"),
        ({"context": {"delay": 1}, "examples": [{}, {"delay": 1}]}, r"examples\[1\]\.delay: is in the context, too"),
    ],
)
def test_bad_bodies_say_row_and_field(document: Any, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read(document, FIELDS)


ROWS = [{"distance km": 1200.5, "class": 3}, {}]


def test_a_binary_label_has_two_classes_and_a_number(predictor: Predictor) -> None:
    def answer(read: Any) -> Any:
        return json.loads(predictor.answer("m", read).body)

    expected = answer(predict(json.dumps({"instances": ROWS}).encode()))["predictions"]
    body = json.dumps({"examples": ROWS, "signature_name": "serving_default"}).encode()
    pairs = answer(classify(body))["results"]
    assert [[label for label, _ in row] for row in pairs] == [["0", "1"]] * 2
    assert [row[1][1] for row in pairs] == expected
    assert [row[0][1] + row[1][1] for row in pairs] == pytest.approx([1, 1])
    documented = json.dumps({"signature_name": "tensorflow/serving/regress", "examples": ROWS}).encode()
    assert answer(regress(documented)) == {"results": expected}


@pytest.mark.parametrize("name", ["transform", "tensorflow/serving/regress", 1])
def test_other_signatures_do_not_classify(predictor: Predictor, name: Any) -> None:
    with pytest.raises(InvalidRequest, match="signature_name must be 'serving_default'"):
        predictor.answer("m", classify(json.dumps({"examples": ROWS, "signature_name": name}).encode()))
