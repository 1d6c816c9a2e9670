"""Versions are removed with their labels, at once for every reader, and their numbers stay given."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from tests.modeling.trained import Trained, copy_versions
from tests.object_store import ObjectStore

from contracts.errors import Conflict, NotFound
from contracts.storage import Storage
from modeling.repository.change_notes import FOLDER
from modeling.repository.claimed_numbers import claim_number
from modeling.repository.labels import change_labels, read_labels
from modeling.repository.model_repository import ModelRepository
from modeling.repository.removal import check_unused, plan_removal, remove_versions, state_tag
from modeling.repository.versions import read_manifest


@pytest.fixture(params=["folder", "object store"])
def storage(request: pytest.FixtureRequest, trained: Trained, tmp_path: Path) -> Storage:
    if request.param == "folder":
        made = Storage(str(tmp_path))
    else:
        store: ObjectStore = request.getfixturevalue("object_store")
        made = Storage(store.uri(f"removal-{secrets.token_hex(4)}"))
    copy_versions(trained, made, "n", range(1, 4))
    change_labels(made, "n", lambda _: {"champion": 1, "old": 1, "canary": 2})
    return made


def test_a_plan_has_sizes_labels_and_the_default(storage: Storage) -> None:
    repository = ModelRepository(storage)
    plan = plan_removal(repository, "n", [3, 1])
    assert [(one.version, one.labels, one.default, one.dataset) for one in plan.versions] == [
        (1, ["champion", "old"], False, "made"),
        (3, [], True, "made"),
    ]
    files = read_manifest(storage, "n", 1).files
    assert plan.versions[0].bytes > sum(file.bytes for file in files.values()) > 1000
    assert plan.bytes == sum(one.bytes for one in plan.versions)
    with pytest.raises(
        Conflict, match="version 1 has the label champion and has the label old; version 3 is the default"
    ):
        check_unused(plan)
    storage.write("models/n/2/tandem.json", b"damaged")
    assert plan_removal(repository, "n", [2]).versions[0].dataset is None


def test_versions_go_with_their_labels_and_leave_no_file(storage: Storage) -> None:
    remove_versions(storage, "n", [1, 3], force=True)
    repository = ModelRepository(storage)
    assert repository.numbers("n") == [2]
    assert repository.labels("n").labels == {"canary": 2}
    for gone in (1, 3):
        assert storage.sizes(f"models/n/{gone}") == {}
        with pytest.raises(NotFound):
            repository.manifest("n", gone)
    assert claim_number(storage, "n", "job") == 4, "3 was given"
    remove_versions(storage, "n", [1, 3], force=True)  # again: nothing happens
    remove_versions(storage, "n", [2], force=True)
    assert ModelRepository(storage).names() == []
    assert claim_number(storage, "n", "job") == 5
    if storage.local_path() is None:
        assert len(storage.files(FOLDER)) == 1


def test_a_label_that_was_set_meanwhile_keeps_the_version(storage: Storage) -> None:
    with pytest.raises(Conflict, match="version 2 was given a label just now"):
        remove_versions(storage, "n", [2, 3], force=False)
    assert ModelRepository(storage).numbers("n") == [1, 2, 3]
    assert len(read_labels(storage, "n").labels) == 3
    remove_versions(storage, "n", [3], force=False)
    assert ModelRepository(storage).numbers("n") == [1, 2]


def test_the_tag_changes_with_versions_and_labels(storage: Storage) -> None:
    labels = read_labels(storage, "n")
    tags = [state_tag([1, 2, 3], labels), state_tag([1, 2], labels), state_tag([3, 2, 1], labels)]
    tags.append(state_tag([1, 2, 3], change_labels(storage, "n", lambda _: {"canary": 2})))
    assert tags[0] == tags[2]
    assert len(set(tags)) == 3
