"""Bodies of `/invocations`, as SageMaker and MLflow send them, and of Vertex AI's predict route, a subset of them.

    {"dataframe_split": {"columns": […], "data": [[…], …]}}     MLflow: https://mlflow.org/docs/latest/deployment
    {"dataframe_records": [{…}, …]}                             MLflow
    {"instances": [{…}, …]}                                     Vertex AI, TensorFlow Serving, MLflow
    {"inputs": {"field": […], …}}                               TensorFlow Serving, MLflow
    [{…}, …]                                                    SageMaker's TensorFlow containers
    one object of fields per line                               application/jsonlines
    lines of cells, with or without a header                    text/csv

Columns of MLflow's tables that the model does not know are ignored: see `extra_columns`.

The reply is `{"predictions": […]}`, one per row, or lines of text/csv if that is what the request accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import Message
from typing import Any, Literal, assert_never, cast, get_args

from contracts.errors import InvalidRequest, UnsupportedContent
from modeling.decoding.raw_fields import Fields
from modeling.decoding.received import received
from modeling.decoding.rows_and_columns import Column, read_columns, read_rows
from modeling.feature_kinds.raw_values import RawValues
from modeling.protocols import csv_body, extra_columns, json_body, tensorflow_predict
from modeling.serving.binary_class import with_class
from modeling.serving.explain import explanations
from modeling.serving.inference_request import BodyDecoder, Call, Reply
from modeling.serving.loaded_version import LoadedVersion, Outputs

_JSON = {"", "application/json", "application/x-www-form-urlencoded"}  # curl sends the last by default
_JSON_LINES = {"application/jsonlines", "application/x-ndjson", "application/x-jsonlines"}
_Form = Literal["dataframe_split", "dataframe_records", "instances", "inputs"]
_FORMS: tuple[_Form, ...] = get_args(_Form)
_OPTIONS = {"params", "parameters", "signature_name"}
_SPLIT_KEYS = {"columns", "index", "data"}


@dataclass(frozen=True, slots=True)
class Headers:
    """The media types of a request's body and reply; empty text for a header that is absent."""

    content_type: str = ""
    accept: str = ""


def invoke(body: bytes, headers: Headers, *, explain: bool = False, classes: bool = False) -> BodyDecoder:
    """Return the reader of a request for predictions; `explain` and `classes`: see `tensorflow_predict.predict`."""

    def decode(loaded: LoadedVersion) -> Call:
        document, read = _document(body, headers.content_type)
        name, signature = tensorflow_predict.signature_of(document.get("signature_name"), loaded)
        ignored: list[str] = []
        values = read(loaded, signature.fields, ignored)
        note = {extra_columns.HEADER: extra_columns.header_value(ignored)} if ignored else {}
        explained = explain or _asks(document, "explain", ["inputs"])
        classed = classes or _asks(document, "class", [True, "true"])
        decided = with_class(loaded.manifest, asked=classed, signature=name)
        as_csv = _media_type(headers.accept)[0] == csv_body.MEDIA_TYPE
        if as_csv and explained:
            raise InvalidRequest("explain needs a reply in JSON; accept application/json")
        explained_rows = explanations(loaded, name, values) if explained else None

        def reply(outputs: Outputs) -> Reply:
            outputs = decided(outputs)
            if as_csv:
                return replace(csv_body.write_csv(outputs, loaded), headers=note)
            answer = tensorflow_predict.render_rows(outputs)
            answer |= {} if explained_rows is None else {"explanations": explained_rows}
            return Reply(json_body.render(answer), loaded.manifest.version, headers=note)

        return Call(name, values, reply)

    return decode


_ReadValues = Callable[[LoadedVersion, Fields, list[str]], RawValues]
"""Reader of the rows; adds the names of ignored columns to the list."""


def _media_type(header: str) -> tuple[str, dict[str, str]]:
    """Parse the media type of a header, in lower case, and its parameters."""
    message = Message()
    message["Content-Type"] = header.partition(",")[0]
    if not header.strip():
        return "", {}
    parameters = message.get_params(failobj=[])
    return message.get_content_type() if "/" in header else header.strip().lower(), dict(parameters[1:])


def _document(body: bytes, content_type: str) -> tuple[dict[str, Any], _ReadValues]:
    """Read the body's options, and choose the decoder of its rows."""
    kind, parameters = _media_type(content_type)
    if kind == csv_body.MEDIA_TYPE:
        has_header = {"present": True, "absent": False}.get(parameters.get("header", ""))
        return {}, lambda loaded, fields, ignored: _read_csv(body, loaded, fields, has_header, ignored)
    if kind in _JSON_LINES:
        return {}, lambda _, fields, _ignored: read_rows(_lines(body), fields, "lines")
    if kind not in _JSON:
        raise UnsupportedContent(
            "the body must be application/json, application/jsonlines or text/csv. "
            f"Received: Content-Type {content_type[:60]!r}"
        )
    parsed = json_body.parse(body)
    if isinstance(parsed, list):
        return {}, lambda _, fields, _ignored: read_rows(cast("list[object]", parsed), fields, "rows")
    if not isinstance(parsed, dict):
        raise InvalidRequest(
            f"the body must be a JSON object with one of {', '.join(_FORMS)}. Received: {received(parsed)}"
        )
    document = cast("dict[str, Any]", parsed)
    json_body.check_names(document, {*_FORMS, *_OPTIONS})
    forms: list[_Form] = [form for form in _FORMS if form in document]
    if len(forms) != 1:
        raise InvalidRequest(
            f"the body must hold one of {', '.join(_FORMS)}. Received: {' and '.join(forms) or 'none'}"
        )
    return document, lambda _, fields, ignored: _read(forms[0], document, fields, ignored)


