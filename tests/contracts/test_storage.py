"""What is published is there whole and once; what is not, nobody sees."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from contracts.errors import NameTaken, NotFound
from contracts.storage import FileStamp, Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path))


def test_a_name_is_published_once(storage: Storage) -> None:
    storage.publish("a/manifest.json", b"first")
    with pytest.raises(NameTaken):
        storage.publish("a/manifest.json", b"second")
    assert storage.read("a/manifest.json") == b"first"
    assert storage.files("a") == ["manifest.json"], "no temporary file is left"


def test_a_folder_that_cannot_be_made_is_no_name_that_is_taken(storage: Storage) -> None:
    """As while a mount drops: the folder is there when it is made, and not when it is looked at."""
    storage.write("a", b"a file where a folder is needed")
    for write in (storage.write, storage.publish):
        with pytest.raises(FileExistsError):
            write("a/b", b"")


def test_of_many_who_publish_at_once_one_wins(storage: Storage) -> None:
    won: list[int] = []
    barrier = threading.Barrier(16)

    def publish(number: int) -> None:
        barrier.wait()
        try:
            storage.publish("name", str(number).encode() * 10_000)
        except NameTaken:
            return
        won.append(number)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert storage.read("name") == str(won[0]).encode() * 10_000


def test_readers_of_a_file_that_is_replaced_see_the_old_or_the_new(storage: Storage) -> None:
    contents = {bytes([letter]) * 300_000 for letter in b"abcdef"}
    storage.write("x", next(iter(contents)))
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for content in contents:
                storage.write("x", content)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert all(storage.read("x") in contents for _ in range(300))
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x"])
def test_paths_stay_inside(storage: Storage, path: str) -> None:
    with pytest.raises(ValueError, match="stays inside"):
        storage.read(path)


def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    for read in (storage.read, storage.map, storage.sha256, storage.delete_file):
        with pytest.raises(NotFound, match="nosuch"):
            read("nosuch")
    assert storage.folders("nosuch") == storage.files("nosuch") == []
    storage.delete_folder("nosuch")


def test_stamps_of_files(storage: Storage) -> None:
    storage.write("a/x", b"12")
    os.utime(Path(storage.uri) / "a/x", ns=(0, 7_000_000_001))
    assert storage.file_stamps(["a/x", "a", "b/x"]) == {"a/x": FileStamp(2, 7_000_000_001)}
    assert Storage(f"file://{storage.uri}").file_stamps(["a/x"]) == storage.file_stamps(["a/x"])
    assert storage.file_stamps([]) == {}


def test_without_making_folders_a_late_writer_fails(storage: Storage) -> None:
    late = Storage(storage.uri, makes_folders=False)
    with pytest.raises(FileNotFoundError):
        late.write("gone/x", b"")
    with pytest.raises(FileNotFoundError), late.open_output("gone/x"):
        pass
    assert not storage.exists("gone")


def test_a_folder_goes_even_while_others_write_there(storage: Storage) -> None:
    storage.make_folder("busy")
    inside = Storage(f"{storage.uri}/busy", makes_folders=False)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                inside.write(f"f{number}", b"x" * 100)
            except FileNotFoundError:
                return

    writers = [threading.Thread(target=write, daemon=True) for _ in range(3)]
    for writer in writers:
        writer.start()
    storage.delete_folder("busy")
    stop.set()
    for writer in writers:
        writer.join()
    assert not storage.exists("busy")


def test_a_folder_is_made_although_another_process_removes_its_empty_parents(storage: Storage) -> None:
    stop = threading.Event()

    def remove() -> None:
        while not stop.is_set():
            storage.delete_empty_folder("jobs/a")
            storage.delete_empty_folder("jobs")

    remover = threading.Thread(target=remove)
    remover.start()
    try:
        for number in range(300):
            storage.make_folder(f"jobs/a/{number}")
            storage.delete_empty_folder(f"jobs/a/{number}")
    finally:
        stop.set()
        remover.join()


def test_a_remote_store_works_through_the_same_calls(tmp_path: Path) -> None:
    """`file://` takes the road of remote stores: everything through pyarrow.fs."""
    storage = Storage(tmp_path.as_uri())
    storage.publish("a/b", b"data")
    assert storage.read("a/b") == b"data"
    assert storage.inside("a").files("") == ["b"]
    storage.move("a/b", "c/d")
    assert storage.folders("") == ["a", "c"]


def test_a_folder_that_comes_and_goes_is_listed_or_empty(tmp_path: Path) -> None:
    """Arrow itself raises when a folder appears between its two looks."""
    storage = Storage(str(tmp_path))
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            (tmp_path / "a" / "b").mkdir(parents=True)
            (tmp_path / "a" / "b").rmdir()
            (tmp_path / "a").rmdir()

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(3000):
            assert storage.folders("a") in ([], ["b"])
            assert storage.sizes("a") == {}
    finally:
        stop.set()
        other.join()
