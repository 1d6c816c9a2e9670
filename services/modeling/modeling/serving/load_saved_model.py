"""A version's files to functions in memory; TensorFlow's side of serving."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from contracts.errors import CorruptData, InvalidRequest
from contracts.storage import Storage
from modeling.decoding.compiled_json import PlainBodies
from modeling.decoding.raw_fields import Fields
from modeling.export.session_functions import BoundFunction, GraphFunctions
from modeling.feature_kinds.raw_values import RawValues
from modeling.repository.versions import SAVED_MODEL, VersionManifest, checked_folder, read_statistics
from modeling.repository.warm_up_rows import KEPT_ROWS, example_values, read_kept_rows
from modeling.serving.load_throttle import give_way
from modeling.serving.loaded_version import (
    DEFAULT_SIGNATURE,
    TRANSFORM_SIGNATURE,
    LoadedVersion,
    Outputs,
    Signature,
    SignatureCall,
    Tokens,
)
from modeling.serving.warm_up import made_rows, warm_up
from sources.arrays import Array

_PACKED, _TRANSFORM, _EXAMPLES = ("packed",), ("packed_transform",), ("signatures", "examples")
"""Names of the functions that `export` writes."""
_OF_FEATURES = ("packed_features",)

_TRANSIENT_ERRNO = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}
"""Errors of a read that do not mean that the file is corrupt."""

BATCH_ROWS = 64
"""Default maximum of rows in a batch."""


def use_one_thread_per_call() -> None:
    """Compute each prediction on one thread; several requests still use several. For the serving process alone.

    Parallel products of one row's vectors cost more than they save: a fifth of the reply's time, as measured.
    """
    with contextlib.suppress(RuntimeError):  # TensorFlow runs already, as it does in tests
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def load(storage: Storage, manifest: VersionManifest, batch_rows: int = BATCH_ROWS) -> LoadedVersion:
    """Check every file, load the graph, and warm it up, so that the first reply is as fast as the next.

    Raises `CorruptData` for files that are not those published, or that hold no model of this service.
    """
    with checked_folder(storage, manifest) as folder:
        try:
            saved = saved_model_pb2.SavedModel.FromString((folder / SAVED_MODEL).read_bytes())
            give_way()
            of_features = [_OF_FEATURES] if manifest.schema_.computed else []
            functions = GraphFunctions(folder, saved, [_PACKED, _TRANSFORM, _EXAMPLES, *of_features], give_way)
            signatures = _signatures(functions, manifest)
            give_way()
            warm_up(signatures, _rows(folder, manifest, signatures), batch_rows)
        except (MemoryError, tf.errors.ResourceExhaustedError):
            raise  # the version may be intact, and its load is retried
        except (OSError, ValueError, LookupError, DecodeError, tf.errors.OpError) as error:
            if isinstance(error, OSError) and error.errno in _TRANSIENT_ERRNO:
                raise
            raise CorruptData(f"{manifest.folder} is no SavedModel of this service: {error}") from error
        written = {name: own.SerializeToString() for name, own in saved.meta_graphs[0].signature_def.items()}
        return LoadedVersion(
            manifest,
            signatures,
            partial(_signature_def, written),
            read_statistics(storage, manifest),
            _packed_call(functions[_OF_FEATURES]) if of_features else None,
            examples=_examples(folder, manifest),
        )


def _signatures(functions: GraphFunctions, manifest: VersionManifest) -> dict[str, Signature]:
    raw = Fields.of(manifest.schema_)
    return {
        DEFAULT_SIGNATURE: Signature(raw, _packed_call(functions[_PACKED]), _plain_bodies(raw)),
        TRANSFORM_SIGNATURE: Signature(raw, _packed_call(functions[_TRANSFORM])),
        "examples": Signature(
            Fields([], ["examples"], []), _examples_call(functions[_EXAMPLES]), takes_raw_fields=False
        ),
    }


def _rows(folder: Path, manifest: VersionManifest, signatures: dict[str, Signature]) -> RawValues:
    """Return the version's warm-up rows; synthetic ones where it was published without any."""
    if KEPT_ROWS not in manifest.files:
        return made_rows(signatures[DEFAULT_SIGNATURE])
    return read_kept_rows(folder, manifest.schema_)