def _read(form: _Form, document: dict[str, Any], fields: Fields, ignored: list[str]) -> RawValues:
    match form:
        case "dataframe_split":
            return _read_split(document[form], fields, ignored)
        case "dataframe_records":
            return read_rows(_known_records(document[form], fields, ignored), fields, form)
        case "instances" | "inputs":
            return tensorflow_predict.read(document, fields)
        case _:
            assert_never(form)


def _read_csv(
    body: bytes,
    loaded: LoadedVersion,
    fields: Fields,
    has_header: bool | None,  # noqa: FBT001  # as it came
    ignored: list[str],
) -> RawValues:
    names = [name for name in loaded.manifest.schema_.raw_types if name in fields.places]
    return csv_body.read_csv(body, names, fields, has_header=has_header, ignored=ignored)


def _known_records(records: object, fields: Fields, ignored: list[str]) -> object:
    """Return records without unknown fields; anything else than a list of objects as it is, for `read_rows` to refuse."""
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in cast("list[object]", records)):
        return cast("object", records)
    rows = [_flat(row, index, fields) for index, row in enumerate(cast("list[dict[str, object]]", records))]
    names = dict.fromkeys(name for row in rows for name in row)
    ignored += extra_columns.extra_columns(names, fields, "dataframe_records")
    if not ignored:
        return rows
    return [{name: value for name, value in row.items() if fields.knows(name)} for row in rows]


def _flat(row: dict[str, object], index: int, fields: Fields) -> dict[str, object]:
    """Return a record with the leaves of its objects by path."""
    try:
        return fields.structs.flat_row(row)
    except InvalidRequest as error:
        raise InvalidRequest(f"dataframe_records[{index}]{error.message}") from None


def _lines(body: bytes) -> list[object]:
    """Decode a JSON value per line, skipping empty lines."""
    rows: list[object] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if line.strip():
            try:
                rows.append(json_body.parse(line))
            except InvalidRequest as error:
                raise InvalidRequest(f"line {number}: {error.message}") from None
    return rows


def _read_split(split: object, fields: Fields, ignored: list[str]) -> RawValues:
    if not isinstance(split, dict):
        raise InvalidRequest(f"dataframe_split must be an object with columns and data. Received: {received(split)}")
    frame = cast("dict[str, Any]", split)
    if unknown := frame.keys() - _SPLIT_KEYS:
        raise InvalidRequest(f"dataframe_split: unknown field {min(unknown)[:60]!r}; known: columns, data, index")
    names, rows = frame.get("columns"), frame.get("data")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in cast("list[object]", names)):
        raise InvalidRequest(f"dataframe_split.columns must be a list of names. Received: {received(names)}")
    if not isinstance(rows, list) or not rows:
        raise InvalidRequest(f"dataframe_split.data must be a list of at least one row. Received: {received(rows)}")
    columns: dict[str, Column] = {}
    width = len(cast("list[str]", names))
    given = cast("list[object]", rows)
    for index, row in enumerate(given):
        if not isinstance(row, list) or len(cast("list[object]", row)) != width:
            raise InvalidRequest(
                f"dataframe_split.data[{index}]: must be a list of {width} values. Received: {received(row)}"
            )
    for index, name in enumerate(cast("list[str]", names)):
        if name in columns:
            raise InvalidRequest(f"dataframe_split.columns[{index}]: names {name[:60]!r} a second time")
        columns[name] = [cast("list[object]", row)[index] for row in given]
    flat = fields.structs.flat_columns(columns, len(given), lambda name, row: f"dataframe_split.{name}[{row}]")
    ignored += extra_columns.extra_columns(flat, fields, "dataframe_split.columns")
    known = {name: column for name, column in flat.items() if name not in ignored}
    return read_columns(known, len(given), fields, lambda name: f"dataframe_split.{name}")


def _asks(document: dict[str, Any], option: str, wanted: list[object]) -> bool:
    """Return whether Vertex AI's `parameters` or MLflow's `params` have an option of the query; others are ignored."""
    for holder in ("parameters", "params"):
        options = document.get(holder)
        if options is None:
            continue
        if not isinstance(options, dict):
            raise InvalidRequest(f"{holder} must be an object. Received: {received(options)}")
        asked = cast("dict[str, Any]", options).get(option)
        if asked is not None and asked not in wanted:
            raise InvalidRequest(f"{holder}.{option} must be {wanted[-1]}, or left out. Received: {received(asked)}")
        if asked is not None:
            return True
    return False
