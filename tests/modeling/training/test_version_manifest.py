"""The manifest of a version: what it was trained from, with which request and libraries."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.modeling.made import Made, make_rows
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.dataset.published import open_dataset
from contracts.storage import Storage
from modeling.repository.versions import read_manifest
from modeling.training.defaults import settled
from modeling.training.version_manifest import unpublished_manifest


def test_the_manifest_says_where_a_version_comes_from(trained: Trained) -> None:
    manifest = read_manifest(trained.storage, "m", 2)
    assert manifest.schema_ == trained.made.schema
    assert manifest.dataset.fingerprint == "f" * 64
    assert {**manifest.result.model_dump(mode="json"), "label": None} == trained.responses[1]
    assert manifest.libraries.keys() >= {"tensorflow", "keras"}
    assert {"saved_model.pb", "variables/variables.index"} <= manifest.files.keys()


def test_what_was_left_open_is_in_the_manifest(storage: Storage) -> None:
    Made(make_rows(100), [(1, 1, 2, 3)[at % 4] for at in range(100)]).publish(storage)
    run(storage, {"network": {"kind": "linear"}, "epochs": 1}, JobContext.alone())
    found = read_manifest(storage, "m", 1).request
    assert (found.batch_size, found.learning_rate) == (32, 0.1)
    assert found.optimizer is not None
    assert found.optimizer.kind == "ftrl"


def test_a_version_without_a_number_describes_every_file_of_its_folder(trained: Trained, tmp_path: Path) -> None:
    published = read_manifest(trained.storage, "m", 2)
    (tmp_path / "variables").mkdir()
    (tmp_path / "variables" / "part").write_bytes(b"weights")
    (tmp_path / "saved_model.pb").write_bytes(b"")
    draft = unpublished_manifest(
        open_dataset(trained.storage, "made"),
        published.schema_,
        settled(published.request, 2000),
        published.result.model_copy(update={"version": 0}),
        tmp_path,
        job="job-7",
    )
    assert (draft.model, draft.version, draft.job) == ("m", 0, "job-7")
    assert {name: (file.bytes, file.sha256) for name, file in draft.files.items()} == {
        "saved_model.pb": (0, hashlib.sha256(b"").hexdigest()),
        "variables/part": (7, hashlib.sha256(b"weights").hexdigest()),
    }
    assert draft.libraries == published.libraries
    assert draft.created > published.created
    assert draft.classes is None
