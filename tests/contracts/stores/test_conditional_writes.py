"""Of any writers of one name in a real server of objects, one succeeds."""

from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from tests.object_store import ObjectStore

from contracts.errors import NameTaken, StorageUnavailable
from contracts.storage import Storage
from contracts.stores import conditional_writes


def test_a_name_is_published_once(object_store: ObjectStore) -> None:
    storage = Storage(object_store.uri("once"))
    storage.publish("a/manifest.json", b"first")
    with pytest.raises(NameTaken, match=r"there is a published a/manifest\.json already"):
        storage.publish("a/manifest.json", b"second")
    assert storage.read("a/manifest.json") == b"first"
    assert storage.files("a") == ["manifest.json"]
    storage.write("a/manifest.json", b"third")
    assert storage.read("a/manifest.json") == b"third"


def publish_all(
    uri: str, rounds: int, barrier: Barrier, name: str, results: multiprocessing.SimpleQueue[tuple[int, str]]
) -> None:
    storage = Storage(uri)
    for number in range(rounds):
        barrier.wait(60)
        try:
            storage.publish(f"{number}.json", name.encode())
        except NameTaken:
            continue
        results.put((number, name))


@pytest.mark.parametrize(
    ("rounds", "share"), [(100, 0.0), (100, 0.05), pytest.param(1000, 0.02, marks=pytest.mark.long)]
)
def test_of_two_processes_that_publish_at_once_one_wins_each_time(
    object_store: ObjectStore, rounds: int, share: float
) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.SimpleQueue()
    uri = object_store.uri(f"double-{rounds}-{share}")
    object_store.ask(fail=share)
    try:
        processes = [
            context.Process(target=publish_all, args=(uri, rounds, barrier, name, results)) for name in ("one", "two")
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0, 0]
    finally:
        object_store.ask(fail=0.0)
    won: list[tuple[int, str]] = []
    while not results.empty():
        won.append(results.get())
    assert sorted(number for number, _ in won) == list(range(rounds))
    storage = Storage(uri)
    assert all(storage.read(f"{number}.json").decode() == name for number, name in won)


def test_a_store_that_writes_over_files_is_refused(object_store: ObjectStore) -> None:
    uri = object_store.uri("ignoring")
    object_store.ask(ignore=True)
    try:
        with pytest.raises(StorageUnavailable, match=r"s3://tandem-tests/ignoring: the server ignores If-None-Match"):
            Storage(uri).publish("a.json", b"1")
    finally:
        object_store.ask(ignore=False)
    Storage(uri).publish("a.json", b"1")
    assert Storage(uri).hidden("") == []


def test_a_store_that_does_not_answer_is_named_without_its_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditional_writes, "_PAUSES", (0.01, 0.0))
    uri = "s3://planted-key:planted-secret@bucket/folder?endpoint_override=127.0.0.1:9&scheme=http&region=us-east-1"
    with pytest.raises(OSError, match="s3://bucket/folder") as error:
        Storage(uri).publish("a.json", b"1")
    assert "planted" not in str(error.value)


def test_a_folder_of_another_kind_is_no_storage(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="a storage is a folder, or s3://"):
        conditional_writes.create("ftp://host/folder", "a.json", b"")
