"""The Open Inference Protocol, version 2: one tensor of [rows] or [rows, 1] per raw feature, in JSON or in binary.

A vector of the model is a tensor of [rows, elements].

https://github.com/kserve/open-inference-protocol. A feature without a tensor is missing in every row; so is null in JSON data,
NaN, and empty BYTES. A tensor need not have the type that the metadata names: whole numbers and FP64 are rounded to FP32, and
categories may come as numbers or booleans. `parameters.signature_name` selects another signature of the model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from contracts.errors import InvalidRequest
from contracts.features import RawType, TimeFormat
from contracts.messages.output_names import CLASS
from contracts.schema import Schema
from modeling.decoding.received import received
from modeling.decoding.rows_and_columns import Column, read_columns, row_count
from modeling.decoding.vector_fields import VectorFields
from modeling.protocols import json_body
from modeling.protocols.tensor_codec import DTYPES, datatype_of, from_binary, from_json, to_binary, to_json
from modeling.protocols.tensorflow_predict import signature_of
from modeling.serving.binary_class import with_class
from modeling.serving.explain import explanations
from modeling.serving.inference_request import BodyDecoder, Call, Reply
from modeling.serving.loaded_version import DEFAULT_SIGNATURE, LoadedVersion, Outputs

HEADER_LENGTH = "Inference-Header-Content-Length"
"""Header with the number of bytes of JSON in a body, if binary data follows it."""

EXTENSIONS = ["binary_tensor_data"]
PLATFORM = "tensorflow_savedmodel"

_KEYS = {"id", "inputs", "model_name", "model_version", "outputs", "parameters"}
_TENSOR_KEYS = {"name", "shape", "datatype", "parameters", "data"}
_OUTPUT_KEYS = {"name", "parameters"}
_MOST_DIMENSIONS = 8
_LARGEST_ID = 1000
_COLUMN_TYPES: dict[RawType, str] = {"number": "FP32", "token": "BYTES", "integer": "INT64"}
_TENSORFLOW_TYPES = {
    "DT_FLOAT": "FP32",
    "DT_DOUBLE": "FP64",
    "DT_INT32": "INT32",
    "DT_INT64": "INT64",
    "DT_BOOL": "BOOL",
    "DT_STRING": "BYTES",
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A requested output."""

    name: str
    binary: bool


def infer(body: bytes, header_length: str | None, *, explain: bool = False, classes: bool = False) -> BodyDecoder:
    """Return the reader of a request for predictions; `header_length`: the header of that name, if sent.

    `classes`: predictions of a binary label also have a `class`, as they have if an output of that name is requested.
    """

    def decode(loaded: LoadedVersion) -> Call:
        head, binary = _divided(body, header_length)
        document = json_body.parse_object(head, "inputs")
        json_body.check_names(document, _KEYS)
        parameters = _parameters(document, "the body")
        name, signature = signature_of(parameters.get("signature_name"), loaded)
        identity = _identity(document)
        columns = _columns(document, binary, signature.fields.vectors)
        values = read_columns(columns, row_count(columns, _place), signature.fields, _place)
        known = list(loaded.signature_def[name]["outputs"])
        wanted = _wanted(document, parameters, known, more=[CLASS] if classes else [])
        asked = CLASS not in known and any(output.name == CLASS for output in wanted)
        decided = with_class(loaded.manifest, asked=asked, signature=name)
        explained = explanations(loaded, name, values) if explain else None

        def reply(outputs: Outputs) -> Reply:
            return _reply(decided(outputs), wanted, identity, loaded, explained)

        return Call(name, values, reply)

    return decode


def metadata(loaded: LoadedVersion, versions: list[int]) -> dict[str, Any]:
    """Return the model metadata: the tensors of the default signature."""
    schema = loaded.manifest.schema_
    outputs = loaded.signature_def[DEFAULT_SIGNATURE]["outputs"]
    datatypes = {name: datatype for kind, datatype in _COLUMN_TYPES.items() for name in schema.raw_columns(kind)}
    datatypes |= {name: _time_type(written) for name, written in schema.time_formats.items()}
    return {
        "name": loaded.manifest.model,
        "versions": [str(number) for number in versions],
        "platform": PLATFORM,
        "inputs": [
            {"name": name, "datatype": datatypes.get(name, "FP32"), "shape": [-1, *shape]}
            for name, shape in _inputs(schema).items()
        ],
        "outputs": [
            {
                "name": name,
                "datatype": _TENSORFLOW_TYPES.get(info["dtype"], "BYTES"),
                "shape": [int(dim["size"]) for dim in info["tensor_shape"].get("dim", [])],
            }
            for name, info in sorted(outputs.items())
        ],
    }


