from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.modeling.conftest import Trained

from contracts.errors import NotFound, Unavailable
from contracts.storage import Storage
from modeling.saved_model import load
from modeling.serving import Serving
from modeling.versions import VersionManifest, read_manifest


@pytest.fixture
def copied(trained: Trained, storage: Storage) -> Storage:
    """A storage of its own that holds version 1."""
    copy_version(trained.storage, storage, 1)
    return storage


@pytest.fixture
def serving(copied: Storage) -> Iterator[Serving]:
    serving = Serving(copied, 1, lambda: load)
    serving.start(3600)
    while not serving.is_ready:
        pass
    yield serving
    serving.stop()


def copy_version(source: Storage, target: Storage, number: int, to: int | None = None) -> Path:
    """Version `number`, under another number if one is given; its manifest last."""
    to = number if to is None else to
    begin, end = source.local_path(f"models/m/{number}"), target.local_path(f"models/m/{to}")
    assert begin is not None
    assert end is not None
    shutil.copytree(begin, end, ignore=shutil.ignore_patterns("tandem.json"))
    manifest: VersionManifest = read_manifest(source, "m", number).model_copy(update={"version": to})
    (end / "tandem.json").write_bytes(manifest.to_json())
    return end


def test_the_newest_version_is_loaded_and_a_newer_one_takes_its_place(
    trained: Trained, copied: Storage, serving: Serving
) -> None:
    assert serving.get("m").manifest.version == 1
    copy_version(trained.storage, copied, 2)
    assert serving.state("m", 2) == ("START", "")
    serving.refresh()
    assert serving.get("m").manifest.version == 2
    assert serving.get("m", 1).manifest.version == 1
    assert serving.state("m", 1) == serving.state("m", 2) == ("AVAILABLE", "")


def test_older_versions_are_loaded_when_asked_for_and_let_go_past_the_limit(
    trained: Trained, copied: Storage, serving: Serving
) -> None:
    for number in (2, 3):
        copy_version(trained.storage, copied, 1, to=number)
    serving.refresh()
    assert serving.get("m").manifest.version == 3
    assert serving.get("m", 2).manifest.version == 2
    assert serving.state("m", 2)[0] == "AVAILABLE"
    assert serving.state("m", 1)[0] == "START"


def test_a_broken_version_leaves_the_one_before_it_in_place(
    trained: Trained, copied: Storage, serving: Serving
) -> None:
    broken = copy_version(trained.storage, copied, 2)
    (broken / "saved_model.pb").write_bytes(b"not a model")
    serving.refresh()
    assert serving.get("m").manifest.version == 1
    state, reason = serving.state("m", 2)
    assert state == "END"
    assert "checksum" in reason
    with pytest.raises(Unavailable, match="checksum"):
        serving.get("m", 2)


def test_a_model_whose_every_version_is_broken(copied: Storage) -> None:
    path = copied.local_path("models/m/1/saved_model.pb")
    assert path is not None
    path.write_bytes(b"not a model")
    serving = Serving(copied, 1, lambda: load)
    serving.refresh()
    serving.start(3600)
    serving.stop()
    with pytest.raises(Unavailable, match="no version of model 'm' can be loaded"):
        serving.get("m")


def test_what_is_not_there(serving: Serving) -> None:
    for call in (
        lambda: serving.get("n"),
        lambda: serving.get("n", 1),
        lambda: serving.get("m", 2),
        lambda: serving.get(".."),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_model_that_came_after_the_last_look_answers_at_once(trained: Trained, storage: Storage) -> None:
    serving = Serving(storage, 1, lambda: load)
    serving.start(3600)
    while not serving.is_ready:
        pass
    copy_version(trained.storage, storage, 1)
    assert serving.get("m").manifest.version == 1
    serving.stop()


def test_before_the_first_look_is_done_it_says_so(copied: Storage) -> None:
    with pytest.raises(Unavailable, match="just started"):
        Serving(copied, 1, lambda: load).get("m")


def test_a_model_that_is_gone_is_forgotten(copied: Storage, serving: Serving) -> None:
    copied.delete_folder("models/m")
    serving.refresh()
    with pytest.raises(NotFound):
        serving.get("m")
