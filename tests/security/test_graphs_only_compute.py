"""A version whose graph does more than compute is refused before anything of it runs, though its checksums fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained

from contracts.errors import CorruptData
from contracts.storage import Storage
from modeling.export import session_functions
from modeling.repository.versions import VersionManifest, describe_files, read_manifest
from modeling.serving.load_saved_model import load

Plant = Callable[[str], Any]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "storage"))


@tf.function
def written(path: str) -> Any:
    tf.io.write_file(path, "planted")
    return tf.constant(0.0)


def in_a_while_loop(path: str) -> Any:
    return tf.while_loop(lambda step: step < 1, lambda step: (step + written(path) + 1,), [tf.constant(0.0)])[0]


def in_a_branch(path: str) -> Any:
    return tf.cond(tf.random.stateless_uniform([], (1, 2)) < 2, lambda: written(path), lambda: tf.constant(1.0))


def called(path: str) -> Any:
    return written(path) + tf.function(written)(path)


def printed(path: str) -> Any:
    tf.print("planted", output_stream=f"file://{path}")
    return tf.constant(0.0)


def saved(path: str) -> Any:
    one: Any = tf.constant(1.0)
    with tf.control_dependencies(
        [tf.raw_ops.SaveV2(prefix=path, tensor_names=["a"], shape_and_slices=[""], tensors=[one])]
    ):
        return tf.identity(one)


WRITERS: list[tuple[Plant, str]] = [
    (written, "WriteFile"),
    (called, "WriteFile"),
    (in_a_while_loop, "WriteFile"),
    (printed, "PrintV2"),
]
OTHERS: list[tuple[Plant, str]] = [
    (saved, "SaveV2"),
    (in_a_branch, "StatelessRandomGetKeyCounter|StatelessRandomUniformV2|WriteFile"),
    (lambda path: tf.strings.length(tf.io.read_file(path)), "ReadFile"),
    (lambda path: tf.size(tf.io.matching_files(path)), "MatchingFiles"),
    (lambda path: tf.raw_ops.RestoreV2(prefix=path, tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32])[0],
     "RestoreV2"),
    (lambda path: tf.py_function(lambda: Path(path).touch() or 0.0, [], tf.float32), "EagerPyFunc"),
    (lambda path: tf.numpy_function(lambda: 0.0, [], tf.float64), "PyFunc"),
    (lambda path: tf.data.TFRecordDataset(path).reduce(0, lambda a, b: a), "TFRecordDataset"),
    (lambda path: tf.raw_ops.DebugIdentityV3(input=0.0, debug_urls=[f"file://{path}"]), "DebugIdentityV3"),
]  # fmt: skip


def packed_of(graph: Any) -> str:
    """The name of the function that a prediction calls."""
    (place,) = [child.node_id for child in graph.object_graph_def.nodes[0].children if child.local_name == "packed"]
    (name,) = graph.object_graph_def.nodes[place].function.concrete_functions
    return name


def plant(graph: Any, called: Any, planted: Any) -> None:
    """Have a function call another before each of its outputs."""
    present = {function.signature.name for function in graph.graph_def.library.function}
    for function in (*planted.graph.as_graph_def().library.function, planted.function_def):
        if function.signature.name not in present:
            graph.graph_def.library.function.add().CopyFrom(function)
            present.add(function.signature.name)
    node = called.node_def.add(name="planted", op="StatefulPartitionedCall")
    node.attr["f"].func.name = planted.function_def.signature.name
    node.attr["Tin"].list.SetInParent()
    node.attr["Tout"].list.type.append(planted.function_def.signature.output_arg[0].type)
    outputs = {value.partition(":")[0] for value in called.ret.values()}
    for other in called.node_def:
        if other.name in outputs:
            other.input.append("^planted")


def version_with(trained: Trained, storage: Storage, change: Callable[[Any], None]) -> VersionManifest:
    """Version 1 with another graph, and checksums that fit."""
    folder = copy_version(trained.storage, storage, 1)
    path = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    change(model.meta_graphs[0])
    path.write_bytes(model.SerializeToString())
    return read_manifest(storage, "m", 1).model_copy(update={"files": describe_files(folder)})


def planted_version(trained: Trained, storage: Storage, writer: Plant, path: Path) -> VersionManifest:
    concrete: Any = tf.function(lambda: writer(str(path)), autograph=False).get_concrete_function()

    def change(graph: Any) -> None:
        (own,) = [f for f in graph.graph_def.library.function if f.signature.name == packed_of(graph)]
        plant(graph, own, concrete)

    return version_with(trained, storage, change)


@pytest.mark.parametrize(("writer", "operation"), WRITERS)
def test_a_graph_that_writes_a_file_is_refused_and_writes_nothing(
    trained: Trained,
    storage: Storage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    writer: Plant,
    operation: str,
) -> None:
    path = tmp_path / "planted"
    manifest = planted_version(trained, storage, writer, path)
    with pytest.raises(CorruptData, match=rf"models/m/1 is no SavedModel of this service: .*operation '{operation}'"):
        load(storage, manifest, batch_rows=1)
    assert [*tmp_path.glob("planted*")] == []
    monkeypatch.setattr(session_functions, "check_operations", lambda *_: None)
    load(storage, manifest, batch_rows=1)
    assert [*tmp_path.glob("planted*")] != [], "it would not have written without the check, so this test shows nothing"


@pytest.mark.parametrize(("writer", "operation"), OTHERS)
def test_other_operations_that_reach_out_are_refused(
    trained: Trained, storage: Storage, tmp_path: Path, writer: Plant, operation: str
) -> None:
    manifest = planted_version(trained, storage, writer, tmp_path / "planted")
    with pytest.raises(CorruptData, match=rf"operation '({operation})'"):
        load(storage, manifest, batch_rows=1)


def test_parts_that_are_not_run_are_checked_too(trained: Trained, storage: Storage) -> None:
    def into_the_graph(graph: Any) -> None:
        graph.graph_def.node.add(name="planted", op="WriteFile")

    with pytest.raises(CorruptData, match=r"the graph has the operation 'WriteFile' \(node 'planted'\)"):
        load(storage, version_with(trained, storage, into_the_graph), batch_rows=1)


def test_a_stored_object_is_refused(trained: Trained, tmp_path: Path) -> None:
    """A variant's bytes are read by the decoder of the type that they name."""

    def constant(graph: Any) -> None:
        node = graph.graph_def.node.add(name="planted", op="Const")
        node.attr["dtype"].type = tf.variant.as_datatype_enum

    def variable(graph: Any) -> None:
        variables = [node for node in graph.object_graph_def.nodes if node.WhichOneof("kind") == "variable"]
        variables[0].variable.dtype = tf.variant.as_datatype_enum

    for number, change in enumerate((constant, variable)):
        storage = Storage(str(tmp_path / str(number)))
        with pytest.raises(CorruptData, match="holds values of a type that this service does not export"):
            load(storage, version_with(trained, storage, change), batch_rows=1)
