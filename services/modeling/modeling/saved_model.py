"""A version's files to functions in memory; TensorFlow's side of serving."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from tensorflow.core.protobuf import saved_model_pb2

from contracts.errors import Damaged, InvalidRequest
from contracts.storage import Storage
from modeling.json_values import Fields
from modeling.loaded import DEFAULT_SIGNATURE, LoadedVersion, Outputs, Signature, SignatureCall, Tokens
from modeling.versions import SAVED_MODEL, VersionManifest, checked_folder, read_statistics


def use_one_thread_per_call() -> None:
    """Have each prediction computed on one thread; several requests still use several. For the serving process alone.

    Sharing out the products of one row's vectors costs more than it saves: a fifth of the reply's time, as measured.
    """
    with contextlib.suppress(RuntimeError):  # TensorFlow runs already, as it does in tests
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)


def load(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
    """Check every file, load, and answer one row, so that the first reply is as fast as the next. Raises `Damaged`."""
    with checked_folder(storage, manifest) as folder:
        try:
            model = tf.saved_model.load(str(folder))
            signatures = _signatures(model, manifest)
            for name in (DEFAULT_SIGNATURE, "transform"):
                signature = signatures[name]
                one = np.full((1, len(signature.fields.numeric_at)), np.nan, np.float32)
                signature.call(one, [[b""] * len(signature.fields.categorical_at)])
        except (OSError, ValueError, AttributeError, tf.errors.OpError) as error:
            raise Damaged(f"{manifest.folder} is no SavedModel of this service: {error}") from error
        return LoadedVersion(manifest, signatures, _signature_def(folder), read_statistics(storage, manifest))


def _signatures(model: Any, manifest: VersionManifest) -> dict[str, Signature]:
    raw = Fields.of(manifest.schema_)
    return {
        DEFAULT_SIGNATURE: Signature(raw, _packed_call(model, model.packed)),
        "transform": Signature(raw, _packed_call(model, model.packed_transform)),
        "examples": Signature(Fields([], ["examples"], []), _examples_call(model)),
    }


def _packed_call(model: Any, function: Any) -> SignatureCall:
    """The one graph behind a function of packed tensors, called as an operation.

    Calling the function itself would look for a graph that fits and bind arguments by name, which takes longer than one row
    does. The graph runs on the calling thread: handing its small operations to other threads takes longer, too.
    """
    graph = function.concrete_functions[0]
    names = sorted(graph.structured_outputs)  # the order in which TensorFlow flattens them
    types = [tensor.dtype for tensor in graph.outputs]
    captured = graph.captured_inputs
    no_tokens = graph.inputs[1].shape[1] == 0
    executor = "" if tf.config.list_physical_devices("GPU") else "SINGLE_THREADED_EXECUTOR"

    def call(numeric: np.ndarray[Any, Any], tokens: Tokens) -> Outputs:
        # TensorFlow takes an empty list for numbers, so text of no columns has to be made.
        text = tf.zeros([len(tokens), 0], tf.string) if no_tokens else tf.constant(tokens, tf.string)
        arguments = [tf.constant(numeric), text, *captured]
        found = tf.raw_ops.StatefulPartitionedCall(args=arguments, Tout=types, f=graph, executor_type=executor)
        return {name: tensor.numpy() for name, tensor in zip(names, found, strict=True)}

    call.model = model  # pyright: ignore[reportFunctionMemberAccess]  # its variables live as long as it does
    return call


def _examples_call(model: Any) -> SignatureCall:
    function = model.signatures["examples"]

    def call(_: np.ndarray[Any, Any], tokens: Tokens) -> Outputs:
        try:
            found = function(examples=tf.constant([row[0] for row in tokens], tf.string))
        except tf.errors.InvalidArgumentError as error:
            reason = error.message.split("[[")[0].strip().splitlines()[-1]
            raise InvalidRequest(f"examples must be serialized tf.train.Examples of raw features: {reason}") from error
        return {name: tensor.numpy() for name, tensor in found.items()}

    return call


def _signature_def(folder: Path) -> dict[str, Any]:
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((folder / SAVED_MODEL).read_bytes())
    options: dict[str, Any] = {"preserving_proto_field_name": True, "always_print_fields_with_no_presence": True}
    return {
        name: MessageToDict(signature, **options)
        for name, signature in saved.meta_graphs[0].signature_def.items()
        if not name.startswith("__")
    }