def _inputs(schema: Schema) -> dict[str, list[int]]:
    """Return the model's inputs in order, a vector in the place of its elements, with the shape of a row's value."""
    owners = {element: name for name, elements in schema.vectors.items() for element in elements}
    names = dict.fromkeys(owners.get(name, name) for name in schema.raw_types)
    return {name: [len(schema.vectors[name])] if name in schema.vectors else [] for name in names}


def _time_type(written: TimeFormat) -> str:
    """Return the type of tensor that holds times of a format without loss."""
    if written.pattern is not None:
        return "BYTES"
    return "FP64" if written.unix_unit == "unix_s" else "INT64"


def _place(name: str) -> str:
    return f"inputs.{name}"


def _divided(body: bytes, header_length: str | None) -> tuple[bytes, bytes]:
    """Split a body into its JSON and the binary data behind it."""
    if header_length is None:
        return body, b""
    if not (header_length.isascii() and header_length.isdigit() and len(header_length) < 20):
        raise InvalidRequest(f"{HEADER_LENGTH} must be a whole number. Received: {header_length[:60]!r}")
    length = int(header_length)
    if length > len(body):
        raise InvalidRequest(f"{HEADER_LENGTH} is {length}, but the body has {len(body)} bytes")
    return body[:length], body[length:]


def _parameters(holder: dict[str, Any], where: str) -> dict[str, Any]:
    parameters = holder.get("parameters")
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise InvalidRequest(f"{where}: parameters must be an object. Received: {received(parameters)}")
    return cast("dict[str, Any]", parameters)


def _identity(document: dict[str, Any]) -> str | None:
    identity = document.get("id")
    if identity is not None and (not isinstance(identity, str) or len(identity) > _LARGEST_ID):
        raise InvalidRequest(f"id must be text of at most {_LARGEST_ID} characters. Received: {received(identity)}")
    return identity


def _objects(document: dict[str, Any], key: str, known: set[str]) -> list[dict[str, Any]]:
    """Check a list of objects with unique names."""
    given = document[key]
    if not isinstance(given, list) or not given:
        raise InvalidRequest(f"{key} must be a list of at least one tensor. Received: {received(given)}")
    names: set[str] = set()
    for index, item in enumerate(cast("list[Any]", given)):
        where = f"{key}[{index}]"
        if not isinstance(item, dict):
            raise InvalidRequest(f"{where}: must be an object. Received: {received(item)}")
        tensor = cast("dict[str, Any]", item)
        if unknown := tensor.keys() - known:
            raise InvalidRequest(f"{where}: unknown field {min(unknown)[:60]!r}; known: {', '.join(sorted(known))}")
        name = tensor.get("name")
        if not isinstance(name, str):
            raise InvalidRequest(f"{where}: name must be text. Received: {received(name)}")
        if name in names:
            raise InvalidRequest(f"{where}: there is a tensor named {name[:60]!r} already")
        names.add(name)
    return cast("list[dict[str, Any]]", given)


def _columns(document: dict[str, Any], binary: bytes, vectors: VectorFields) -> dict[str, Column]:
    """Decode the data of each input, by name; of a vector [rows, elements]."""
    if "inputs" not in document:
        raise InvalidRequest("the body must hold inputs, a list of tensors")
    columns: dict[str, Column] = {}
    begin = 0
    for tensor in _objects(document, "inputs", _TENSOR_KEYS):
        name = tensor["name"]
        where = _place(name[:60])
        size = len(vectors.elements[name]) if name in vectors else None
        datatype, shape = _datatype(tensor, where), _shape(tensor, where, size)
        taken = _binary_size(tensor, where)
        if taken is None:
            if "data" not in tensor:
                raise InvalidRequest(f"{where}: has neither data nor the parameter binary_data_size")
            columns[name] = _rows(from_json(tensor["data"], datatype, shape, where), size)
            continue
        if begin + taken > len(binary):
            raise InvalidRequest(
                f"{where}: binary_data_size is {taken}, but only {len(binary) - begin} bytes of binary data are left"
            )
        columns[name] = _rows(from_binary(binary[begin : begin + taken], datatype, math.prod(shape), where), size)
        begin += taken
    if begin != len(binary):
        raise InvalidRequest(f"{len(binary) - begin} bytes of binary data belong to no input")
    return columns


