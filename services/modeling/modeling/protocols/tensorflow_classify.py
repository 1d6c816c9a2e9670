"""TensorFlow Serving's REST API for classify and regress: rows under `examples`, fields that they share under `context`.

https://www.tensorflow.org/tfx/serving/api_rest. A value may stand in a list of one; an empty list is missing, as in a
tf.train.Example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from contracts.errors import InvalidRequest
from modeling.decoding.raw_fields import Fields
from modeling.decoding.received import received
from modeling.decoding.rows_and_columns import read_rows
from modeling.feature_kinds.raw_values import RawValues
from modeling.label_kinds import labels_of_kind
from modeling.label_kinds.base import Results
from modeling.protocols import json_body
from modeling.repository.versions import VersionManifest
from modeling.serving.explain import explanations
from modeling.serving.inference_request import BodyDecoder, Call, Reply
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion, Outputs

_KEYS = {"signature_name", "context", "examples"}

_ResultsOf = Callable[[VersionManifest], Results]


def classify(body: bytes, *, explain: bool = False, classes: bool = False) -> BodyDecoder:
    """Return the reader of a request for pairs of label and score: all classes of each row, in the order of their ids."""
    return _asking(body, "tensorflow/serving/classify", _class_scores, explain=explain, classes=classes)


def regress(body: bytes, *, explain: bool = False, classes: bool = False) -> BodyDecoder:
    """Return the reader of a request for a number per row: the value, or a binary label's probability of 1."""
    return _asking(body, "tensorflow/serving/regress", _numbers, explain=explain, classes=classes)


def _class_scores(manifest: VersionManifest) -> Results:
    return labels_of_kind(manifest.schema_.label.kind).class_scores(manifest.classes or [])


def _numbers(manifest: VersionManifest) -> Results:
    return labels_of_kind(manifest.schema_.label.kind).numbers()


def _asking(body: bytes, method: str, results_of: _ResultsOf, *, explain: bool, classes: bool) -> BodyDecoder:
    def decode(loaded: LoadedVersion) -> Call:
        if classes:
            raise InvalidRequest("class belongs to predictions; ask for it by `:predict`")
        results = results_of(loaded.manifest)
        document = json_body.parse_object(body, "examples")
        json_body.check_names(document, _KEYS)
        _check_signature(document.get("signature_name"), method)
        values = read(document, loaded.signatures[DEFAULT_SIGNATURE].fields)
        explained = explanations(loaded, DEFAULT_SIGNATURE, values) if explain else None

        def reply(outputs: Outputs) -> Reply:
            answer: dict[str, Any] = {"results": results(outputs)}
            answer |= {} if explained is None else {"explanations": explained}
            return Reply(json_body.render(answer), loaded.manifest.version)

        return Call(DEFAULT_SIGNATURE, values, reply)

    return decode


def _check_signature(name: object, method: str) -> None:
    """Check that the name is the default signature's, or that of the method, as in TensorFlow's documentation."""
    if name not in (None, "", DEFAULT_SIGNATURE, method):
        raise InvalidRequest(f"signature_name must be {DEFAULT_SIGNATURE!r} or {method!r}. Received: {received(name)}")


def read(document: dict[str, Any], fields: Fields) -> RawValues:
    """Decode the values under `examples`, each with those under `context`. Raises `InvalidRequest`: `examples[3].distance: …`."""
    context = _context(document.get("context"), fields)
    examples = document.get("examples")
    if not isinstance(examples, list):
        raise InvalidRequest(f"examples must be a list of objects of fields. Received: {received(examples)}")
    rows = [_row(example, index, context, fields) for index, example in enumerate(cast("list[object]", examples))]
    return read_rows(rows, fields, "examples")


def _context(context: object, fields: Fields) -> dict[str, object]:
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise InvalidRequest(f"context must be an object of fields. Received: {received(context)}")
    shared = _single(cast("dict[str, object]", context), "context", fields)
    try:
        read_rows([shared], fields, "context")
    except InvalidRequest as error:
        raise InvalidRequest(error.message.replace("context[0]", "context", 1)) from None
    return shared


def _row(example: object, index: int, context: dict[str, object], fields: Fields) -> dict[str, object]:
    where = f"examples[{index}]"
    if not isinstance(example, dict):
        raise InvalidRequest(f"{where}: must be an object of fields. Received: {received(example)}")
    row = _single(cast("dict[str, object]", example), where, fields)
    if both := row.keys() & context.keys():
        raise InvalidRequest(f"{where}.{min(both)}: is in the context, too")
    return {**context, **row} if context else row


def _single(row: dict[str, object], where: str, fields: Fields) -> dict[str, object]:
    """Unwrap values in lists of one, but for fields that are lists."""
    return {
        name: _unlisted(value, name, where)
        if type(value) is list and name not in fields.lists and name not in fields.vectors
        else value
        for name, value in row.items()
    }


def _unlisted(values: list[object], name: str, where: str) -> object:
    if len(values) > 1:
        raise InvalidRequest(f"{where}.{name[:60]}: must be one value. Received: {len(values)} of them")
    return values[0] if values else None
