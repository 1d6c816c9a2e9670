"""What a listing lacks is removed only if the storage answers: not while it is away."""

from __future__ import annotations

import errno
import random
import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests import disks
from tests.disks import AWAY
from tests.processes import wait_until

from chassis import storage_marker
from contracts.errors import StorageUnavailable
from contracts.storage import Storage
from modeling.repository.folders import MODELS, manifest_path
from modeling.repository.labels import change_labels
from modeling.repository.listings import MARKER, Listings


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Models `m`, of versions 1 and 2, and `n`; `champion` of `m` is 1."""
    storage = Storage(str(tmp_path / "storage"))
    for model, version in (("m", 1), ("m", 2), ("n", 1)):
        storage.write(manifest_path(model, version), b"{}")
    change_labels(storage, "m", lambda _: {"champion": 1})
    return storage


@contextmanager
def away(storage: Storage, how: str) -> Generator[None]:
    """Move the storage, or its models, away for a while."""
    with disks.away(Path(storage.uri), MODELS, how):
        yield


def remove(storage: Storage, path: str) -> None:
    shutil.rmtree(Path(storage.uri) / path)


def numbers(listings: Listings) -> dict[str, list[int]]:
    return {model: [*published] for model, published in listings.models().items()}


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("how", AWAY)
def test_while_the_storage_is_away_the_last_listing_holds(storage: Storage, how: str, *, marked: bool) -> None:
    listings = Listings(storage, writes=marked)
    before, labels = listings.models(), listings.labels("m")
    assert listings.away is None
    with away(storage, how):
        assert listings.models() == before
        assert listings.published("m") == before["m"]
        assert listings.labels("m") == labels
        assert listings.published("unknown") == {}
        assert listings.away is not None
        assert "models" in listings.away
        with pytest.raises(StorageUnavailable, match=r"the storage is away: .*models.*go on answering"):
            listings.require()
    assert listings.models() == before
    assert listings.away is None
    listings.require()


@pytest.mark.parametrize("marked", [True, False])
def test_what_was_removed_from_a_storage_that_answers_is_gone_at_once(storage: Storage, *, marked: bool) -> None:
    listings = Listings(storage, writes=marked)
    listings.models()
    remove(storage, "models/m/2")
    assert [*listings.published("m")] == [1]
    assert numbers(listings) == {"m": [1], "n": [1]}
    remove(storage, "models/n")
    assert listings.published("n") == {}
    assert numbers(listings) == {"m": [1]}
    remove(storage, "models/m/labels")
    assert listings.labels("m").labels == {}
    assert listings.away is None


def test_what_was_removed_while_the_storage_was_away_is_gone_once_it_is_back(storage: Storage, tmp_path: Path) -> None:
    listings = Listings(storage, writes=True)
    listings.models()
    with away(storage, "folder empty"):
        listings.models()
        shutil.rmtree(tmp_path / "storage/moved-models/m/1")
        assert numbers(listings)["m"] == [1, 2]
    assert numbers(listings)["m"] == [2]


def test_only_a_marked_storage_can_tell_that_its_last_model_was_removed(storage: Storage) -> None:
    marked, unmarked = Listings(storage, writes=True), Listings(storage, writes=False)
    unmarked.models()
    for model in ("m", "n"):
        remove(storage, f"models/{model}")
    assert numbers(unmarked) == {"m": [1, 2], "n": [1]}
    assert unmarked.away == "its folder models is empty or missing"
    storage.write(manifest_path("n", 1), b"{}")
    marked.models()
    remove(storage, "models/n")
    assert numbers(marked) == {}
    assert marked.away is None
    assert numbers(unmarked) == {}, "another service has marked it"
    assert unmarked.away is None


def test_the_marker_is_written_once_there_is_a_version_and_again_where_it_was_lost(storage: Storage) -> None:
    empty = Storage(f"{storage.uri}-empty")
    Listings(empty, writes=True).models()
    assert not empty.exists("models")
    Listings(storage, writes=False).models()
    assert not storage.exists(MARKER)
    listings = Listings(storage, writes=True)
    listings.models()
    assert b"Tandem" in storage.read(MARKER)
    storage.delete_file(MARKER)
    assert numbers(listings) == {"m": [1, 2], "n": [1]}
    assert listings.away is None
    assert storage.exists(MARKER), "everything that was known is there, so it is the storage"
    storage.delete_file(MARKER)
    remove(storage, "models/m/1")
    assert numbers(listings) == {"m": [1, 2], "n": [1]}, "a copy that is not whole yet"
    assert listings.away == f"its file {MARKER} is missing"
    assert not storage.exists(MARKER)


@dataclass(frozen=True)
class Failing(Storage):
    """A storage whose folders cannot be listed while there is an error."""

    errors: list[OSError] = field(default_factory=list)

    def folders(self, path: str) -> list[str]:
        if self.errors:
            raise self.errors[0]
        return super().folders(path)

    def write(self, path: str, data: bytes) -> None:
        raise OSError(errno.EROFS, "Read-only file system")


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EACCES])
def test_a_storage_that_answers_with_errors_is_away(storage: Storage, code: int) -> None:
    failing = Failing(storage.uri)
    listings = Listings(failing, writes=True)
    failing.errors.append(OSError(code, "it fails"))
    with pytest.raises(OSError, match="it fails"):
        listings.models()
    assert listings.away is not None
    failing.errors.clear()
    before = listings.models()
    assert listings.away is None
    failing.errors.append(OSError(code, "it fails"))
    assert listings.models() == before
    assert listings.published("m") == before["m"]
    assert listings.away is not None
    assert "it fails" in listings.away
    failing.errors.clear()
    assert listings.models() == before
    assert listings.away is None


@dataclass(frozen=True)
class Flickering(Storage):
    """A storage of which the next listing shows nothing."""

    empty: list[None] = field(default_factory=list)

    def folders(self, path: str) -> list[str]:
        return super().folders(path) if not self.empty else (self.empty.pop() or [])


def test_a_storage_that_was_away_for_one_listing_has_lost_nothing(storage: Storage) -> None:
    flickering = Flickering(storage.uri)
    listings = Listings(flickering, writes=True)
    before = listings.models()
    flickering.empty.append(None)
    assert listings.models() == before
    flickering.empty.append(None)
    assert listings.published("m") == before["m"]
    assert not flickering.empty


@dataclass(frozen=True)
class Hanging(Storage):
    """A storage that does not answer while it hangs."""

    answers: threading.Event = field(default_factory=threading.Event)

    def folders(self, path: str) -> list[str]:
        self.answers.wait()
        return super().folders(path)


def test_a_storage_that_does_not_answer_is_away(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_marker, "_SILENT_SECONDS", 0.01)
    hanging = Hanging(storage.uri)
    listings = Listings(hanging, writes=False)
    thread = threading.Thread(target=listings.models)
    thread.start()
    wait_until(lambda: listings.away is not None and "not answered for" in listings.away)
    hanging.answers.set()
    thread.join()
    assert listings.away is None


@pytest.mark.parametrize("seed", range(20))
def test_any_sequence_of_removals_and_absences(storage: Storage, seed: int) -> None:
    """Whatever is published, removed and asked in any order, a listing is the storage as it was when it answered last."""
    chosen = random.Random(seed)
    listings = Listings(storage, writes=True)
    present = {"m": {1, 2}, "n": {1}}
    assert numbers(listings) == {model: sorted(versions) for model, versions in present.items()}
    for step in range(3, 23):
        model = chosen.choice("mno")
        match chosen.choice(["publish", "remove version", "remove model", "away"]):
            case "publish":
                storage.write(manifest_path(model, step), b"{}")
                present.setdefault(model, set()).add(step)
            case "remove version" if present.get(model):
                version = chosen.choice(sorted(present[model]))
                remove(storage, f"models/{model}/{version}")
                present[model].discard(version)
            case "remove model" if model in present:
                remove(storage, f"models/{model}")
                present.pop(model)
            case _:
                known = numbers(listings)
                if known:
                    with away(storage, chosen.choice(AWAY)):
                        assert numbers(listings) == known
                        assert [*listings.published(model)] == known.get(model, [])
        if chosen.random() < 0.5:
            assert [*listings.published(model)] == sorted(present.get(model, ()))
    assert numbers(listings) == {model: sorted(versions) for model, versions in present.items() if versions}
