"""The functions of a SavedModel of ours in a TensorFlow session, which is released with them.

`tf.saved_model.load` builds Python graphs of all functions first. That takes a tenth of a second to seconds in which no other
thread of Python runs, so that replies wait, and TensorFlow leaks about two megabytes of it when the model is released. And eager
TensorFlow hands each call of a function to another thread and back, which takes longer than the arithmetic of a row. Here the
functions are copied unchanged from the file into a graph of a few nodes, and a session calls them on the caller's thread;
variables, tables and constants are read by TensorFlow's kernels. The session is released with the last of a model's functions.

Reads what `export` writes and nothing else: functions that capture variables, constants and hash tables, of operations that
`allowed_operations` lists. The format: `saved_object_graph.proto` and `trackable_object_graph.proto` of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2, function_pb2
from tensorflow.core.protobuf import (
    config_pb2,
    rewriter_config_pb2,
    saved_model_pb2,
    trackable_object_graph_pb2,
)
from tensorflow.python.framework import ops

from modeling.export.check_operations import NotOurs, check_dtype, check_operations
from sources.arrays import Array

Names = tuple[str, ...]
"""Attribute names from the model's root to a function."""

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_CallableOptions: Any = config_pb2.CallableOptions  # pyright: ignore[reportAttributeAccessIssue]  # its stub lacks it
_FunctionLibrary: Any = function_pb2.FunctionDefLibrary  # pyright: ignore[reportAttributeAccessIssue]  # its stub lacks it
_NameAttrList: Any = attr_value_pb2.NameAttrList  # pyright: ignore[reportAttributeAccessIssue]  # its stub lacks it


class BoundFunction:
    """A function of a loaded model with its captured inputs. Called with arrays, of objects for bytes; from any thread.

    `outputs`: the names of its outputs, in order. `model`: keeps the session alive as long as this function.
    """

    def __init__(self, model: GraphFunctions, run: Any, outputs: list[str]) -> None:
        self.outputs = outputs
        self.model = model
        self._run = run

    def __call__(self, *arguments: Array) -> list[Array]:
        """Return the outputs. Raises `tf.errors.OpError`."""
        return self._run(*arguments)


class GraphFunctions:
    """A SavedModel's functions, by their names. Raises `NotOurs`, `tf.errors.OpError`.

    `give_way`: is called between two steps, each of which holds the interpreter for milliseconds. `joined`: functions of columns,
    [rows] each, which take all columns of one type as a matrix: numbers float32 [rows, N], then text [rows, M], then whole
    numbers int64 [rows, I], if there are any.
    `is_optimized`: false to run the graphs as they are written, which takes a while less until the first call.
    """

    def __init__(
        self,
        folder: Path,
        saved: saved_model_pb2.SavedModel,
        wanted: Sequence[Names],
        give_way: Callable[[], None] = lambda: None,
        joined: Collection[Names] = (),
        *,
        is_optimized: bool = True,
    ) -> None:
        graph = tf.Graph()
        with graph.as_default():
            made = _Nodes(saved.meta_graphs[0], wanted, give_way)
            made.restore_variables(folder)
            made.make_tables()
            calls = {names: made.call(names, is_joined=names in joined) for names in wanted}
        self.session = session = _session(graph, is_optimized=is_optimized)
        give_way()
        start = _callable(session, feed=made.fed, target=made.begun)
        give_way()
        start(*made.fed.values())
        give_way()
        self._functions: dict[Names, tuple[Any, list[str]]] = {}
        for names, (taken, given, outputs) in calls.items():
            self._functions[names] = _callable(session, feed=taken, fetch=given), outputs
            give_way()
        ops.dismantle_graph(graph)  # its cycles would keep the session until the garbage collector comes

    def __getitem__(self, names: Names) -> BoundFunction:
        """Return one of the functions that were requested."""
        return BoundFunction(self, *self._functions[names])


def _session(graph: tf.Graph, *, is_optimized: bool) -> Any:
    """Make a session for few rows at a time: it computes on its callers' threads, one operation at a time.

    Products of a vector are not fused with what follows them: oneDNN's fused kernels take twice as long for a row.
    """
    config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
    config.graph_options.rewrite_options.disable_meta_optimizer = not is_optimized
    config.intra_op_parallelism_threads = tf.config.threading.get_intra_op_parallelism_threads()
    if tf.config.list_physical_devices("GPU"):
        config.gpu_options.allow_growth = True
    else:
        config.inter_op_parallelism_threads = -1
        config.experimental.executor_type = "SINGLE_THREADED_EXECUTOR"
        rewriting, off = config.graph_options.rewrite_options, rewriter_config_pb2.RewriterConfig.OFF
        rewriting.remapping = off
        # These passes gain nothing here, and cost a quarter of the time that a load takes from the replies:
        rewriting.layout_optimizer = rewriting.shape_optimization = rewriting.loop_optimization = off
        rewriting.memory_optimization = rewriter_config_pb2.RewriterConfig.NO_MEM_OPT
        rewriting.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    return tf.compat.v1.Session(graph=graph, config=config)


