from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.modeling.served import registry as registry_of
from tests.modeling.trained import Trained
from tests.processes import wait_until

from contracts.errors import NotFound, Unavailable
from contracts.messages.gates import Gate, Miss
from contracts.storage import Storage
from modeling.repository.labels import change_labels
from modeling.repository.listings import MARKER
from modeling.repository.model_repository import ModelRepository
from modeling.repository.resolve_version import default_version
from modeling.repository.versions import VersionManifest, describe_files, read_manifest
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.registry import ModelRegistry


@pytest.fixture
def copied(trained: Trained, storage: Storage) -> Storage:
    """A storage of its own that holds version 1."""
    copy_version(trained.storage, storage, 1)
    return storage


@pytest.fixture
def registry(copied: Storage) -> Iterator[ModelRegistry]:
    with registry_of(copied, older=1) as registry:
        yield registry


MISSED = Gate(
    passed=False, missed=[Miss(condition="auc.min", metric="auc", required=0.9, received=0.8, by=0.1)], compared=None
)


def copy_version(
    source: Storage, target: Storage, number: int, to: int | None = None, gate: Gate | None = None
) -> Path:
    """Version `number`, under another number and with another gate if they are given; its manifest last."""
    to = number if to is None else to
    begin, end = source.local_path(f"models/m/{number}"), target.local_path(f"models/m/{to}")
    assert begin is not None
    assert end is not None
    shutil.copytree(begin, end, ignore=shutil.ignore_patterns("tandem.json"))
    manifest: VersionManifest = read_manifest(source, "m", number).model_copy(update={"version": to})
    manifest = manifest.model_copy(update={"result": manifest.result.model_copy(update={"gate": gate})})
    (end / "tandem.json").write_bytes(manifest.to_json())
    return end


def label(storage: Storage, **labels: int) -> None:
    change_labels(storage, "m", lambda _: labels)


