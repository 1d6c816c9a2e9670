from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.disks import full, needs_mounts, read_only, small_disk

from chassis.storage_faults import storage_fault
from contracts.errors import Conflict, CorruptData, StorageFull, StorageUnavailable
from contracts.storage import Storage
from modeling.repository.labels import Labels, change_labels, labelled_by, read_labels


def give(storage: Storage, label: str, version: int, job: str | None = None) -> Labels:
    return change_labels(storage, "m", lambda present: {**present.labels, label: version}, job)


def test_labels_move_and_every_state_has_a_tag_of_its_own(storage: Storage) -> None:
    empty = read_labels(storage, "m")
    assert (empty.revision, empty.labels) == (0, {})
    states = [empty, give(storage, "champion", 1), give(storage, "canary", 2), give(storage, "champion", 2)]
    states.append(give(storage, "champion", 1))
    assert len({state.etag for state in states}) == 5
    assert states[-1].labels == {"canary": 2, "champion": 1}
    assert states[-1].of(2) == ["canary"]
    assert read_labels(storage, "m") == states[-1]


def test_what_stays_as_it_is_makes_no_new_state(storage: Storage) -> None:
    first = give(storage, "champion", 1)
    assert give(storage, "champion", 1) == first


def test_the_known_state_is_not_read_again(storage: Storage) -> None:
    known = give(storage, "champion", 1)
    assert read_labels(storage, "m", known) is known
    newer = give(storage, "champion", 2)
    assert read_labels(storage, "m", known) == newer


def test_of_two_writers_one_wins_and_the_other_looks_again(storage: Storage) -> None:
    give(storage, "champion", 1)
    seen: list[int] = []

    def slow(present: Labels) -> dict[str, int]:
        seen.append(present.revision)
        if len(seen) == 1:
            give(storage, "champion", 2)
        return {**present.labels, "canary": 9}

    assert change_labels(storage, "m", slow).labels == {"canary": 9, "champion": 2}
    assert seen == [1, 2]


def test_a_writer_who_was_overtaken_may_give_up(storage: Storage) -> None:
    give(storage, "champion", 1)

    def only_first(present: Labels) -> dict[str, int]:
        if present.revision > 1:
            raise Conflict
        give(storage, "champion", 2)
        return {"champion": 3}

    with pytest.raises(Conflict):
        change_labels(storage, "m", only_first)
    assert read_labels(storage, "m").labels == {"champion": 2}


def test_no_change_is_lost_among_many_writers(storage: Storage) -> None:
    def write(number: int) -> None:
        for at in range(10):
            give(storage, f"label-{number}-{at}", number + 1)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = read_labels(storage, "m")
    assert (len(found.labels), found.revision) == (40, 40)


def test_who_set_a_label_is_remembered(storage: Storage) -> None:
    give(storage, "champion", 1, job="a")
    give(storage, "champion", 2)
    assert labelled_by(storage, "m", "a")
    assert not labelled_by(storage, "m", "b")


def test_damaged_labels_are_named(storage: Storage) -> None:
    give(storage, "champion", 1)
    path = Path(storage.uri) / "models/m/labels/00000001.json"
    path.write_text("{")
    with pytest.raises(CorruptData, match="00000001"):
        read_labels(storage, "m")
    path.write_text('{"revision": 7}')
    with pytest.raises(CorruptData, match="another revision"):
        read_labels(storage, "m")


@needs_mounts
@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_a_disk_that_cannot_be_written_keeps_the_labels_as_they_are(tmp_path: Path, fault: str) -> None:
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        storage = Storage(str(disk.path))
        before = give(storage, "champion", 1)
        with full(disk) if fault == "full" else read_only(disk.path):
            with pytest.raises(OSError, match=r"No space|Permission") as caught:
                give(storage, "champion", 2)
            assert isinstance(storage_fault(caught.value), StorageFull if fault == "full" else StorageUnavailable)
            assert read_labels(storage, "m") == before
            with pytest.raises(OSError, match=r"No space|Permission"):
                change_labels(storage, "another", lambda _: {"champion": 1})
        assert [*storage.sizes("models")] == ["models/m/labels/00000001.json"]
        assert storage.folders("models") == ["m"]
        assert give(storage, "champion", 2).revision == 2
