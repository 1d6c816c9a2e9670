"""A number names the version in the storage: what was removed, or replaced in place, stops answering at the next look."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.modeling.api.asking import QUICK
from tests.modeling.live import finish, running
from tests.modeling.repository.test_model_repository import WatchedStorage, age
from tests.modeling.served import registry as registry_of
from tests.modeling.serving.test_registry import MISSED, copy_version, label
from tests.modeling.trained import Trained
from tests.processes import wait_until

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.repository.resolve_version import default_version, resolve_version
from modeling.repository.versions import VersionManifest, read_manifest
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.registry import ModelRegistry


@pytest.fixture
def both(trained: Trained, storage: Storage) -> Storage:
    """A storage of its own that holds versions 1 (job `first`, linear) and 2 (job `second`, dnn)."""
    for number in (1, 2):
        copy_version(trained.storage, storage, number)
    return storage


@pytest.fixture
def registry(both: Storage) -> Iterator[ModelRegistry]:
    with registry_of(both) as registry:
        yield registry


def folder(storage: Storage, number: int) -> Path:
    path = storage.local_path(f"models/m/{number}")
    assert path is not None
    return path


def remove(storage: Storage, number: int) -> None:
    shutil.rmtree(folder(storage, number))


def replace(trained: Trained, storage: Storage, number: int, by: int, gate: Any = None) -> None:
    """Put another version's files in the place of a version's."""
    remove(storage, number)
    copy_version(trained.storage, storage, by, to=number, gate=gate)


def job(loaded: LoadedVersion) -> tuple[int, str]:
    return loaded.manifest.version, loaded.manifest.job


def test_a_removed_version_stops_answering_by_default_by_number_and_by_label(
    both: Storage, registry: ModelRegistry
) -> None:
    label(both, champion=2)
    registry.refresh()
    assert job(registry.get("m")) == job(registry.get("m", 2)) == job(registry.get("m", label="champion"))
    remove(both, 2)
    registry.refresh()
    assert job(registry.get("m")) == (1, "first")
    for peeked in (registry.peek("m", 2), registry.peek("m", label="champion")):
        assert peeked is None
    with pytest.raises(NotFound, match=r"no version 2$"):
        registry.get("m", 2)
    with pytest.raises(NotFound, match="no version 2, which has the label 'champion'"):
        registry.get("m", label="champion")
    with pytest.raises(NotFound, match="no version 2, which has the label 'champion'") as raised:
        resolve_version(registry.repository, "m", label="champion")
    assert raised.value.pointer == "/label"
    assert registry.loaded() == [("m", 1)]
    label(both, champion=1)
    registry.refresh()
    assert job(registry.get("m", label="champion")) == (1, "first")


def test_a_removed_older_version_stops_answering(both: Storage, registry: ModelRegistry) -> None:
    assert job(registry.get("m", 1)) == (1, "first")
    remove(both, 1)
    registry.refresh()
    assert registry.peek("m", 1) is None
    with pytest.raises(NotFound, match="no version 1"):
        registry.get("m", 1)
    assert job(registry.get("m")) == (2, "second")


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("labelled", [True, False])
def test_what_is_put_in_the_place_of_a_version_answers_under_its_number(
    trained: Trained, both: Storage, registry: ModelRegistry, number: int, *, labelled: bool
) -> None:
    if labelled:
        label(both, champion=number)
        registry.refresh()
    assert job(registry.get("m", number)) == (number, ("first", "second")[number - 1])
    replace(trained, both, number, by=3 - number)
    registry.refresh()
    expected = (number, ("second", "first")[number - 1])
    assert job(registry.get("m", number)) == expected
    if labelled:
        assert job(registry.get("m", label="champion")) == expected
    assert registry.get("m").manifest == read_manifest(both, "m", 2)
    first = registry.get("m", number)
    registry.refresh()
    assert registry.get("m", number) is first, "nothing has changed since"


def test_a_label_does_not_keep_what_was_replaced_by_something_broken(
    trained: Trained, both: Storage, registry: ModelRegistry
) -> None:
    label(both, champion=1)
    registry.refresh()
    replace(trained, both, 1, by=2)
    (folder(both, 1) / "saved_model.pb").write_bytes(b"not a model")
    registry.refresh()
    assert registry.peek("m", 1) is None
    assert registry.peek("m", label="champion") is None
    assert registry.state("m", 1)[0] == "END"


def test_a_verdict_is_of_the_version_that_is_there(trained: Trained, both: Storage, registry: ModelRegistry) -> None:
    assert default_version(registry.repository, "m") == 2
    replace(trained, both, 2, by=2, gate=MISSED)
    registry.refresh()
    assert default_version(registry.repository, "m") == 1
    assert job(registry.get("m")) == (1, "first")
    replace(trained, both, 2, by=2)
    registry.refresh()
    assert default_version(registry.repository, "m") == 2
    assert job(registry.get("m")) == (2, "second")


def test_while_a_manifest_is_being_written_the_version_in_memory_answers(
    trained: Trained, both: Storage, registry: ModelRegistry
) -> None:
    loaded = registry.get("m")
    manifest = folder(both, 2) / "tandem.json"
    data = manifest.read_bytes()
    for cut in (0, len(data) // 2):
        manifest.write_bytes(data[:cut])
        with pytest.raises(CorruptData):
            read_manifest(both, "m", 2)
        registry.refresh()
        assert registry.get("m") is loaded
    manifest.write_bytes(data)
    registry.refresh()
    assert registry.get("m") is loaded


def test_a_removed_version_does_not_answer_while_its_successor_is_loaded(both: Storage) -> None:
    seen: list[tuple[LoadedVersion | None, LoadedVersion | None]] = []

    def load_and_look(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        if manifest.version == 1:
            seen.append((registry.peek("m"), registry.peek("m", 2)))
        return load(storage, manifest)

    with registry_of(both, make_load=lambda: load_and_look) as registry:
        assert job(registry.get("m")) == (2, "second")
        remove(both, 2)
        assert job(registry.get("m")) == (2, "second"), "no look yet"
        registry.refresh()
        assert seen == [(None, None)]
        assert job(registry.get("m")) == (1, "first")


def test_the_last_version_of_a_model_that_is_removed(both: Storage, registry: ModelRegistry) -> None:
    for number in (2, 1):
        remove(both, number)
    registry.refresh()
    for version in (None, 1, 2):
        with pytest.raises(NotFound):
            registry.get("m", version)


class FailingOnce:
    """Loads, but fails once for want of file descriptors when armed."""

    armed = False

    def __call__(self, storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        if self.armed:
            self.armed = False
            raise OSError(errno.EMFILE, "Too many open files")
        return load(storage, manifest)


def test_a_label_whose_replaced_version_could_not_be_loaded_once(trained: Trained, both: Storage) -> None:
    label(both, champion=1)
    loads = FailingOnce()
    with registry_of(both, make_load=lambda: loads) as registry:
        replace(trained, both, 1, by=2)
        loads.armed = True
        registry.refresh()
        assert registry.peek("m", label="champion") is None
        registry.refresh()
        again = registry.peek("m", label="champion")
        assert again is not None
        assert job(again) == (1, "second")
        registry.refresh()
        assert registry.peek("m", label="champion") is again


def test_a_default_that_could_not_be_replaced_once_is_loaded_for_a_request(both: Storage) -> None:
    loads = FailingOnce()
    with registry_of(both, make_load=lambda: loads) as registry:
        remove(both, 2)
        loads.armed = True
        registry.refresh()
        assert registry.peek("m") is None
        assert job(registry.get("m")) == (1, "first")


def test_a_model_without_a_default_is_listed_once_for_a_request(trained: Trained, storage: Storage) -> None:
    copy_version(trained.storage, storage, 1, gate=MISSED)
    label(storage, canary=1)
    watched = WatchedStorage(storage.uri)
    with registry_of(watched) as registry:
        label(storage)
        registry.refresh()
        watched.asked.clear()
        with pytest.raises(NotFound, match="has no default version"):
            registry.get("m")
        assert watched.asked == ["models/m"], "for the message"


def test_a_poll_without_a_change_reads_no_manifest(trained: Trained, both: Storage) -> None:
    copy_version(trained.storage, both, 1, to=3, gate=MISSED)
    age(both, 1, 2, 3)
    watched = WatchedStorage(both.uri)
    with registry_of(watched) as registry:
        assert job(registry.get("m", 1)) == (1, "first")
        registry.refresh()
        watched.asked.clear()
        registry.refresh()
        assert watched.asked == ["models", "models/m"]


def test_what_was_removed_or_replaced_stops_answering_before_another_model_is_loaded(
    trained: Trained, both: Storage
) -> None:
    peeked: list[LoadedVersion | None] = []

    def load_and_peek(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        if (manifest.model, manifest.version) == ("m", 3):
            peeked.extend([registry.peek("removed"), registry.peek("replaced")])
        return load(storage, manifest)

    for model in ("removed", "replaced"):
        copy_model(both, model, "once")
    with registry_of(both, make_load=lambda: load_and_peek) as registry:
        assert registry.peek("removed") is not None
        assert registry.peek("replaced") is not None
        both.delete_folder("models/removed")
        both.delete_folder("models/replaced")
        copy_model(both, "replaced", "twice")
        copy_version(trained.storage, both, 1, to=3)
        registry.refresh()
        assert peeked == [None, None]
        replaced = registry.peek("replaced")
        assert replaced is not None
        assert job(replaced) == (1, "twice")


def copy_model(storage: Storage, model: str, name: str) -> None:
    """Publish version 1 of `m` as another model's, by a job of this name."""
    manifest = read_manifest(storage, "m", 1).model_copy(update={"model": model, "job": name})
    path = storage.local_path(f"models/{model}/1")
    assert path is not None
    shutil.copytree(folder(storage, 1), path, ignore=shutil.ignore_patterns("tandem.json"))
    (path / "tandem.json").write_bytes(manifest.to_json())


def test_what_is_trained_after_a_removal_gets_a_new_number_and_answers(
    both: Storage, trained: Trained, tmp_path: Path
) -> None:
    """On a storage of an earlier release, without a record of its numbers, over HTTP."""
    shutil.copytree(Path(trained.storage.uri) / "datasets", tmp_path / "storage/datasets")
    ask = {"instances": [{"class": 3}]}

    def status(client: httpx.Client) -> int:
        return client.post("/v1/models/m/versions/2:predict", json=ask).status_code

    with running(both, tmp_path / "service") as client:
        assert client.post("/v1/models/m:predict", json=ask).headers["x-model-version"] == "2"
        assert status(client) == 200
        remove(both, 2)
        wait_until(lambda: status(client) == 404)
        assert client.post("/v1/models/m:predict", json=ask).headers["x-model-version"] == "1"
        trained_again = finish(client, client.post("/v1/trainings", json={"model": "m", **QUICK}))
        assert trained_again["response"]["version"] == 3
        wait_until(lambda: client.post("/v1/models/m:predict", json=ask).headers["x-model-version"] == "3")
        assert status(client) == 404
        versions = client.get("/v1/models/m/versions").json()["versions"]
        assert [each["version"] for each in versions] == [3, 1]