def test_the_newest_version_is_loaded_and_a_newer_one_takes_its_place(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    assert registry.get("m").manifest.version == 1
    copy_version(trained.storage, copied, 2)
    assert registry.state("m", 2) == ("START", "")
    registry.refresh()
    assert registry.get("m").manifest.version == 2
    assert registry.get("m", 1).manifest.version == 1
    assert registry.state("m", 1) == registry.state("m", 2) == ("AVAILABLE", "")


def test_older_versions_are_loaded_when_asked_for_and_let_go_past_the_limit(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    for number in (2, 3):
        copy_version(trained.storage, copied, 1, to=number)
    registry.refresh()
    assert registry.get("m").manifest.version == 3
    assert registry.get("m", 2).manifest.version == 2
    assert registry.state("m", 2)[0] == "AVAILABLE"
    assert registry.state("m", 1)[0] == "START"


def test_a_broken_version_leaves_the_one_before_it_in_place(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    broken = copy_version(trained.storage, copied, 2)
    (broken / "saved_model.pb").write_bytes(b"not a model")
    registry.refresh()
    assert registry.get("m").manifest.version == 1
    state, reason = registry.state("m", 2)
    assert state == "END"
    assert "checksum" in reason
    with pytest.raises(Unavailable, match="checksum"):
        registry.get("m", 2)


@pytest.mark.parametrize("first", ["tandem.json", "saved_model.pb", "variables"])
def test_a_version_that_is_being_copied_here_is_served_once_it_is_whole(
    trained: Trained, copied: Storage, registry: ModelRegistry, tmp_path: Path, first: str
) -> None:
    whole = copy_version(trained.storage, Storage(str(tmp_path / "elsewhere")), 1, to=2)
    target = copied.local_path("models/m/2")
    assert target is not None
    target.mkdir()
    for name in sorted((path.name for path in whole.iterdir()), key=lambda name: name != first):
        assert registry.get("m").manifest.version == 1
        if (whole / name).is_dir():
            shutil.copytree(whole / name, target / name)
        else:
            data = (whole / name).read_bytes()
            (target / name).write_bytes(data[: len(data) // 2])
            registry.refresh()
            assert registry.get("m").manifest.version == 1
            (target / name).write_bytes(data)
        registry.refresh()
    assert registry.get("m").manifest.version == 2
    assert registry.state("m", 2) == ("AVAILABLE", "")


@pytest.mark.parametrize("harm", ["cut", "changed", "missing", "added", "not a model", "no statistics"])
def test_what_was_harmed_is_refused_and_what_was_before_it_answers(
    trained: Trained, copied: Storage, registry: ModelRegistry, harm: str
) -> None:
    folder = copy_version(trained.storage, copied, 2)
    weights = next(path for path in folder.glob("variables/*") if ".data-" in path.name)
    data = weights.read_bytes()
    match harm:
        case "cut":
            weights.write_bytes(data[:-1])
        case "changed":
            weights.write_bytes(bytes([data[0] ^ 1]) + data[1:])
        case "missing":
            weights.unlink()
        case "added":
            (folder / "assets").mkdir(exist_ok=True)
            (folder / "assets/extra").write_bytes(b"")
        case _:  # with checksums that are right
            file = "saved_model.pb" if harm == "not a model" else "statistics.json"
            (folder / file).write_bytes(b'{"other": 1}')
            manifest = read_manifest(copied, "m", 2)
            changed = manifest.model_copy(update={"files": describe_files(folder)})
            (folder / "tandem.json").write_bytes(changed.to_json())
    registry.refresh()
    assert registry.get("m").manifest.version == 1
    state, reason = registry.state("m", 2)
    assert state == "END"
    expected = {"not a model": "no SavedModel", "no statistics": "models/m/2/statistics.json is not what it should be"}
    assert expected.get(harm, "checksum") in reason
    with pytest.raises(Unavailable):
        registry.get("m", 2)
    assert registry.peek("m", 2) is None


def test_a_model_whose_every_version_is_broken(copied: Storage) -> None:
    path = copied.local_path("models/m/1/saved_model.pb")
    assert path is not None
    path.write_bytes(b"not a model")
    registry = ModelRegistry(ModelRepository(copied), 1, lambda: load)
    registry.refresh()
    registry.start(3600)
    registry.stop()
    with pytest.raises(Unavailable, match="no version of model 'm' can be loaded"):
        registry.get("m")


def test_what_is_not_there(registry: ModelRegistry) -> None:
    for call in (
        lambda: registry.get("n"),
        lambda: registry.get("n", 1),
        lambda: registry.get("m", 2),
        lambda: registry.get(".."),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_model_that_came_after_the_last_look_answers_at_once(trained: Trained, storage: Storage) -> None:
    registry = ModelRegistry(ModelRepository(storage), 1, lambda: load)
    registry.start(3600)
    while not registry.is_ready:
        pass
    copy_version(trained.storage, storage, 1)
    assert registry.get("m").manifest.version == 1
    registry.stop()


def test_before_the_first_look_is_done_it_says_so(copied: Storage) -> None:
    with pytest.raises(Unavailable, match="just started"):
        ModelRegistry(ModelRepository(copied), 1, lambda: load).get("m")


def test_a_model_that_is_loaded_during_a_look_stays(trained: Trained, copied: Storage) -> None:
    def load_after_another_came(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        if (manifest.model, manifest.version) == ("m", 2):
            made = read_manifest(storage, "m", 1).model_copy(update={"model": "other"})
            begin, end = storage.local_path("models/m/1"), storage.local_path("models/other/1")
            assert begin is not None
            assert end is not None
            shutil.copytree(begin, end)
            (end / "tandem.json").write_bytes(made.to_json())
            assert registry.get("other").manifest.model == "other"
        return load(storage, manifest)

    registry = ModelRegistry(ModelRepository(copied), 1, lambda: load_after_another_came)
    registry.start(3600)
    while not registry.is_ready:
        pass
    copy_version(trained.storage, copied, 2)
    registry.refresh()
    assert registry.peek("other") is not None
    copied.delete_folder("models/other")
    registry.refresh()
    assert registry.peek("other") is None
    registry.stop()


def test_what_has_passed_tomorrow_is_no_fault_of_the_version(copied: Storage) -> None:
    tries: list[int] = []

    def load_at_the_second_try(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        tries.append(manifest.version)
        if len(tries) == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return load(storage, manifest)

    registry = ModelRegistry(ModelRepository(copied), 1, lambda: load_at_the_second_try)
    registry.refresh()
    assert registry.state("m", 1) == ("START", "")
    registry.refresh()
    assert registry.state("m", 1) == ("AVAILABLE", "")


def test_a_poller_that_was_interrupted_looks_again(copied: Storage) -> None:
    held = threading.Event()

    def load_after_an_exit(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        if not held.is_set():
            held.set()
            raise SystemExit
        return load(storage, manifest)

    registry = ModelRegistry(ModelRepository(copied), 1, lambda: load_after_an_exit)
    registry.poller._pause_seconds = 0.5
    registry.start(0.01)
    wait_until(lambda: registry.poller.health == "versions: SystemExit")
    wait_until(lambda: registry.is_ready)
    assert registry.get("m").manifest.version == 1
    wait_until(lambda: registry.poller.health is None)
    registry.stop()
    assert not registry.poller.is_alive()


def test_a_model_that_is_gone_is_forgotten(copied: Storage, registry: ModelRegistry) -> None:
    copied.write(MARKER, b"")
    copied.delete_folder("models/m")
    registry.refresh()
    with pytest.raises(NotFound):
        registry.get("m")


def test_a_version_that_missed_its_gate_answers_only_by_its_number(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    copy_version(trained.storage, copied, 2, gate=MISSED)
    registry.refresh()
    assert default_version(registry.repository, "m") == 1
    assert registry.get("m").manifest.version == 1
    assert registry.state("m", 2) == ("START", "")
    assert registry.get("m", 2).manifest.version == 2


def test_a_version_that_missed_its_gate_counts_once_it_has_a_label(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    copy_version(trained.storage, copied, 2, gate=MISSED)
    label(copied, canary=2)
    registry.refresh()
    assert registry.get("m").manifest.version == default_version(registry.repository, "m") == 2
    label(copied)
    registry.refresh()
    assert registry.get("m").manifest.version == 1
    assert registry.state("m", 2)[0] == "AVAILABLE"


def test_where_every_version_missed_its_gate_none_answers_by_default(trained: Trained, storage: Storage) -> None:
    copy_version(trained.storage, storage, 1, gate=MISSED)
    registry = ModelRegistry(ModelRepository(storage), 1, lambda: load)
    registry.refresh()
    registry.start(3600)
    registry.stop()
    with pytest.raises(NotFound, match="has no default version"):
        registry.get("m")
    assert registry.get("m", 1).manifest.version == 1


def test_a_label_answers_with_the_version_that_it_is_moved_to(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    for number in (2, 3, 4):
        copy_version(trained.storage, copied, 1, to=number)
    label(copied, champion=1, canary=3)
    registry.refresh()
    assert registry.get("m").manifest.version == 4
    assert registry.get("m", label="champion").manifest.version == 1
    assert registry.get("m", label="canary").manifest.version == 3
    first = registry.get("m", label="champion")
    label(copied, champion=3)
    registry.refresh()
    assert registry.get("m", label="champion").manifest.version == 3
    label(copied, champion=1)
    registry.refresh()
    assert registry.get("m", label="champion") is first
    with pytest.raises(NotFound, match="no label 'canary'"):
        registry.get("m", label="canary")


def test_labelled_versions_stay_loaded_past_the_limit(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    for number in (2, 3, 4, 5):
        copy_version(trained.storage, copied, 1, to=number)
    label(copied, a=1, b=2)
    registry.refresh()
    for number in (3, 4):
        registry.get("m", number)
    assert [registry.state("m", number)[0] for number in (1, 2, 3, 4, 5)] == [
        "AVAILABLE",
        "AVAILABLE",
        "START",
        "AVAILABLE",
        "AVAILABLE",
    ]


def test_a_label_on_a_broken_version_says_so_or_keeps_what_it_had(
    trained: Trained, copied: Storage, registry: ModelRegistry
) -> None:
    broken = copy_version(trained.storage, copied, 2)
    (broken / "saved_model.pb").write_bytes(b"not a model")
    label(copied, champion=1, canary=2)
    registry.refresh()
    with pytest.raises(Unavailable, match="checksum"):
        registry.get("m", label="canary")
    label(copied, champion=2)
    registry.refresh()
    assert registry.get("m", label="champion").manifest.version == 1
