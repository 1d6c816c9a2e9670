"""Published models of a storage, and the faults found in their versions."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs
from tests.modeling.serving.test_registry import MISSED, copy_version
from tests.modeling.trained import Trained

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.repository.labels import change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import default_version
from modeling.repository.versions import VersionManifest


@pytest.fixture
def repository(trained: Trained, storage: Storage) -> ModelRepository:
    """Of model `m`: version 1, and version 3, which missed its gate."""
    copy_version(trained.storage, storage, 1)
    copy_version(trained.storage, storage, 2, to=3, gate=MISSED)
    return ModelRepository(storage, records_numbers=True)


@dataclass(frozen=True)
class WatchedStorage(Storage):
    """A storage that keeps the paths that are read, and those of the folders that are listed."""

    asked: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        self.asked.append(path)
        return super().read(path)

    def folders(self, path: str) -> list[str]:
        self.asked.append(path)
        return super().folders(path)


def age(storage: Storage, *versions: int, seconds: float = 60) -> None:
    """Let the manifests be of an earlier time, in whole seconds as object stores keep it."""
    for version in versions:
        path = storage.local_path(f"models/m/{version}/tandem.json")
        assert path is not None
        os.utime(path, (0, int(time.time() - seconds)))


def harm(repository: ModelRepository, version: int) -> None:
    repository.storage.write(f"models/m/{version}/tandem.json", b"{}")


def test_names_and_versions(repository: ModelRepository) -> None:
    assert (repository.names(), repository.numbers("m"), repository.numbers("n")) == (["m"], [1, 3], [])
    with pytest.raises(NotFound, match="there is no model named 'n'") as raised:
        repository.versions("n", pointer="/model")
    assert raised.value.pointer == "/model"
    assert repository.manifest("m", 1).version == 1
    for model, version in (("m", 2), ("n", 1)):
        with pytest.raises(NotFound):
            repository.manifest(model, version)
    with pytest.raises(NotFound, match="no model named"):
        repository.manifest("..", 1)
    storage = WatchedStorage(repository.storage.uri)
    ModelRepository(storage).manifest("m", 1)
    assert storage.asked == ["models/m/1/tandem.json"]


def test_a_version_that_missed_its_gate_needs_a_label_to_be_the_default(repository: ModelRepository) -> None:
    def may_be_default(version: int) -> bool:
        return repository.may_be_default("m", version, repository.labels("m"))

    assert [may_be_default(1), may_be_default(3)] == [True, False]
    change_labels(repository.storage, "m", lambda _: {"canary": 3})
    assert [may_be_default(1), may_be_default(3)] == [True, True]


def test_a_damaged_manifest_is_a_fault_until_the_files_change(trained: Trained, repository: ModelRepository) -> None:
    harm(repository, 1)
    assert not repository.may_be_default("m", 1, repository.labels("m"))
    assert "tandem.json" in (repository.fault("m", 1) or "")
    assert repository.forget_mended("m") is False, "nothing has changed since"
    repository.storage.write("models/m/1/tandem.json", trained.storage.read("models/m/1/tandem.json"))
    assert repository.forget_mended("other") is False
    assert repository.forget_mended("m") is True
    assert repository.fault("m", 1) is None
    assert repository.may_be_default("m", 1, repository.labels("m"))


@pytest.mark.parametrize(
    ("error", "is_fault"), [(CorruptData("cut"), True), (NotFound("gone"), True), (MemoryError("later"), False)]
)
def test_only_what_says_something_of_the_files_is_a_fault(
    repository: ModelRepository, error: Exception, *, is_fault: bool
) -> None:
    with pytest.raises(type(error)), repository.recording_faults("m", 1):
        raise error
    assert repository.fault("m", 1) == (str(error) if is_fault else None)


def test_what_is_remembered_is_forgotten_with_its_model(repository: ModelRepository) -> None:
    harm(repository, 3)
    assert repository.remembered() == set()
    for version in (1, 3):
        repository.may_be_default("m", version, repository.labels("m"))
    assert repository.remembered() == {"m"}
    repository.forget({"other"})
    assert repository.fault("m", 3) is not None
    repository.forget({"m"})
    assert (repository.remembered(), repository.fault("m", 3)) == (set(), None)


def test_published_numbers_are_recorded_once_for_each_higher_one(trained: Trained, repository: ModelRepository) -> None:
    def claims() -> list[int]:
        return [int(name[:8]) for name in repository.storage.files("version-numbers/m")]

    for _ in range(2):
        repository.record_numbers("m", repository.numbers("m"))
    assert claims() == [3]
    copy_version(trained.storage, repository.storage, 1, to=5)
    repository.record_numbers("m", repository.numbers("m"))
    assert claims() == [3, 5]
    repository.record_numbers("unknown", [])
    assert repository.storage.folders("version-numbers") == ["m"]


def test_a_storage_that_cannot_be_written_is_served_all_the_same(repository: ModelRepository) -> None:
    repository.storage.write("version-numbers", b"no folder can be made here")
    with capture_logs() as logs:
        for _ in range(2):
            repository.record_numbers("m", repository.numbers("m"))
    assert len(logs) == 1
    assert repository.storage.read("version-numbers") == b"no folder can be made here"
    repository.storage.delete_file("version-numbers")
    repository.record_numbers("m", repository.numbers("m"))
    assert [name[:8] for name in repository.storage.files("version-numbers/m")] == ["00000003"]


def test_a_service_that_only_predicts_writes_no_numbers(repository: ModelRepository) -> None:
    ModelRepository(repository.storage).record_numbers("m", repository.numbers("m"))
    assert repository.storage.folders("") == ["models"]


def test_a_manifest_is_read_again_once_its_stamp_has_changed(repository: ModelRepository) -> None:
    storage = WatchedStorage(repository.storage.uri)
    watched = ModelRepository(storage)
    age(storage, 1, 3)

    def read() -> list[str]:
        storage.asked.clear()
        assert default_version(watched, "m") == 1
        return storage.asked[:]

    manifests = ["models/m/3/tandem.json", "models/m/1/tandem.json"]
    assert read() == ["models/m", *manifests]
    assert read() == ["models/m"]
    age(storage, 3, seconds=30)
    assert read() == ["models/m", manifests[0]]
    assert read() == ["models/m"]
    storage.delete_folder("models/m/3")
    assert set(read()) == {"models/m", "models"}, "it looks whether the storage is there, and once more"
    assert read() == ["models/m"]
    copy = storage.local_path("models/m/3")
    assert copy is not None
    copy.mkdir()
    (copy / "tandem.json").write_bytes(watched.seen_manifest("m", 1).model_copy(update={"version": 3}).to_json())
    assert default_version(watched, "m") == 3, "nothing is kept of a version that was removed"


def test_a_replacement_within_the_second_of_what_it_replaces_is_seen(repository: ModelRepository) -> None:
    age(repository.storage, 1, seconds=0)
    manifest = repository.seen_manifest("m", 1, repository.published("m")[1])
    before = repository.published("m")
    other = manifest.model_copy(update={"job": manifest.job[::-1]})
    assert other != manifest
    path = repository.storage.local_path("models/m/1/tandem.json")
    assert path is not None
    status = path.stat()
    path.write_bytes(other.to_json())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert repository.published("m") == before
    assert not repository.holds(manifest, before)


def test_what_the_storage_holds_is_told_by_the_manifest(trained: Trained, repository: ModelRepository) -> None:
    def holds(manifest: VersionManifest) -> bool:
        return repository.holds(manifest, repository.published("m"))

    manifest = repository.seen_manifest("m", 1)
    assert repository.seen_manifest("m", 1) is manifest, "parsed once"
    assert holds(manifest)
    harm(repository, 1)
    assert holds(manifest), "nothing is known of what is being written"
    other = manifest.model_copy(update={"job": "another"})
    repository.storage.write("models/m/1/tandem.json", other.to_json())
    assert not holds(manifest)
    assert holds(other)
    repository.storage.delete_folder("models/m/1")
    assert not holds(other)
