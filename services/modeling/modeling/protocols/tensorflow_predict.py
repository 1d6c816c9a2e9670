"""TensorFlow Serving's REST API for predict: rows under `instances`, or columns under `inputs`.

https://www.tensorflow.org/tfx/serving/api_rest. Extends it by missing values: null, NaN or absent, for any feature.
"""

from __future__ import annotations

import base64
from typing import Any, cast

import numpy as np

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields
from modeling.decoding.received import received
from modeling.decoding.rows_and_columns import read_columns, read_rows, row_count
from modeling.feature_kinds.raw_values import RawValues
from modeling.protocols import json_body
from modeling.serving.binary_class import with_class
from modeling.serving.explain import explanations
from modeling.serving.inference_request import BodyDecoder, Call, Reply
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion, Outputs, Signature

KEYS = {"instances", "inputs", "signature_name"}
_BINARY = "_bytes"
"""An output whose name ends so holds bytes that need not be text."""


def predict(body: bytes, *, explain: bool = False, classes: bool = False) -> BodyDecoder:
    """Return the reader of a request for predictions; `explain`: the reply also has `explanations`, one per row.

    `classes`: predictions of a binary label also have a `class`.
    """

    def decode(loaded: LoadedVersion) -> Call:
        name, form, values = _read(body, loaded)
        explained = explanations(loaded, name, values) if explain else None
        decided = with_class(loaded.manifest, asked=classes, signature=name)
        render = render_rows if form == "instances" else render_columns

        def reply(outputs: Outputs) -> Reply:
            answer = render(decided(outputs))
            answer |= {} if explained is None else {"explanations": explained}
            return Reply(json_body.render(answer), loaded.manifest.version)

        return Call(name, values, reply)

    return decode


def _read(body: bytes, loaded: LoadedVersion) -> tuple[str, str, RawValues]:
    """Return the requested signature, the form of the values, and these. Raises `InvalidRequest`."""
    plain = loaded.signatures[DEFAULT_SIGNATURE].plain
    form_and_values = plain.read(body) if plain is not None else None
    if form_and_values is not None:
        return DEFAULT_SIGNATURE, *form_and_values
    document = json_body.parse_object(body, "instances or inputs")
    json_body.check_names(document, KEYS)
    name, signature = signature_of(document.get("signature_name"), loaded)
    return name, "instances" if "instances" in document else "inputs", read(document, signature.fields)


def signature_of(name: object, loaded: LoadedVersion) -> tuple[str, Signature]:
    """Return the requested signature; null and empty text are the default one. Raises `InvalidRequest`."""
    if name is None or name == "":
        name = DEFAULT_SIGNATURE
    if not isinstance(name, str):
        raise InvalidRequest(f"signature_name must be text. Received: {received(name)}")
    signature = loaded.signatures.get(name)
    if signature is None:
        known = ", ".join(loaded.signatures)
        model = loaded.manifest.model
        raise InvalidRequest(
            f"model {model!r} has no signature of that name. Received: {received(name)}; known: {known}"
        )
    return name, signature


def read(document: dict[str, Any], fields: Fields) -> RawValues:
    """Decode the values under `instances` or `inputs`. Raises `InvalidRequest` with row and field: `instances[3].distance: …`."""
    if ("instances" in document) == ("inputs" in document):
        raise InvalidRequest("the body must hold instances (rows) or inputs (columns), and not both")
    if "instances" in document:
        return read_rows(document["instances"], fields, "instances")
    columns = _as_columns(document["inputs"], fields)
    return read_columns(columns, row_count(columns, _place), fields, _place)


def _place(name: str) -> str:
    return f"inputs.{name}"


def _as_columns(inputs: object, fields: Fields) -> dict[str, list[object]]:
    if type(inputs) is dict:
        columns = cast("dict[str, object]", inputs)
    elif fields.only is not None:
        columns = {fields.only: inputs}
    else:
        raise InvalidRequest(f"inputs must be an object of columns. Received: {received(inputs)}")
    for name, column in columns.items():
        if type(column) is not list:
            raise InvalidRequest(f"inputs.{name}: must be a list, one value per row. Received: {received(column)}")
    return cast("dict[str, list[object]]", columns)


def render_rows(outputs: Outputs) -> dict[str, Any]:
    """Render outputs by row: bare values for a single output, objects for several."""
    values = {name: listed(name, array) for name, array in outputs.items()}
    if len(values) == 1:
        return {"predictions": next(iter(values.values()))}
    return {"predictions": [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]}


def render_columns(outputs: Outputs) -> dict[str, Any]:
    """Render outputs by column: a bare list for a single output, an object for several."""
    values = {name: listed(name, array) for name, array in outputs.items()}
    return {"outputs": next(iter(values.values())) if len(values) == 1 else values}


def listed(name: str, array: np.ndarray[Any, Any]) -> list[Any]:
    """Return an output as lists: bytes as text, or as `{"b64": …}` for an output whose name ends with `_bytes`."""
    if array.dtype.kind not in "OSU":
        return array.tolist()
    as_json = _as_base64 if name.endswith(_BINARY) else _as_text
    return [as_json(value) for value in array.tolist()]


def _as_base64(value: object) -> object:
    if isinstance(value, list):
        return [_as_base64(item) for item in cast("list[object]", value)]
    return {"b64": base64.b64encode(cast("bytes", value)).decode()}


def _as_text(value: object) -> object:
    if isinstance(value, list):
        return [_as_text(item) for item in cast("list[object]", value)]
    return value.decode(errors="replace") if isinstance(value, bytes) else value