def _callable(session: Any, **options: Any) -> Any:
    """Make a callable; TensorFlow's public `make_callable` costs more per call."""
    return session._make_callable_from_options(_CallableOptions(**options))  # noqa: SLF001


class _Nodes:
    """Builder of the default graph's nodes. A session must run the nodes `begun`, feeding `fed`, before any call."""

    def __init__(self, written: Any, wanted: Sequence[Names], give_way: Callable[[], None]) -> None:
        self.fed: dict[str, Array] = {}
        self.begun: list[str] = []
        self._give_way = give_way
        self._objects = written.object_graph_def
        self._library = {function.signature.name: function for function in written.graph_def.library.function}
        self._constants = {node.name: node for node in written.graph_def.node if node.op == "Const"}
        self._tensors: dict[int, Any] = {}
        self._give_way()
        needed = self._needed(wanted)
        check_operations(written.graph_def, {function.signature.name for function in needed.function})
        self._give_way()
        tf.graph_util.import_graph_def(
            tf.compat.v1.GraphDef(library=needed, versions=written.graph_def.versions), name=""
        )
        self._give_way()

    def restore_variables(self, folder: Path) -> None:
        """Read all variables in one go; the checkpoint numbers objects as the SavedModel does."""
        prefix = str(folder / "variables" / "variables")
        content = tf.train.load_checkpoint(prefix).get_tensor(_OBJECT_GRAPH)
        checkpoint = trackable_object_graph_pb2.TrackableObjectGraph.FromString(content)
        variables = [(node_id, node.variable) for node_id, node in self._of_kind("variable")]
        if not variables:
            return
        for node_id, variable in variables:
            check_dtype(variable.dtype, f"variable {node_id}")
        keys = [_checkpoint_key(checkpoint, node_id) for node_id, _ in variables]
        dtypes = [tf.dtypes.as_dtype(variable.dtype) for _, variable in variables]
        values = tf.raw_ops.RestoreV2(
            prefix=prefix, tensor_names=keys, shape_and_slices=[""] * len(keys), dtypes=dtypes
        )
        for (node_id, variable), dtype, value in zip(variables, dtypes, values, strict=True):
            self._give_way()
            handle = tf.raw_ops.VarHandleOp(dtype=dtype, shape=variable.shape, shared_name=f"variable{node_id}")
            self.begun.append(tf.raw_ops.AssignVariableOp(resource=handle, value=value).name)
            self._tensors[node_id] = handle

    def make_tables(self) -> None:
        """Create hash tables and fill them from fed values: a vocabulary is never a Python list, and stays in no graph."""
        for node_id, node in self._of_kind("resource"):
            children = {child.local_name: child.node_id for child in node.children}
            creator, initializer = (self._function(children[name]) for name in ("_create_resource", "_initialize"))
            (made,) = (step for step in self._library[creator].node_def if step.op not in {"Identity", "NoOp"})
            if made.op != "HashTableV2":
                raise NotOurs(f"a resource is no hash table. Received: {made.op}")
            kinds = {name: tf.dtypes.as_dtype(made.attr[name].type) for name in ("key_dtype", "value_dtype")}
            self._tensors[node_id] = tf.raw_ops.HashTableV2(shared_name=f"table{node_id}", **kinds)
            content = [
                self._tensors[bound] if bound == node_id else self._fed(bound)
                for bound in self._objects.concrete_functions[initializer].bound_inputs
            ]
            self._give_way()
            (filled,) = self._call(initializer, content)
            self.begun.append(filled.op.name)
            self._give_way()

    def call(self, names: Names, *, is_joined: bool) -> tuple[list[str], list[str], list[str]]:
        """Return the tensors to feed and to fetch for a call of a function, and the outputs' names, in order."""
        function = self._function(self._find(names))
        concrete = self._objects.concrete_functions[function]
        signature = self._library[function].signature
        outputs = sorted(concrete.output_signature.dict_value.fields)
        if len(outputs) != len(signature.output_arg):
            raise NotOurs(f"the outputs of {'.'.join(names)} have no names")
        own = signature.input_arg[: len(signature.input_arg) - len(concrete.bound_inputs)]
        dtypes = [tf.dtypes.as_dtype(argument.type) for argument in own]
        taken, arguments = _joined(dtypes) if is_joined else _apart(dtypes)
        captured = [self._captured(node) for node in concrete.bound_inputs]
        self._give_way()
        given = self._call(function, [*arguments, *captured])
        self._give_way()
        return [tensor.name for tensor in taken], [tensor.name for tensor in given], outputs

    def _needed(self, wanted: Sequence[Names]) -> Any:
        """Return the library with the functions that are called, from those wanted and from the tables' initializers."""
        objects = self._objects.nodes
        of_resources = [child.node_id for _, node in self._of_kind("resource") for child in node.children]
        names = [self._function(self._find(names)) for names in wanted]
        names += [self._function(node) for node in of_resources if objects[node].WhichOneof("kind") == "function"]
        needed: dict[str, Any] = {}
        while names:
            name = names.pop()
            if name not in needed:
                needed[name] = self._library[name]
                names += [called for called in _called(needed[name]) if called in self._library]
        return _FunctionLibrary(function=needed.values())

    def _call(self, function: str, arguments: Sequence[Any]) -> Any:
        kinds = [tf.dtypes.as_dtype(output.type) for output in self._library[function].signature.output_arg]
        return tf.raw_ops.StatefulPartitionedCall(args=arguments, Tout=kinds, f=_NameAttrList(name=function))

    def _find(self, names: Names) -> int:
        node_id = 0
        for name in names:
            children = {child.local_name: child.node_id for child in self._objects.nodes[node_id].children}
            if name not in children:
                raise NotOurs(f"there is no {name!r} among {', '.join(sorted(children))}")
            node_id = children[name]
        return node_id

    def _of_kind(self, kind: str) -> Iterator[tuple[int, Any]]:
        for node_id, node in enumerate(self._objects.nodes):
            if node.WhichOneof("kind") == kind:
                yield node_id, node

    def _function(self, node_id: int) -> str:
        """Return an object's function name in the library."""
        node = self._objects.nodes[node_id]
        match node.WhichOneof("kind"):
            case "function":
                (name,) = node.function.concrete_functions
            case "bare_concrete_function":
                name = node.bare_concrete_function.concrete_function_name
            case kind:
                raise NotOurs(f"object {node_id} is no function. Received: {kind}")
        return name

    def _constant(self, node_id: int) -> Any:
        operation = self._objects.nodes[node_id].constant.operation
        if operation not in self._constants:
            raise NotOurs(f"{operation} is no constant")
        return self._constants[operation].attr["value"].tensor

    def _captured(self, node_id: int) -> Any:
        """Add a variable, a table, or a constant to the graph."""
        if node_id not in self._tensors:
            self._tensors[node_id] = tf.constant(tf.make_ndarray(self._constant(node_id)))
        return self._tensors[node_id]

    def _fed(self, node_id: int) -> Any:
        """Add a constant that only initialization needs."""
        value = self._constant(node_id)
        serialized = tf.compat.v1.placeholder(tf.string, [])
        self.fed[serialized.name] = np.array(value.SerializeToString(), object)
        return tf.raw_ops.ParseTensor(serialized=serialized, out_type=tf.dtypes.as_dtype(value.dtype))


