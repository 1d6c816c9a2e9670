"""A version's files to functions in memory: what it answers, and which files are refused."""

from __future__ import annotations

import errno

import numpy as np
import pytest
from tests.modeling.made import SCHEMA, Made
from tests.modeling.made_records import byte_list, real, serialized
from tests.modeling.serving.test_registry import copy_version
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.errors import CorruptData, InvalidRequest
from contracts.expressions.expression import Expression
from contracts.expressions.nodes.leaves import Column
from contracts.expressions.nodes.lists import ListStatistic
from contracts.features import Many
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.repository.versions import VersionManifest, describe_files, read_manifest
from modeling.repository.warm_up_rows import KEPT_ROWS
from modeling.serving import load_saved_model
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import LoadedVersion


@pytest.fixture(scope="module")
def loaded(trained: Trained) -> LoadedVersion:
    return load(trained.storage, read_manifest(trained.storage, "m", 1), batch_rows=1)


def test_a_version_has_its_three_signatures_and_its_statistics(trained: Trained, loaded: LoadedVersion) -> None:
    assert [*loaded.signatures] == ["serving_default", "transform", "examples"]
    assert loaded.signature_def.keys() == loaded.signatures.keys()
    assert loaded.signature_def["serving_default"]["inputs"].keys() == SCHEMA.features.keys()
    assert loaded.statistics == trained.made.statistics.only("train")


def test_signatures_answer_each_row(loaded: LoadedVersion) -> None:
    numeric = np.full((3, len(SCHEMA.number_columns)), np.nan, np.float32)
    tokens = np.full((3, len(SCHEMA.token_columns)), b"", object)
    outputs = loaded.signatures["serving_default"].call(numeric, tokens)["predictions"]
    assert (outputs.shape, outputs.dtype, len(set(outputs.tolist()))) == ((3,), np.float32, 1)
    inputs = loaded.signatures["transform"].call(numeric, tokens)
    assert {name: len(values) for name, values in inputs.items()} == {"numeric": 3, "categorical": 3}
    examples = np.full((3, 1), b"", object)
    by_example = loaded.signatures["examples"].call(numeric[:0], examples)["predictions"]
    np.testing.assert_allclose(by_example, outputs, rtol=1e-6)


def test_the_first_invalid_example_is_named(loaded: LoadedVersion) -> None:
    examples = np.array([[b""], [b"\xff"], [b"\xff"]], object)
    with pytest.raises(InvalidRequest, match=r"tf\.train\.Examples of raw features; row 1 is not one"):
        loaded.signatures["examples"].call(np.empty((0, 0), np.float32), examples)


LISTS = Schema(
    features={
        "tägs": Categorical(many=Many(max=3)),
        "v[0]": Numeric(dtype="float64"),
        "v[1]": Numeric(dtype="float64"),
        "mean": Numeric(dtype="float64"),
    },
    computed={
        "mean": Expression(root=ListStatistic(op="list_mean", operand=Column(name="nums", type="text"), separator="|"))
    },
    columns={"nums": "bytes"},
    vectors={"v": ["v[0]", "v[1]"]},
    label=Label(column="late"),
)
WRONG = {
    "nums: must be a list of numbers, or their text with '|'": {"nums": byte_list([b"1", b"far"])},
    "tägs: a token of the list holds the separator '|'; name another in many.separator": {
        "tägs": byte_list([b"a|b", b"c"])
    },
    "tägs: must have at most 3 tokens": {"tägs": byte_list([b"a"] * 4)},
    "v[0]: is in 'v', too; send one of them": {"v": real([1, 2]), "v[0]": real([1])},
    "v: must have 2 numbers, or no value where it is missing": {"v": real([1, 2, 3])},
    "v[1]: Data types don't match. Data type: string but expected type: float": {"v[1]": byte_list([b"1"])},
}


def test_what_is_wrong_in_an_example_is_named_with_its_row_and_field(storage: Storage) -> None:
    rows = [
        {"tägs": b"a|b", "v[0]": row, "v[1]": None, "mean": row, "nums": b"%d" % row, "late": row % 2}
        for row in range(30)
    ]
    Made(rows, [1 + row % 3 for row in range(30)], schema=LISTS, layout="columns").publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())
    call = load(storage, read_manifest(storage, "m", 1)).signatures["examples"].call
    right = serialized({"tägs": byte_list([b"a", b"b"]), "v": real([1, 2]), "nums": byte_list([b"1", b"", b"inf"])})
    text = serialized({"tägs": byte_list([b"a|b"]), "v[0]": real([1]), "nums": byte_list([b"1||2"])})
    empty = np.empty((0, 0), np.float32)
    assert len(call(empty, np.array([[right], [text], [b""]], object))["predictions"]) == 3
    for reason, features in WRONG.items():
        for row, given in ((2, [right, text, serialized(features), right]), (0, [serialized(features)] * 2)):
            with pytest.raises(InvalidRequest) as caught:
                call(empty, np.array(given, object).reshape(-1, 1))
            assert f"raw features; row {row}: {reason}" in caught.value.message


def changed(trained: Trained, storage: Storage, name: str, data: bytes | None) -> VersionManifest:
    """Version 1 with another file, or without it, and with checksums that are right."""
    folder = copy_version(trained.storage, storage, 1)
    (folder / name).unlink()
    if data is not None:
        (folder / name).write_bytes(data)
    return read_manifest(storage, "m", 1).model_copy(update={"files": describe_files(folder)})


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x08\x01"])
def test_a_file_that_is_no_saved_model_is_refused(trained: Trained, storage: Storage, data: bytes) -> None:
    manifest = changed(trained, storage, "saved_model.pb", data)
    with pytest.raises(CorruptData, match="models/m/1 is no SavedModel of this service"):
        load(storage, manifest, batch_rows=1)


def test_warm_up_rows_that_are_damaged_are_refused(trained: Trained, storage: Storage) -> None:
    with pytest.raises(CorruptData, match="does not hold rows of the version's features"):
        load(storage, changed(trained, storage, KEPT_ROWS, b"other"), batch_rows=1)


def test_a_version_without_warm_up_rows_is_loaded_all_the_same(trained: Trained, storage: Storage) -> None:
    manifest = changed(trained, storage, KEPT_ROWS, None)
    assert KEPT_ROWS not in manifest.files
    assert [*load(storage, manifest, batch_rows=1).signatures] == ["serving_default", "transform", "examples"]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.EMFILE, "Too many open files"), MemoryError()],
    ids=["too many open files", "memory"],
)
def test_errors_that_may_pass_are_raised_as_they_are(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises(type(error)) as raised:
        load_failing_with(error, trained, monkeypatch)
    assert raised.value is error


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "No such file"), KeyError("packed")], ids=["no file", "no value"]
)
def test_other_errors_are_the_files(trained: Trained, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    with pytest.raises(CorruptData) as raised:
        load_failing_with(error, trained, monkeypatch)
    assert raised.value.__cause__ is error


def load_failing_with(error: Exception, trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(load_saved_model, "GraphFunctions", fail)
    load(trained.storage, read_manifest(trained.storage, "m", 1), batch_rows=1)
