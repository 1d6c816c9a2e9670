"""Whatever a body holds, each protocol reads it or says what is wrong with it; nothing else is ever raised."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.modeling.made import SCHEMA

from contracts.errors import InvalidRequest, UnsupportedContent
from modeling.protocols import open_inference, tensorflow_classify, tensorflow_predict
from modeling.protocols.invocations import Headers, invoke
from modeling.serving.inference_request import BodyDecoder, Call
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.predictor import Predictor

KEYS = [
    *SCHEMA.features,
    *("instances", "inputs", "examples", "context", "signature_name", "b64", "parameters", "explain", "params"),
    *("name", "shape", "datatype", "data", "outputs", "binary_data_size", "binary_data_output", "binary_data", "id"),
    *("dataframe_split", "dataframe_records", "columns", "index"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-1, 3),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(
        [10**400, -(10**400), 1e308, "", "NA", "serving_default", "FP32", "INT64", "BYTES", "BOOL", "AA=="]
    ),
    st.sampled_from(KEYS),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=3)), inner, max_size=4),
    ),
    max_leaves=12,
)
TENSOR = st.fixed_dictionaries(
    {
        "name": st.one_of(st.sampled_from(list(SCHEMA.features)), LEAVES),
        "shape": st.one_of(st.just([2]), st.just([2, 1]), JSON),
        "datatype": st.one_of(st.sampled_from(["FP32", "INT64", "BOOL", "BYTES"]), LEAVES),
    },
    optional={"data": st.one_of(st.lists(LEAVES, min_size=2, max_size=2), JSON), "parameters": JSON},
)
PLAUSIBLE = st.one_of(
    JSON,
    st.fixed_dictionaries({"instances": st.lists(JSON, max_size=3)}, optional={"parameters": JSON}),
    st.fixed_dictionaries({"inputs": st.dictionaries(st.sampled_from(list(SCHEMA.features)), JSON)}),
    st.fixed_dictionaries({"examples": st.lists(JSON, max_size=3)}, optional={"context": JSON, "signature_name": JSON}),
    st.fixed_dictionaries({"inputs": st.lists(TENSOR, max_size=3)}, optional={"outputs": JSON, "parameters": JSON}),
    st.fixed_dictionaries({"dataframe_split": st.fixed_dictionaries({"columns": JSON, "data": JSON})}),
    st.fixed_dictionaries({"dataframe_records": st.lists(JSON, max_size=3)}),
)
BODIES = st.one_of(PLAUSIBLE.map(lambda value: json.dumps(value).encode()), st.binary(max_size=200))

PROTOCOLS: dict[str, Callable[[bytes, str | None], BodyDecoder]] = {
    "predict": lambda body, _: tensorflow_predict.predict(body),
    "classify": lambda body, _: tensorflow_classify.classify(body),
    "regress, explained": lambda body, _: tensorflow_classify.regress(body, explain=True),
    "infer": open_inference.infer,
    "invocations": lambda body, kind: invoke(body, Headers(kind or "")),
    "csv": lambda body, _: invoke(body, Headers("text/csv")),
    "lines": lambda body, _: invoke(body, Headers("application/jsonlines")),
}


def check(loaded: LoadedVersion, read: BodyDecoder) -> Call | None:
    """The call, of the form that signatures take; None where the body was refused with a message that is short enough."""
    try:
        call = read(loaded)
    except (InvalidRequest, UnsupportedContent) as error:
        if len(error.message) >= 1000:
            raise
        return None
    fields = loaded.signatures[call.signature].fields
    numeric, tokens = call.values.matrices
    assert numeric.dtype == np.float32
    assert numeric.shape == (len(tokens), len(fields.numeric_at))
    assert all(len(row) == len(fields.categorical_at) for row in tokens)
    assert all(type(token) in {bytes, str} for row in tokens for token in row)
    return call


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_any_body_is_read_or_refused(predictor: Predictor, protocol: str) -> None:
    loaded = predictor.registry.get("m")

    @settings(max_examples=300)
    @given(BODIES, st.one_of(st.none(), st.integers(-2, 300).map(str), st.text(max_size=5)))
    def run(body: bytes, header: str | None) -> None:
        call = check(loaded, PROTOCOLS[protocol](body, header))
        if call is None:
            return
        try:
            outputs = loaded.signatures[call.signature].call(*call.values)
        except InvalidRequest:
            assert call.signature == "examples"
        else:
            assert call.reply(outputs).version == 2

    run()


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_binary_body_is_read_or_refused(predictor: Predictor, data: st.DataObject) -> None:
    loaded = predictor.registry.get("m")
    numbers = np.array([1.5, np.nan], np.float32).tobytes()
    tokens = b"\x02\0\0\0ab\0\0\0\0"
    inputs: list[dict[str, Any]] = [
        {"name": "class", "datatype": "FP32", "shape": [2], "parameters": {"binary_data_size": len(numbers)}},
        {"name": "origin", "datatype": "BYTES", "shape": [2, 1], "parameters": {"binary_data_size": len(tokens)}},
    ]
    head = json.dumps({"inputs": inputs}).encode()
    body = bytearray(head + numbers + tokens)
    assert check(loaded, open_inference.infer(bytes(body), str(len(head)))) is not None
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    kept = data.draw(st.integers(0, len(body)))
    check(
        loaded,
        open_inference.infer(bytes(body[:kept]), str(data.draw(st.one_of(st.just(len(head)), st.integers(0, 400))))),
    )
