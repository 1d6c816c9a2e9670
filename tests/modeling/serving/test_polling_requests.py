"""Requests of polling an object store: one a look, whatever is published, and what another service changed is served soon."""

from __future__ import annotations

import secrets
import time

import pytest
from tests.modeling.trained import Trained, copy_versions
from tests.object_store import ObjectStore
from tests.processes import wait_until

from contracts.storage import Storage
from modeling.repository.change_notes import FOLDER, note_change
from modeling.repository.labels import change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.serving.load_saved_model import load
from modeling.serving.registry import ModelRegistry

SECONDS = 0.05


@pytest.fixture
def remote(object_store: ObjectStore) -> Storage:
    return Storage(object_store.uri(f"polled-{secrets.token_hex(4)}"))


def registry_of(remote: Storage) -> ModelRegistry:
    return ModelRegistry(ModelRepository(remote), 1, lambda: load)


def test_a_look_is_one_request_however_much_is_published(
    trained: Trained, object_store: ObjectStore, remote: Storage
) -> None:
    copy_versions(trained, remote, "m", range(1, 7))
    for model in ("n", "o"):
        copy_versions(trained, remote, model, range(1, 2))
    registry = registry_of(remote)
    registry.start(SECONDS)
    try:
        wait_until(lambda: registry.is_ready)
        object_store.ask(reset=True)
        time.sleep(20 * SECONDS)
        counts = object_store.ask(reset=True)
        assert set(counts) == {"LIST"}
        assert 2 <= counts["LIST"] <= 21
        change_labels(remote, "n", lambda _: {"champion": 1})
        wait_until(lambda: registry.peek("n", label="champion") is not None)
        copy_versions(trained, remote, "m", range(7, 8))
        note_change(remote, "m")
        wait_until(lambda: (served := registry.peek("m")) is not None and served.manifest.version == 7)
        for name in remote.files("models/o/1"):
            remote.delete_file(f"models/o/1/{name}")
        remote.delete("models/o")
        note_change(remote, "o")
        wait_until(lambda: registry.peek("o") is None)
        assert sorted(registry.loaded_models) == ["m", "n"]
    finally:
        registry.stop()


def test_what_nobody_noted_is_seen_by_the_next_look_at_everything(trained: Trained, remote: Storage) -> None:
    copy_versions(trained, remote, "m", range(1, 2))
    registry = registry_of(remote)
    registry.start(SECONDS, rescan_seconds=0.3)
    try:
        wait_until(lambda: registry.is_ready)
        copy_versions(trained, remote, "m", range(2, 3))
        assert not remote.exists(FOLDER)
        wait_until(lambda: (served := registry.peek("m")) is not None and served.manifest.version == 2)
    finally:
        registry.stop()


def test_a_broken_version_is_tried_again_without_a_note(trained: Trained, remote: Storage) -> None:
    copy_versions(trained, remote, "m", range(1, 3))
    whole = remote.read("models/m/2/saved_model.pb")
    remote.write("models/m/2/saved_model.pb", whole[:-1])
    registry = registry_of(remote)
    registry.start(SECONDS)
    try:
        wait_until(lambda: registry.is_ready)
        loaded = registry.peek("m")
        assert loaded is not None
        assert loaded.manifest.version == 1
        remote.write("models/m/2/saved_model.pb", whole)
        wait_until(lambda: (served := registry.peek("m")) is not None and served.manifest.version == 2)
    finally:
        registry.stop()
