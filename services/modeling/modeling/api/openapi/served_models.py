"""The OpenAPI document with a route of its own for each model that answers, and its real fields in it.

The routes of the document stay as they are; `/v1/models/flights:predict` is one case of `/v1/models/{model}:predict`, which
Swagger UI can show and try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chassis.access.caller import may_use
from contracts.errors import InvalidRequest
from modeling.api.openapi.field_schemas import column_schema, example_row, row_schema
from modeling.api.openapi.predict import ERRORS
from modeling.feature_kinds.base import Json
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion

Answering = dict[tuple[str, str | None], LoadedVersion]
"""The version that answers, by model and label; label None is the default version."""

MAX_SHOWN = 100
"""Maximum number of models and labels shown: a longer page could not be read."""

_TAG = "served models"


class ServedModels:
    """Additions to the OpenAPI document for the versions that `answering` returns. Methods may be called from any thread."""

    def __init__(self, answering: Callable[[], Answering]) -> None:
        self._answering = answering
        self._described: dict[tuple[str, int, str], Json] = {}

    def complete(self, document: Json) -> Json:
        """Return the document with a path and an example row per served model, before all others. The argument is unchanged."""
        shown = sorted(
            (item for item in self._answering().items() if may_use(item[0][0])),
            key=lambda item: (item[0][0], item[0][1] or ""),
        )
        present = shown[:MAX_SHOWN]
        rows = dict(self._rows(present))
        paths = {
            _path(model, label): {"post": _operation(model, label, loaded, rows[_name(loaded)])}
            for (model, label), loaded in present
        }
        components = document.get("components", {})
        return {
            **document,
            "tags": [{"name": _TAG, "description": _summary(len(shown))}, *document.get("tags", [])],
            "paths": {**paths, **document.get("paths", {})},
            "components": {**components, "schemas": {**components.get("schemas", {}), **rows}},
        }

    def _rows(self, present: list[tuple[tuple[str, str | None], LoadedVersion]]) -> Iterator[tuple[str, Json]]:
        described: dict[tuple[str, int, str], Json] = {}
        for _, loaded in present:
            manifest = loaded.manifest
            key = (manifest.model, manifest.version, manifest.job)
            cached = self._described.get(key)
            described[key] = cached if cached is not None else _described(loaded)
            yield _name(loaded), described[key]
        self._described = described


def _described(loaded: LoadedVersion) -> Json:
    schema = loaded.manifest.schema_
    try:
        row = row_schema(schema, loaded.statistics, loaded.examples)
    except (InvalidRequest, KeyError):  # statistics of another release lack what a rule needs
        row = row_schema(schema, None)
    return {"title": f"A row of {loaded.manifest.model}, version {loaded.manifest.version}", **row}


def _summary(count: int) -> str:
    if not count:
        return "No model is loaded yet."
    more = f" The first {MAX_SHOWN} of {count}." if count > MAX_SHOWN else ""
    return f"Predict with the models that are loaded now: their fields, and an example row.{more}"


def _name(loaded: LoadedVersion) -> str:
    return f"{loaded.manifest.model}-{loaded.manifest.version}-row"


def _path(model: str, label: str | None) -> str:
    return f"/v1/models/{model}:predict" if label is None else f"/v1/models/{model}/labels/{label}:predict"


def _operation(model: str, label: str | None, loaded: LoadedVersion, row: Json) -> Json:
    manifest = loaded.manifest
    asked = model if label is None else f"{model}, {label}"
    return {
        "tags": [_TAG],
        "operationId": f"predict-{model}" if label is None else f"predict-{model}-{label}",
        "summary": f"Predict with {asked} (version {manifest.version})",
        "description": (
            f"A {manifest.request.network.kind} network, trained on dataset {manifest.dataset.name} on "
            f"{manifest.created:%Y-%m-%d}: {len(row['properties'])} fields, any of which may be missing."
        ),
        "requestBody": {"required": True, "content": {"application/json": _body(loaded, row)}},
        "responses": {
            "200": {
                "description": "The predictions, in the order of the rows.",
                "content": {"application/json": {"schema": _reply(loaded), "example": _example_reply(loaded)}},
            },
            **ERRORS,
        },
    }


def _body(loaded: LoadedVersion, row: Json) -> Json:
    example = example_row(row)
    columns = {name: [value, None] for name, value in example.items()}
    signatures = [name for name in loaded.signatures if name != "examples"]
    return {
        "schema": {
            "type": "object",
            "properties": {
                "instances": {
                    "type": "array",
                    "minItems": 1,
                    "description": "Rows.",
                    "items": {"$ref": f"#/components/schemas/{_name(loaded)}"},
                },
                "inputs": column_schema(row),
                "signature_name": {"type": "string", "enum": signatures, "default": DEFAULT_SIGNATURE},
            },
            "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
            "additionalProperties": False,
        },
        "examples": {
            "row": {"summary": "A row in the middle of the training data", "value": {"instances": [example]}},
            "missing": {
                "summary": "The same row, and one in which everything is missing",
                "value": {"instances": [example, {}]},
            },
            "columns": {"summary": "The same two rows as columns", "value": {"inputs": columns}},
        },
    }


def _reply(loaded: LoadedVersion) -> Json:
    """Return the schema of a row's reply by any signature that takes rows, the default one first."""
    rows = [_reply_row(loaded, name) for name in (DEFAULT_SIGNATURE, "transform")]
    return {
        "type": "object",
        "properties": {
            "predictions": {
                "type": "array",
                "items": {"anyOf": rows},
                "description": "One per row; the reply to `instances`.",
            },
            "outputs": {"description": "The same as columns; the reply to `inputs`."},
        },
    }


def _example_reply(loaded: LoadedVersion) -> Json:
    """Return an example reply to a single row, in the default signature's form."""
    return {"predictions": [_sample(_reply_row(loaded, DEFAULT_SIGNATURE))]}


def _sample(schema: Json) -> object:
    if schema["type"] == "object":
        return {name: _sample(inner) for name, inner in schema["properties"].items()}
    if schema["type"] == "array":
        return [_sample(schema["items"])]
    return {"number": 0.18, "integer": 0, "boolean": False}.get(schema["type"], "")


def _reply_row(loaded: LoadedVersion, signature: str) -> Json:
    """Return the schema of one row's reply: of the output if there is one, else of an object of outputs by name."""
    outputs: Json = loaded.signature_def[signature]["outputs"]
    items = {name: _values(len(output["tensor_shape"]["dim"]) - 1, output) for name, output in outputs.items()}
    return next(iter(items.values())) if len(items) == 1 else {"type": "object", "properties": items}


def _values(depth: int, output: Json) -> Json:
    kind = {"DT_STRING": "string", "DT_INT64": "integer", "DT_INT32": "integer", "DT_BOOL": "boolean"}
    schema: Json = {"type": kind.get(output["dtype"], "number")}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema
