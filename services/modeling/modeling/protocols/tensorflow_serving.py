"""TensorFlow Serving's REST API for predict: rows under `instances`, or columns under `inputs`.

https://www.tensorflow.org/tfx/serving/api_rest. Goes past it in what may be missing: null, NaN and absent, for any feature.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, cast

import numpy as np
from pydantic_core import from_json, to_json

from contracts.errors import InvalidRequest, TandemError
from modeling.calls import Call, Read, Reply
from modeling.json_values import Fields, received
from modeling.loaded import DEFAULT_SIGNATURE, LoadedVersion, Outputs, Tokens

_KEYS = {"instances", "inputs", "signature_name"}

Form = Literal["rows", "columns"]


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a request as a signature takes them, and the form that its reply must have."""

    numeric: np.ndarray[Any, Any]
    tokens: Tokens
    form: Form


def predict(body: bytes) -> Read:
    """A request for predictions."""

    def read_by(loaded: LoadedVersion) -> Call:
        document = parse(body)
        name = signature_name(document)
        signature = loaded.signatures.get(name)
        if signature is None:
            known = ", ".join(loaded.signatures)
            raise InvalidRequest(
                f"model {loaded.manifest.model!r} has no signature of that name. Received: {name!r}; known: {known}"
            )
        values = read(document, signature.fields)

        def reply(outputs: Outputs) -> Reply:
            return Reply(render(outputs, values.form), loaded.manifest.version)

        return Call(name, values.numeric, values.tokens, reply)

    return read_by


def parse(body: bytes) -> dict[str, Any]:
    """The body's JSON object, its keys checked. Raises `InvalidRequest`."""
    if not body:
        raise InvalidRequest("the body is empty; it must be a JSON object with instances or inputs")
    try:
        document: object = from_json(body, allow_inf_nan=True)
    except ValueError as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequest(f"the body must be a JSON object with instances or inputs. Received: {received(document)}")
    found = cast("dict[str, Any]", document)
    if unknown := found.keys() - _KEYS:
        raise InvalidRequest(f"unknown field {min(unknown)!r}; the body may hold {', '.join(sorted(_KEYS))}")
    if ("instances" in found) == ("inputs" in found):
        raise InvalidRequest("the body must hold instances (rows) or inputs (columns), and not both")
    return found


def signature_name(document: dict[str, Any]) -> str:
    """Which signature is asked for. Raises `InvalidRequest`."""
    name = document.get("signature_name") or DEFAULT_SIGNATURE
    if not isinstance(name, str):
        raise InvalidRequest(f"signature_name must be text. Received: {received(name)}")
    return name


def read(document: dict[str, Any], fields: Fields) -> Values:
    """The values of a parsed body. Raises `InvalidRequest` naming row and field: `instances[3].distance: …`."""
    if "instances" in document:
        return _read_rows(document["instances"], fields)
    return _read_columns(document["inputs"], fields)


def render(outputs: Outputs, form: Form) -> bytes:
    """The reply. A single output stands alone; several are named, per row or as columns."""
    values = {name: array.tolist() for name, array in outputs.items()}
    only = next(iter(values.values())) if len(values) == 1 else None
    if form == "columns":
        return _to_json({"outputs": values if only is None else only})
    if only is None:
        only = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    return _to_json({"predictions": only})


def _to_json(value: object) -> bytes:
    return to_json(value, inf_nan_mode="null")


def _read_rows(instances: object, fields: Fields) -> Values:
    if not isinstance(instances, list):
        raise InvalidRequest(f"instances must be a list of rows. Received: {received(instances)}")
    rows = cast("list[object]", instances)
    if not rows:
        raise InvalidRequest("instances must hold at least one row. Received: []")
    width, depth = len(fields.numeric_at), len(fields.categorical_at)
    numeric: list[list[float]] = []
    tokens: Tokens = []
    for at, row in enumerate(rows):
        numbers, texts = [math.nan] * width, [b""] * depth
        for name, value in _as_object(row, at, fields).items():
            place = fields.numeric_at.get(name)
            try:
                if place is not None:
                    numbers[place] = fields.number(value, name)
                elif (place := fields.categorical_at.get(name)) is not None:
                    texts[place] = fields.token(value)
                else:
                    raise fields.unknown(name)
            except InvalidRequest as error:
                raise _located(error, f"instances[{at}]", name, place) from None
        numeric.append(numbers)
        tokens.append(texts)
    return Values(_float32(numeric, len(rows), width), tokens, "rows")


def _as_object(row: object, at: int, fields: Fields) -> dict[str, object]:
    """A row by field name. A model with one input takes bare values too."""
    if type(row) is dict:
        named = cast("dict[str, object]", row)
        if fields.only is None or named.keys() != {"b64"} or fields.only == "b64":
            return named
    if fields.only is None:
        raise InvalidRequest(f"instances[{at}]: must be an object of fields. Received: {received(row)}")
    return {fields.only: row}


def _read_columns(inputs: object, fields: Fields) -> Values:
    named = _as_columns(inputs, fields)
    rows = _row_count(named)
    width, depth = len(fields.numeric_at), len(fields.categorical_at)
    numeric = np.full((rows, width), np.nan, np.float32)
    texts = [[b""] * rows for _ in range(depth)]
    for name, column in named.items():
        if (place := fields.numeric_at.get(name)) is not None:
            numeric[:, place] = _float32(_convert(column, partial(fields.number, name=name), name), rows)
        elif (place := fields.categorical_at.get(name)) is not None:
            texts[place] = _convert(column, fields.token, name)
        else:
            error = fields.unknown(name)
            raise InvalidRequest(f"inputs: {error.message}")
    tokens: Tokens = [list(row) for row in zip(*texts, strict=True)] if depth else [[] for _ in range(rows)]
    return Values(numeric, tokens, "columns")


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


def _row_count(columns: dict[str, list[object]]) -> int:
    first = next(iter(columns), None)
    if first is None or not columns[first]:
        raise InvalidRequest("inputs must hold at least one column of at least one row")
    rows = len(columns[first])
    for name, column in columns.items():
        if len(column) != rows:
            raise InvalidRequest(f"inputs.{name}: must have {rows} values, as {first!r} has. Received: {len(column)}")
    return rows


def _convert(column: list[object], convert: Callable[[object], Any], name: str) -> list[Any]:
    at = 0
    converted: list[Any] = []
    try:
        for at, value in enumerate(column):  # noqa: B007  # `at` says where it stopped
            converted.append(convert(value))
    except InvalidRequest as error:
        raise InvalidRequest(f"inputs.{name}[{at}]: {error.message}") from None
    return converted


def _float32(values: object, *shape: int) -> np.ndarray[Any, Any]:
    """float32(float64(x)); what is too large for float32 becomes infinite, which is missing."""
    with np.errstate(over="ignore"):
        return np.array(values, np.float64).reshape(shape).astype(np.float32)


def _located(error: TandemError, row: str, name: str, place: int | None) -> InvalidRequest:
    return InvalidRequest(f"{row}: {error.message}" if place is None else f"{row}.{name}: {error.message}")
