"""The functions of a SavedModel of ours, straight into TensorFlow's runtime, and out of it again.

`tf.saved_model.load` builds Python graphs of all functions first. That takes a tenth of a second to seconds in which no other
thread of Python runs, so that replies wait, and TensorFlow keeps about two megabytes of it when the model is let go. Here the
functions go to the runtime as they are in the file, under names of their own; variables, tables and constants are read by
TensorFlow's kernels. When the last of a model's functions is let go, the runtime forgets them.

Reads what `export` writes and nothing else: functions that capture variables, constants and hash tables. The format:
`saved_object_graph.proto` and `trackable_object_graph.proto` of TensorFlow.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import function_pb2
from tensorflow.core.protobuf import saved_model_pb2, trackable_object_graph_pb2
from tensorflow.python.eager import context as eager_context
from tensorflow.python.eager import execute as eager_execute
from tensorflow.python.framework import ops

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_FunctionDef: Any = function_pb2.FunctionDef  # pyright: ignore[reportAttributeAccessIssue]  # its stub lacks it
_loads = itertools.count(1)

_NUMBERS, _TEXT = tf.float32.as_datatype_enum, tf.string.as_datatype_enum


class NotOurs(ValueError):
    """The SavedModel holds something that this service does not write."""


def _context() -> Any:
    """TensorFlow's one runtime, started."""
    context: Any = eager_context.context()
    context.ensure_initialized()
    return context


def _device() -> str:
    """Where eager tensors are made on this thread."""
    context: Any = eager_context.context()
    return context.device_name


def numbers_tensor(values: np.ndarray[Any, Any]) -> tf.Tensor:
    """A float32 array as a tensor, without a copy: nobody may change it afterwards. `tf.constant` takes twice as long."""
    return ops.EagerTensor(values, _device(), _NUMBERS)


def text_tensor(rows: list[list[bytes]]) -> tf.Tensor:
    """Rows of bytes as a tensor, [rows, M]; M may be 0."""
    if not rows[0]:  # TensorFlow would take empty lists for numbers
        return tf.zeros([len(rows), 0], tf.string)
    return ops.EagerTensor(rows, _device(), _TEXT)


class BoundFunction:
    """A function of a loaded model with what it captured. Called with its own tensors; from any thread.

    `outputs`: the names of what it gives, in order.
    """

    def __init__(self, model: GraphFunctions, name: str, captured: Sequence[tf.Tensor], outputs: list[str]) -> None:
        self.outputs = outputs
        self._model = model  # its functions are there as long as this is
        self._name = name
        self._captured = list(captured)
        self._context = _context()
        # Handing the small operations of a few rows to other threads takes longer than computing them.
        executor = "" if tf.config.list_physical_devices("GPU") else "SINGLE_THREADED_EXECUTOR"
        config = self._context.function_call_options.config_proto_serialized
        self._attributes = ("executor_type", executor, "config_proto", config)

    def __call__(self, *arguments: tf.Tensor) -> list[tf.Tensor]:
        """The outputs. Raises `tf.errors.OpError`."""
        inputs = [*arguments, *self._captured]
        return eager_execute.execute(self._name, len(self.outputs), inputs, self._attributes, self._context)