def _examples(folder: Path, manifest: VersionManifest) -> dict[str, int | float | str]:
    """Return a value of each column of numbers or text that is read by expressions alone: no statistics of it are kept."""
    schema = manifest.schema_
    others = {*schema.features, *schema.number_lists}
    names = [name for name, kind in schema.columns.items() if kind != "instant" and name not in others]
    return example_values(folder, names) if names and KEPT_ROWS in manifest.files else {}


def _plain_bodies(fields: Fields) -> PlainBodies | None:
    if fields.has_token_rules:
        return None
    try:
        return PlainBodies(fields)
    except ValueError:  # a name has a quote in it, or a line break
        return None


def _packed_call(function: BoundFunction) -> SignatureCall:
    names = function.outputs

    def call(numeric: Array, tokens: Tokens, integers: Array | None = None) -> Outputs:
        given = (numeric, tokens) if integers is None else (numeric, tokens, integers)
        return dict(zip(names, function(*given), strict=True))

    return call


def _examples_call(function: BoundFunction) -> SignatureCall:
    names = function.outputs

    def call(_: Array, tokens: Tokens, integers: None = None) -> Outputs:
        del integers
        try:
            outputs = function(tokens[:, 0])
        except _WRONG_EXAMPLES as error:
            raise InvalidRequest(_what_is_wrong(function, tokens[:, 0], error)) from error
        return dict(zip(names, outputs, strict=True))

    return call


_WRONG_EXAMPLES = (tf.errors.InvalidArgumentError, UnicodeDecodeError)
"""Errors of the graph about its input; TensorFlow's message may not be UTF-8."""


_OF_PARSER = re.compile(r"^Name: <unknown>, Key: (.*), Index: \d+\.\s+(.*)$")
"""TensorFlow's message for a feature of an Example: its name, and the reason."""


def _what_is_wrong(function: BoundFunction, examples: Tokens, error: Exception) -> str:
    """Name the row of the first invalid Example, with the reason of the graph, which names the field."""
    row = 0
    while len(examples) > 1:
        half = len(examples) // 2
        if _error_of(function, examples[:half]) is None:
            examples, row = examples[half:], row + half
        else:
            examples = examples[:half]
    serialized = examples[0]
    required = "examples must be serialized tf.train.Examples of raw features"
    try:
        tf.train.Example.FromString(serialized.encode() if isinstance(serialized, str) else serialized)
    except DecodeError:
        return f"{required}; row {row} is not one"
    error = _error_of(function, examples) or error
    return f"{required}; row {row}: {_reason(error)}"


def _error_of(function: BoundFunction, examples: Tokens) -> Exception | None:
    try:
        function(examples)
    except _WRONG_EXAMPLES as error:
        return error
    return None


def _reason(error: Exception) -> str:
    if not isinstance(error, tf.errors.InvalidArgumentError):
        return "a feature is of another type"
    message: str = error.message  # pyright: ignore[reportAttributeAccessIssue]  # its stub lacks it
    reason = message.split("\n\t [[", maxsplit=1)[0].strip().splitlines()[-1]
    asserted = reason.partition("assertion failed: [")[2].removesuffix("]")
    if asserted:
        return re.sub(r"\\(.)", r"\1", asserted)
    return _OF_PARSER.sub(r"\1: \2", reason)


def _signature_def(written: Mapping[str, bytes]) -> dict[str, Any]:
    options: dict[str, Any] = {"preserving_proto_field_name": True, "always_print_fields_with_no_presence": True}
    return {
        name: MessageToDict(meta_graph_pb2.SignatureDef.FromString(signature), **options)
        for name, signature in written.items()
        if not name.startswith("__")
    }
