"""Published models of a storage, and the faults found in their versions."""

from __future__ import annotations

import pytest
from tests.modeling.serving.test_registry import MISSED, copy_version
from tests.modeling.trained import Trained

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.repository.labels import change_labels
from modeling.repository.model_repository import ModelRepository


@pytest.fixture
def repository(trained: Trained, storage: Storage) -> ModelRepository:
    """Of model `m`: version 1, and version 3, which missed its gate."""
    copy_version(trained.storage, storage, 1)
    copy_version(trained.storage, storage, 2, to=3, gate=MISSED)
    return ModelRepository(storage)


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
    for _ in range(2):
        repository.record_numbers("m", repository.numbers("m"))
    assert repository.storage.read("version-numbers") == b"no folder can be made here"


def test_what_the_storage_holds_is_told_by_the_manifest(trained: Trained, repository: ModelRepository) -> None:
    manifest = repository.seen_manifest("m", 1)
    assert repository.seen_manifest("m", 1) is manifest, "parsed once"
    assert repository.holds(manifest)
    harm(repository, 1)
    assert repository.holds(manifest), "nothing is known of what is being written"
    other = manifest.model_copy(update={"job": "another"})
    repository.storage.write("models/m/1/tandem.json", other.to_json())
    assert not repository.holds(manifest)
    assert repository.holds(other)
    repository.storage.delete_folder("models/m/1")
    assert not repository.holds(other)