def _datatype(tensor: dict[str, Any], where: str) -> str:
    datatype = tensor.get("datatype")
    if not isinstance(datatype, str) or datatype not in DTYPES:
        raise InvalidRequest(f"{where}: datatype must be one of {', '.join(DTYPES)}. Received: {received(datatype)}")
    return datatype


def _rows(elements: Column, size: int | None) -> Column:
    """Return the rows of a vector, `size` elements each; a column of single values, where there is no size, as it is."""
    if size is None:
        return elements
    if isinstance(elements, np.ndarray):
        return elements.reshape(-1, size)
    return [list(elements[begin : begin + size]) for begin in range(0, len(elements), size)]


def _shape(tensor: dict[str, Any], where: str, size: int | None) -> list[int]:
    """Return the tensor's shape: [rows], perhaps with more dimensions of 1; for a vector [rows, size].

    Raises `InvalidRequest`.
    """
    shape = tensor.get("shape")
    if isinstance(shape, list) and 0 < len(cast("list[Any]", shape)) <= _MOST_DIMENSIONS:
        sizes = cast("list[Any]", shape)
        if all(type(one) is int and one >= 0 for one in sizes):
            if size is None and all(one == 1 for one in sizes[1:]):
                return cast("list[int]", sizes)
            if size is not None and sizes[1:] == [size]:
                return cast("list[int]", sizes)
    expected = "[rows] or [rows, 1]" if size is None else f"[rows, {size}]"
    raise InvalidRequest(f"{where}: shape must be {expected}. Received: {received(shape)}")


def _binary_size(tensor: dict[str, Any], where: str) -> int | None:
    parameters = _parameters(tensor, where)
    if "shared_memory_region" in parameters:
        raise InvalidRequest(f"{where}: this service shares no memory; send the data in the body")
    size = parameters.get("binary_data_size")
    if size is None:
        return None
    if type(size) is not int or size < 0:
        raise InvalidRequest(f"{where}: binary_data_size must be a whole number. Received: {received(size)}")
    if "data" in tensor:
        raise InvalidRequest(f"{where}: has data in JSON and binary_data_size; send one of them")
    return size


def _wanted(document: dict[str, Any], parameters: dict[str, Any], known: list[str], more: list[str]) -> list[_Wanted]:
    """Return the requested outputs; all that are known, and `more`, where none is named."""
    all_binary = _flag(parameters, "binary_data_output", "the body")
    if document.get("outputs") in (None, []):
        return [_Wanted(name, all_binary) for name in sorted({*known, *more})]
    wanted: list[_Wanted] = []
    for output in _objects(document, "outputs", _OUTPUT_KEYS):
        where = f"outputs.{output['name'][:60]}"
        if output["name"] not in {*known, CLASS}:
            raise InvalidRequest(f"{where}: the model has no output of that name; known: {', '.join(sorted(known))}")
        own = _parameters(output, where)
        for unsupported in ("classification", "shared_memory_region"):
            if own.get(unsupported):
                raise InvalidRequest(f"{where}: this service does not know the parameter {unsupported}")
        wanted.append(_Wanted(output["name"], _flag({"binary_data": all_binary, **own}, "binary_data", where)))
    return wanted


def _flag(parameters: dict[str, Any], name: str, where: str) -> bool:
    value = parameters.get(name, False)
    if not isinstance(value, bool):
        raise InvalidRequest(f"{where}: {name} must be true or false. Received: {received(value)}")
    return value


def _reply(
    outputs: Outputs,
    wanted: list[_Wanted],
    identity: str | None,
    loaded: LoadedVersion,
    explained: list[dict[str, Any]] | None,
) -> Reply:
    tensors: list[dict[str, Any]] = []
    binary: list[bytes] = []
    for output in wanted:
        array = outputs[output.name]
        tensor: dict[str, Any] = {"name": output.name, "shape": list(array.shape), "datatype": datatype_of(array)}
        if output.binary:
            binary.append(to_binary(array))
            tensor["parameters"] = {"binary_data_size": len(binary[-1])}
        else:
            tensor["data"] = to_json(array)
        tensors.append(tensor)
    version = loaded.manifest.version
    document: dict[str, Any] = {"model_name": loaded.manifest.model, "model_version": str(version)}
    document |= {} if identity is None else {"id": identity}
    document["outputs"] = tensors
    document |= {} if explained is None else {"explanations": explained}
    head = json_body.render(document)
    if not binary:
        return Reply(head, version)
    return Reply(b"".join([head, *binary]), version, "application/octet-stream", {HEADER_LENGTH: str(len(head))})