def _apart(dtypes: Sequence[tf.DType]) -> tuple[list[Any], list[Any]]:
    """Return a placeholder for each argument, and the arguments."""
    taken = [tf.compat.v1.placeholder(dtype) for dtype in dtypes]
    return taken, taken


def _joined(dtypes: Sequence[tf.DType]) -> tuple[list[Any], list[Any]]:
    """Return a placeholder for all arguments of each type, and the arguments, which are their columns in order."""
    counts = {dtype: dtypes.count(dtype) for dtype in (tf.float32, tf.string, tf.int64) if dtype in dtypes}
    taken = {dtype: tf.compat.v1.placeholder(dtype, [None, count]) for dtype, count in counts.items()}
    columns = {dtype: iter(tf.unstack(taken[dtype], num=count, axis=1)) for dtype, count in counts.items()}
    return list(taken.values()), [next(columns[dtype]) for dtype in dtypes]


def _called(function: Any) -> Iterator[str]:
    """Yield the functions that a function's operations call."""
    for step in function.node_def:
        for value in step.attr.values():
            if value.WhichOneof("value") == "func":
                yield value.func.name
            yield from (called.name for called in value.list.func)


def _checkpoint_key(checkpoint: trackable_object_graph_pb2.TrackableObjectGraph, node_id: int) -> str:
    attributes = checkpoint.nodes[node_id].attributes if node_id < len(checkpoint.nodes) else []
    if len(attributes) != 1:
        raise NotOurs(f"variable {node_id} has no single value in the checkpoint")
    return attributes[0].checkpoint_key
