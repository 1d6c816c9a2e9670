"""Numbers of versions: none is given twice, whatever was removed, and whoever asks at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from contracts.storage import Storage
from modeling.repository import claimed_numbers
from modeling.repository.claimed_numbers import claim_number, highest_number, record_number
from modeling.repository.labels import change_labels


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A folder, and a server of objects."""
    if request.param == "local":
        return Storage(str(tmp_path / "store"))
    return Storage(request.getfixturevalue("object_store").uri(tmp_path.name))


def put(store: Storage, *numbers: int) -> None:
    for number in numbers:
        store.write(f"models/m/{number}/tandem.json", b"{}")


def test_numbers_count_up_from_one_for_each_model(store: Storage) -> None:
    assert [claim_number(store, "m", "job") for _ in range(3)] == [1, 2, 3]
    assert claim_number(store, "other", "job") == 1


def test_what_was_removed_leaves_its_number_taken(store: Storage) -> None:
    for _ in range(2):
        put(store, claim_number(store, "m", "job"))
    store.delete_folder("models/m/2")
    assert claim_number(store, "m", "job") == 3
    store.delete_folder("models")
    assert claim_number(store, "m", "job") == 4


def test_a_folder_without_a_claim_counts(store: Storage) -> None:
    assert claim_number(store, "m", "job") == 1
    put(store, 7)
    assert claim_number(store, "m", "job") == 8


def test_versions_of_an_earlier_release_are_recorded_once(store: Storage) -> None:
    put(store, 1, 2)
    for _ in range(2):
        record_number(store, "m", 2)
    assert len(store.files("version-numbers/m")) == 1
    store.delete_folder("models/m/2")
    assert claim_number(store, "m", "job") == 3
    record_number(store, "nothing", 0)
    assert store.files("version-numbers/nothing") == []


def test_a_label_of_an_earlier_release_never_gets_another_version(store: Storage) -> None:
    put(store, 1)
    change_labels(store, "m", lambda _: {"champion": 5})
    change_labels(store, "m", lambda _: {"champion": 4})
    assert highest_number(store, "m") == 5
    store.write("models/m/labels/00000003.json", b"{")
    record_number(store, "m", 1)
    assert [name[:8] for name in store.files("version-numbers/m")] == ["00000005"]
    assert claim_number(store, "m", "job") == 6


class VanishingLabels(Storage):
    """A storage in which a state of labels is removed between its listing and its read."""

    def read(self, path: str) -> bytes:
        self.delete_file(path)
        return super().read(path)


def test_labels_that_are_removed_meanwhile_are_skipped(tmp_path: Path) -> None:
    store = VanishingLabels(str(tmp_path / "store"))
    put(store, 1)
    store.write("models/m/labels/00000001.json", b"{}")
    record_number(store, "m", 1)
    assert [name[:8] for name in store.files("version-numbers/m")] == ["00000001"]


def test_what_is_no_claim_is_not_counted(store: Storage) -> None:
    for name in ("9.json", "9-ab.json", "00000009-ab.json.part", "00000009.json.part", ".00000009-ab.json.x"):
        store.write(f"version-numbers/m/{name}", b"")
    assert claim_number(store, "m", "job") == 1


def test_a_claim_of_an_earlier_release_counts(store: Storage) -> None:
    store.write("version-numbers/m/00000009-ab12.json", b"")
    assert claim_number(store, "m", "job") == 10


def test_many_at_once_get_numbers_of_their_own(store: Storage) -> None:
    given: list[int] = []

    def claim_some(who: int) -> None:
        given.extend(claim_number(store, "m", f"job-{who}") for _ in range(5))

    threads = [threading.Thread(target=claim_some, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 30


def test_of_two_who_chose_one_number_one_has_it(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have seen the same highest number before either writes."""
    write = claimed_numbers._claim
    rival: list[int] = []

    def overtaken(storage: Storage, model: str, number: int, job: str | None) -> None:
        if job == "first" and not rival:
            write(storage, model, number, "faster")
            rival.append(number)
        write(storage, model, number, job)

    monkeypatch.setattr(claimed_numbers, "_claim", overtaken)
    assert claim_number(store, "m", "first") == 2
    assert rival == [1]
