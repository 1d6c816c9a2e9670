from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.object_store import ObjectStore

from contracts.storage import Storage
from modeling.repository.change_notes import FOLDER, ChangeNotes, note_change
from modeling.repository.labels import change_labels


@pytest.fixture
def remote(object_store: ObjectStore) -> Storage:
    return Storage(object_store.uri(f"notes-{secrets.token_hex(4)}"))


def settled(remote: Storage) -> ChangeNotes:
    notes = ChangeNotes(remote)
    assert notes.look(1000) is None, "first, everything"
    notes.settle(looked_at_all=True)
    assert notes.look(1000) == set()
    return notes


def test_the_model_that_changed_is_seen_by_every_reader_until_it_has_looked(remote: Storage) -> None:
    first, second = settled(remote), settled(remote)
    change_labels(remote, "a", lambda _: {"champion": 1})
    for notes in (first, second):
        assert notes.look(1000) == notes.look(1000) == {"a"}
        notes.settle(looked_at_all=False)
        assert notes.look(1000) == set()
    for model in ("a", "a.b", "a-b"):
        note_change(remote, model)
    assert first.look(1000) == {"a", "a.b", "a-b"}
    assert len(remote.files(FOLDER)) == 3, "one of each model"


def test_no_change_is_lost_among_many_writers(remote: Storage) -> None:
    notes = settled(remote)
    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            list(threads.map(lambda number: note_change(remote, f"m{number % 4}"), range(8)))
            assert notes.look(1000) == {"m0", "m1", "m2", "m3"}
            notes.settle(looked_at_all=False)
    note_change(remote, "m0")
    assert notes.look(1000) == {"m0"}
    assert sum(name.startswith("m0~") for name in remote.files(FOLDER)) == 1


def test_everything_is_looked_at_when_it_is_due_and_when_notes_are_gone(remote: Storage) -> None:
    note_change(remote, "a")
    notes = settled(remote)
    assert notes.look(0.0) is None
    remote.delete(FOLDER)
    assert notes.look(1000) is None


def test_a_store_that_does_not_answer_is_looked_at_whole(object_store: ObjectStore, remote: Storage) -> None:
    notes = settled(remote)
    note_change(remote, "a")
    object_store.ask(fail=1.0)
    try:
        assert notes.look(1000) is None
        note_change(remote, "b")  # logged: the change itself is there
    finally:
        object_store.ask(fail=0.0)
    assert notes.look(1000) == {"a"}


def test_a_local_storage_has_no_notes(tmp_path_factory: pytest.TempPathFactory) -> None:
    local = Storage(str(tmp_path_factory.mktemp("local")))
    note_change(local, "a")
    assert not local.exists(FOLDER)
    assert ChangeNotes(local).look(1000) is None
