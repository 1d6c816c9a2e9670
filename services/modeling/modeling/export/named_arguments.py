"""Signatures with an argument per raw feature, made in the saved format from signatures with an argument per dtype.

TensorFlow's Python traces an argument at a time, several times per signature: 2,000 of them take seconds, 10,000 minutes. In the
saved format an argument is some hundred bytes: an entry of a function and of its description, and a placeholder of the graph.

Arguments have neutral names there, since a parameter of Python cannot be called `class` or hold a space. The features' own names
are what callers see: keys of the signature, and keywords of its function.

The formats: TensorFlow's `meta_graph.proto`, `function.proto`, `graph.proto`, `saved_object_graph.proto` and `struct.proto`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from contracts.features import RawType
from contracts.schema import Schema
from sources.matrices import places_of

NUMERIC, CATEGORICAL, INTEGERS = "numeric", "categorical", "integers"
"""The arguments of a traced signature: float32 [rows, N], string [rows, M] and int64 [rows, I], if there are such columns."""
_MATRICES: dict[RawType, tuple[str, tf.DType]] = {
    "number": (NUMERIC, tf.float32),
    "token": (CATEGORICAL, tf.string),
    "integer": (INTEGERS, tf.int64),
}
_NEUTRAL = "tandem_raw_feature_{:06d}"
_ROWS = tf.TensorShape([None]).as_proto()


@dataclass(frozen=True)
class _Argument:
    """An argument [rows]: the feature's `name`, and the `neutral` one."""

    name: str
    neutral: str
    dtype: int

    @property
    def placeholder(self) -> str:
        return f"{self.neutral}_placeholder"


def name_arguments(graph: Any, schema: Schema, signatures: Sequence[str]) -> None:
    """Give some signatures of a `MetaGraphDef` an argument per raw column, in the schema's order.

    Each of them has an argument for each sort of columns before: matrices of the schema's columns in order.
    """
    columns: dict[RawType, list[str]] = {kind: schema.raw_columns(kind) for kind in _MATRICES}
    dtypes = {name: _MATRICES[kind][1] for kind, own in columns.items() for name in own}
    arguments = [
        _Argument(name, _NEUTRAL.format(place), dtypes[name].as_datatype_enum)
        for place, name in enumerate(schema.raw_types)
    ]
    names = [argument.name for argument in arguments]
    matrices = {
        _MATRICES[kind][0]: [arguments[place] for place in places_of(own, names)]
        for kind, own in columns.items()
        if own
    }
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    for signature in signatures:
        described = _function_of(graph.object_graph_def, signature)
        name = described.concrete_function_name
        _rewrite_function(functions[name], arguments, matrices)
        _rewrite_call(graph.graph_def, graph.signature_def[signature], name, arguments, matrices, signature)
        _describe_signature(graph.signature_def[signature], arguments, signature)
        _describe_function(described, graph.object_graph_def.concrete_functions[name], arguments)


def _function_of(objects: Any, signature: str) -> Any:
    """Return the object of a signature's function."""
    (map_id,) = [child.node_id for child in objects.nodes[0].children if child.local_name == "signatures"]
    (node_id,) = [child.node_id for child in objects.nodes[map_id].children if child.local_name == signature]
    return objects.nodes[node_id].bare_concrete_function


def _rewrite_function(function: Any, arguments: Sequence[_Argument], matrices: dict[str, list[_Argument]]) -> None:
    """Let a function take columns and stack them, and its operations read what was stacked."""
    captured = [argument for argument in function.signature.input_arg if argument.name not in matrices]
    shapes = [_ROWS] * len(arguments) + list(function.attr["_input_shapes"].list.shape[len(matrices) :])
    for node in function.node_def:
        inputs = [f"{name}:output:0" if name in matrices else name for name in node.input]
        _replace(node.input, inputs)
    for matrix, columns in matrices.items():
        stacked = function.node_def.add(name=matrix, op="Pack", input=[column.neutral for column in columns])
        stacked.attr["N"].i = len(columns)
        stacked.attr["T"].type = columns[0].dtype
        stacked.attr["axis"].i = 1
    kinds = type(function.signature.input_arg.add())
    own = [kinds(name=argument.neutral, type=argument.dtype) for argument in arguments]
    _replace(function.signature.input_arg, [*own, *captured])
    function.attr["_input_shapes"].list.ClearField("shape")
    function.attr["_input_shapes"].list.shape.extend(shapes)
    function.arg_attr.clear()
    for place in range(len(arguments)):
        function.arg_attr[place].attr["_output_shapes"].list.shape.add().CopyFrom(_ROWS)


def _rewrite_call(
    graph: Any,
    signature: Any,
    function: str,
    arguments: Sequence[_Argument],
    matrices: dict[str, list[_Argument]],
    prefix: str,
) -> None:
    """Feed the graph's call of a signature's function from a placeholder per column."""
    fed = {signature.inputs[matrix].name.removesuffix(":0") for matrix in matrices}
    (call,) = [node for node in graph.node if fed & set(node.input)]
    assert call.attr["f"].func.name == function
    captured = [name for name in call.input if name not in fed]
    kinds = call.attr["Tin"].list.type[len(fed) :]
    resources = [place - len(fed) + len(arguments) for place in call.attr["_read_only_resource_inputs"].list.i]
    _replace(call.input, [*(f"{prefix}_{argument.placeholder}" for argument in arguments), *captured])
    _replace(call.attr["Tin"].list.type, [*(argument.dtype for argument in arguments), *kinds])
    _replace(call.attr["_read_only_resource_inputs"].list.i, resources)
    kept = [node for node in graph.node if node.name not in fed]
    _replace(graph.node, kept)
    for argument in arguments:
        node = graph.node.add(name=f"{prefix}_{argument.placeholder}", op="Placeholder")
        node.attr["dtype"].type = argument.dtype
        node.attr["shape"].shape.CopyFrom(_ROWS)
        node.attr["_output_shapes"].list.shape.add().CopyFrom(_ROWS)


def _describe_signature(signature: Any, arguments: Sequence[_Argument], prefix: str) -> None:
    signature.inputs.clear()
    for argument in arguments:
        tensor = signature.inputs[argument.name]
        tensor.name = f"{prefix}_{argument.placeholder}:0"
        tensor.dtype = argument.dtype
        tensor.tensor_shape.CopyFrom(_ROWS)


def _describe_function(described: Any, concrete: Any, arguments: Sequence[_Argument]) -> None:
    """Let a loaded function be called by the features' names or by position."""
    _replace(described.argument_keywords, [argument.name for argument in arguments])
    described.allowed_positional_arguments = len(arguments)
    keywords = described.function_spec.fullargspec.named_tuple_value.values
    for pair in keywords:
        if pair.key == "kwonlyargs":
            pair.value.list_value.ClearField("values")
            for argument in arguments:
                pair.value.list_value.values.add(string_value=argument.neutral)
    fields = concrete.canonicalized_input_signature.tuple_value.values[1].dict_value.fields
    fields.clear()
    for argument in arguments:
        spec = fields[argument.neutral].tensor_spec_value
        spec.name, spec.dtype = argument.neutral, argument.dtype
        spec.shape.CopyFrom(_ROWS)


def _replace(repeated: Any, values: Sequence[Any]) -> None:
    """Replace all elements of a repeated field of a message."""
    kept = list(values)
    del repeated[:]
    repeated.extend(kept)
