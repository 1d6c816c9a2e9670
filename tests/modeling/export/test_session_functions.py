from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tests.modeling.made import SCHEMA
from tests.modeling.made_records import raw_matrices
from tests.modeling.trained import Trained

from modeling.export.check_operations import NotOurs
from modeling.export.session_functions import BoundFunction, GraphFunctions
from modeling.repository.versions import read_manifest
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import LoadedVersion


def folder_of(trained: Trained, version: int) -> Path:
    folder = trained.storage.local_path(f"models/m/{version}")
    assert folder is not None
    return folder


@pytest.mark.parametrize("version", [1, 2])
def test_answers_are_those_of_the_saved_models_own_signatures_to_the_bit(trained: Trained, version: int) -> None:
    rows = trained.made.of("test")
    signatures = tf.saved_model.load(str(folder_of(trained, version))).signatures
    loaded = load(trained.storage, read_manifest(trained.storage, "m", version))
    for size in (1, 2, 3, 5, 8, 13, 16, 31, 64, 200):
        numeric, tokens = raw_matrices(SCHEMA, rows[:size])
        named = {name: tf.constant(numeric[:, at]) for at, name in enumerate(SCHEMA.number_columns)}
        named |= {name: tf.constant(tokens[:, at].tolist()) for at, name in enumerate(SCHEMA.token_columns)}
        for name in ("serving_default", "transform"):
            found = loaded.signatures[name].call(numeric, tokens)
            expected = signatures[name](**named)
            assert found.keys() == expected.keys()
            for output, values in found.items():
                assert values.dtype == expected[output].numpy().dtype
                assert values.tobytes() == expected[output].numpy().tobytes(), (name, output, size)


def test_columns_that_are_joined_give_the_same_answers(trained: Trained) -> None:
    folder = folder_of(trained, 1)
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    names = [("signatures", "transform"), ("signatures", "serving_default")]
    functions = GraphFunctions(folder, saved, names, joined=names, is_optimized=False)
    loaded = load(trained.storage, read_manifest(trained.storage, "m", 1))
    numeric, tokens = raw_matrices(SCHEMA, trained.made.of("test")[:20])
    for path in names:
        received = dict(zip(functions[path].outputs, functions[path](numeric, tokens), strict=True))
        for output, expected in loaded.signatures[path[-1]].call(numeric, tokens).items():
            np.testing.assert_allclose(received[output], expected, rtol=1e-6)


def session_of(loaded: LoadedVersion) -> weakref.ref[Any]:
    call: Any = loaded.signatures["serving_default"].call
    (function,) = (cell.cell_contents for cell in call.__closure__ if isinstance(cell.cell_contents, BoundFunction))
    return weakref.ref(function.model.session)


def test_two_loads_share_nothing_and_one_let_go_leaves_at_once(trained: Trained) -> None:
    first = load(trained.storage, read_manifest(trained.storage, "m", 1))
    second = load(trained.storage, read_manifest(trained.storage, "m", 2))
    numeric, tokens = raw_matrices(SCHEMA, trained.made.of("test")[:3])
    expected = second.signatures["serving_default"].call(numeric, tokens)["predictions"]
    sessions = session_of(first), session_of(second)
    gc.disable()
    try:
        del first
        assert sessions[0]() is None
        found = second.signatures["serving_default"].call(numeric, tokens)["predictions"]
        assert found.tobytes() == expected.tobytes()
        del second
        assert sessions[1]() is None
    finally:
        gc.enable()


def test_a_saved_model_of_another_is_refused(tmp_path: Path) -> None:
    class Other(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def packed(self, x: tf.Tensor) -> tf.Tensor:
            return x + 1

    tf.saved_model.save(Other(), str(tmp_path))
    saved = saved_model_pb2.SavedModel.FromString((tmp_path / "saved_model.pb").read_bytes())
    with pytest.raises(NotOurs, match="no names"):
        GraphFunctions(tmp_path, saved, [("packed",)])
    with pytest.raises(NotOurs, match="packed_transform"):
        GraphFunctions(tmp_path, saved, [("packed_transform",)])


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_thousand_loads_and_unloads_take_no_more_memory(trained: Trained) -> None:
    manifest = read_manifest(trained.storage, "m", 2)
    process = psutil.Process()
    after_ten = 0
    for at in range(1000):
        loaded = load(trained.storage, manifest)
        del loaded
        if at == 9:
            after_ten = process.memory_info().rss
    assert abs(process.memory_info().rss - after_ten) < 200 << 20