class GraphFunctions:
    """A SavedModel's functions in TensorFlow's runtime, with its variables and tables. Raises `NotOurs`, `tf.errors.OpError`."""

    def __init__(self, folder: Path, saved: saved_model_pb2.SavedModel) -> None:
        self._graph = saved.meta_graphs[0]
        self._objects = self._graph.object_graph_def
        self._library = {each.signature.name: each for each in self._graph.graph_def.library.function}
        self._prefix = f"tandem_{next(_loads)}_"
        self._registered: dict[str, str] = {}
        self._names: list[str] = []
        weakref.finalize(self, _forget, self._names).atexit = False
        self._tensors: dict[int, tf.Tensor] = {}
        self._kept: list[Any] = []
        self._restore_variables(folder)
        self._make_constants()
        self._make_tables()

    def finish(self) -> None:
        """Let go of the file's content, which no further `find` needs."""
        del self._graph, self._objects, self._library

    def find(self, *path: str) -> BoundFunction:
        """The function at a path of attribute names from the model's root. Raises `NotOurs`."""
        node = self._objects.nodes[self._walk(path)]
        match node.WhichOneof("kind"):
            case "function":
                (name,) = node.function.concrete_functions
            case "bare_concrete_function":
                name = node.bare_concrete_function.concrete_function_name
            case kind:
                raise NotOurs(f"{'.'.join(path)} is no function. Received: {kind}")
        found = self._objects.concrete_functions[name]
        outputs = sorted(found.output_signature.dict_value.fields)
        if len(outputs) != len(self._library[name].signature.output_arg):
            raise NotOurs(f"the outputs of {'.'.join(path)} have no names")
        captured = [self._tensors[each] for each in found.bound_inputs]
        return BoundFunction(self, self._register(name), captured, outputs)

    def _walk(self, path: Iterable[str]) -> int:
        at = 0
        for name in path:
            children = {child.local_name: child.node_id for child in self._objects.nodes[at].children}
            if name not in children:
                raise NotOurs(f"there is no {name!r} among {', '.join(sorted(children))}")
            at = children[name]
        return at

    def _nodes(self, kind: str) -> Iterator[tuple[int, Any]]:
        for at, node in enumerate(self._objects.nodes):
            if node.WhichOneof("kind") == kind:
                yield at, node

    def _restore_variables(self, folder: Path) -> None:
        """Read all variables in one go; the checkpoint numbers objects as the SavedModel does."""
        prefix = str(folder / "variables" / "variables")
        (content,) = tf.raw_ops.RestoreV2(
            prefix=prefix, tensor_names=[_OBJECT_GRAPH], shape_and_slices=[""], dtypes=[tf.string]
        )
        checkpoint = trackable_object_graph_pb2.TrackableObjectGraph.FromString(content.numpy())
        variables = list(self._nodes("variable"))
        if not variables:
            return
        keys = [_checkpoint_key(checkpoint, at) for at, _ in variables]
        dtypes = [tf.dtypes.as_dtype(node.variable.dtype) for _, node in variables]
        values = tf.raw_ops.RestoreV2(
            prefix=prefix, tensor_names=keys, shape_and_slices=[""] * len(keys), dtypes=dtypes
        )
        for (at, _), value in zip(variables, values, strict=True):
            variable = tf.Variable(value, trainable=False)
            self._kept.append(variable)
            self._tensors[at] = variable.handle

    def _make_constants(self) -> None:
        """Have TensorFlow decode them, in one function: a vocabulary is no list of Python's on the way."""
        nodes = {node.name: node for node in self._graph.graph_def.node}
        wanted = [(at, nodes[node.constant.operation]) for at, node in self._nodes("constant")]
        if not wanted:
            return
        function = _FunctionDef()
        function.signature.name = f"{self._prefix}constants"
        for place, (_, node) in enumerate(wanted):
            if node.op != "Const":
                raise NotOurs(f"{node.name} is no constant. Received: {node.op}")
            made = function.node_def.add(name=f"constant{place}", op="Const")
            for name in ("value", "dtype"):
                made.attr[name].CopyFrom(node.attr[name])
            function.signature.output_arg.add(name=f"output{place}", type=node.attr["dtype"].type)
            function.ret[f"output{place}"] = f"constant{place}:output:0"
        context = _context()
        context.add_function_def(function)
        try:
            values = eager_execute.execute(function.signature.name, len(wanted), [], _AS_IT_IS, context)
        finally:
            context.remove_function(function.signature.name)
        for (at, _), value in zip(wanted, values, strict=True):
            self._tensors[at] = value

    def _make_tables(self) -> None:
        """Tables without a name, which no other version can share, and which go when their handles do."""
        context = _context()
        for at, node in self._nodes("resource"):
            children = {child.local_name: child.node_id for child in node.children}
            creator, initializer = (self._concrete(children[name]) for name in ("_create_resource", "_initialize"))
            (made,) = (each for each in self._library[creator].node_def if each.op not in {"Identity", "NoOp"})
            if made.op != "HashTableV2":
                raise NotOurs(f"a resource is no hash table. Received: {made.op}")
            self._tensors[at] = tf.raw_ops.AnonymousHashTable(
                key_dtype=made.attr["key_dtype"].type, value_dtype=made.attr["value_dtype"].type
            )
            captured = [self._tensors[each] for each in self._objects.concrete_functions[initializer].bound_inputs]
            outputs = len(self._library[initializer].signature.output_arg)
            name = self._register(initializer)
            eager_execute.execute(name, outputs, captured, _AS_IT_IS, context)
            # What filled the table is needed no more.
            for each in self._objects.concrete_functions[initializer].bound_inputs:
                if each != at:
                    self._tensors.pop(each, None)

    def _concrete(self, at: int) -> str:
        node = self._objects.nodes[at]
        if node.WhichOneof("kind") == "bare_concrete_function":
            return node.bare_concrete_function.concrete_function_name
        (name,) = node.function.concrete_functions
        return name

    def _register(self, name: str) -> str:
        """Give a function, and those that it calls, to the runtime under this load's names."""
        if name in self._registered:
            return self._registered[name]
        own = self._registered[name] = self._prefix + name
        function = _FunctionDef()
        function.CopyFrom(self._library[name])
        function.signature.name = own
        for node in function.node_def:
            self._rename(node)
        _context().add_function_def(function)
        self._names.append(own)
        return own

    def _rename(self, node: Any) -> None:
        if node.op in self._library:
            node.op = self._register(node.op)
        for value in node.attr.values():
            kind = value.WhichOneof("value")
            called = [value.func] if kind == "func" else value.list.func if kind == "list" else []
            for each in called:
                each.name = self._register(each.name)


def _plain_config() -> bytes:
    config = tf.compat.v1.ConfigProto()
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config.SerializeToString()


_AS_IT_IS = ("executor_type", "", "config_proto", _plain_config())
"""For what is run once: no time goes into making it faster."""


def _checkpoint_key(checkpoint: trackable_object_graph_pb2.TrackableObjectGraph, at: int) -> str:
    attributes = checkpoint.nodes[at].attributes if at < len(checkpoint.nodes) else []
    if len(attributes) != 1:
        raise NotOurs(f"variable {at} has no value of its own in the checkpoint")
    return attributes[0].checkpoint_key


def _forget(names: list[str]) -> None:
    context = _context()
    for name in names:
        context.remove_function(name)
