from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from tests.modeling.trained import Trained
from tests.object_store import ObjectStore

from contracts.errors import CorruptData, NotFound, Superseded
from contracts.storage import Storage
from modeling.repository import versions
from modeling.repository.attempts import settle_version, staging
from modeling.repository.folders import version_numbers
from modeling.repository.model_repository import ModelRepository
from modeling.repository.versions import (
    VersionFile,
    VersionManifest,
    checked_folder,
    describe_files,
    publish,
    published_by,
    read_detail,
    read_manifest,
    read_statistics,
)


@pytest.fixture
def draft(trained: Trained) -> VersionManifest:
    return read_manifest(trained.storage, "m", 1).model_copy(update={"job": "other", "model": "n"})


def publish_one(storage: Storage, draft: VersionManifest, content: bytes = b"graph") -> VersionManifest:
    with staging(storage, draft.model, draft.job, 1) as staged:
        (staged / "variables").mkdir()
        (staged / "saved_model.pb").write_bytes(content)
        (staged / "variables" / "variables.index").write_bytes(b"index")
        return publish(storage, staged, draft.model_copy(update={"files": describe_files(staged)}))


def folder(storage: Storage, path: str = "models/n") -> Path:
    found = storage.local_path(path)
    assert found is not None
    return found


def test_versions_count_up_and_nothing_else_is_left(storage: Storage, draft: VersionManifest) -> None:
    published = [publish_one(storage, draft) for _ in range(3)]
    assert [manifest.version for manifest in published] == [1, 2, 3]
    assert version_numbers(storage, "n") == [1, 2, 3]
    assert ModelRepository(storage).names() == ["n"]
    assert sorted(path.name for path in folder(storage).iterdir()) == ["1", "2", "3"]
    assert read_manifest(storage, "n", 3) == published[2]
    assert published[2].result.version == 3


def test_a_number_that_is_taken_is_not_taken_again(storage: Storage, draft: VersionManifest) -> None:
    folder(storage, "models/n/7").mkdir(parents=True)
    (folder(storage, "models/n/7") / "saved_model.pb").touch()
    assert publish_one(storage, draft).version == 8
    assert version_numbers(storage, "n") == [8]


@pytest.mark.parametrize("removed", ["models/n/2", "models/n"])
def test_the_number_of_a_removed_version_is_not_given_again(
    storage: Storage, draft: VersionManifest, removed: str
) -> None:
    for _ in range(2):
        publish_one(storage, draft)
    shutil.rmtree(folder(storage, removed))
    assert publish_one(storage, draft).version == 3


def test_a_crash_before_publishing_leaves_a_gap(
    storage: Storage, draft: VersionManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_one(storage, draft)
    with monkeypatch.context() as broken:
        broken.setattr(versions, "_rename", interrupt)
        with pytest.raises(KeyboardInterrupt):
            publish_one(storage, draft)
    assert version_numbers(storage, "n") == [1]
    assert publish_one(storage, draft).version == 3


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_nothing_is_visible_before_it_is_published(storage: Storage, draft: VersionManifest) -> None:
    with staging(storage, "n", "job", 1) as staged:
        (staged / "saved_model.pb").write_bytes(b"half")
        (staged / "tandem.json").write_bytes(draft.to_json())
        assert ModelRepository(storage).names() == []
        assert version_numbers(storage, "n") == []
        assert staged.name.startswith(".")
    assert not storage.exists("models/n")


def test_what_a_crashed_attempt_left_is_removed_by_the_next(storage: Storage) -> None:
    leftover = folder(storage, "models/n/.job-1")
    leftover.mkdir(parents=True)
    assert settle_version(storage, "n", "job", 1) is None
    with staging(storage, "n", "job", 2) as staged:
        assert not leftover.exists()
        assert staged.is_dir()
    assert not storage.exists("models/n")


def test_a_folder_that_was_half_copied_is_no_version(storage: Storage, draft: VersionManifest) -> None:
    publish_one(storage, draft)
    shutil.copytree(
        folder(storage, "models/n/1"), folder(storage, "models/n/2"), ignore=shutil.ignore_patterns("tandem.json")
    )
    assert version_numbers(storage, "n") == [1]
    shutil.copy(folder(storage, "models/n/1/tandem.json"), folder(storage, "models/n/2"))
    with pytest.raises(CorruptData, match="belongs elsewhere"):
        read_manifest(storage, "n", 2)


@pytest.mark.parametrize("harm", ["change", "cut", "remove", "add"])
def test_a_version_with_other_files_than_published_is_refused(
    storage: Storage, draft: VersionManifest, harm: str
) -> None:
    manifest = publish_one(storage, draft)
    path = folder(storage, "models/n/1/variables/variables.index")
    match harm:
        case "change":
            path.write_bytes(b"indey")
        case "cut":
            path.write_bytes(b"ind")
        case "remove":
            path.unlink()
        case _:
            (path.parent / "more").touch()
    with pytest.raises(CorruptData, match="checksum"), checked_folder(storage, manifest):
        pass


@pytest.mark.parametrize(
    "name", ["model.keras", "weights.h5", "model.pkl", "variables/more.bin", "assets/vocabulary.txt", "../../escape"]
)
def test_files_that_this_service_does_not_write_are_refused_whatever_their_checksum(
    storage: Storage, draft: VersionManifest, name: str
) -> None:
    manifest = publish_one(storage, draft)
    path = folder(storage, "models/n/1") / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"anything")
    digest = hashlib.sha256(b"anything").hexdigest()
    listed = manifest.model_copy(update={"files": {**manifest.files, name: VersionFile(bytes=8, sha256=digest)}})
    with pytest.raises(CorruptData, match="does not write"), checked_folder(storage, listed):
        pass
    with pytest.raises(CorruptData, match="does not write"), staging(storage, "n", "again", 1) as staged:
        publish(storage, staged, listed)
    assert version_numbers(storage, "n") == [1]


def test_what_an_evaluation_found_is_read_only_as_it_was_published(trained: Trained, storage: Storage) -> None:
    manifest = read_manifest(trained.storage, "m", 2)
    found = read_detail(trained.storage, manifest)
    assert found.roc is not None
    begin, end = folder(trained.storage, "models/m/2"), folder(storage, "models/m/2")
    shutil.copytree(begin, end)
    text = (end / "evaluation.json").read_text()
    (end / "evaluation.json").write_text(text.replace('"rows": ', '"rows": 1'))
    with pytest.raises(CorruptData, match="checksum"):
        read_detail(storage, manifest)
    (end / "evaluation.json").unlink()
    with pytest.raises(CorruptData, match="missing"):
        read_detail(storage, manifest)


def test_a_manifest_of_an_earlier_release(storage: Storage, draft: VersionManifest) -> None:
    manifest = publish_one(storage, draft)
    path = folder(storage, "models/n/1/tandem.json")
    path.write_bytes(manifest.to_json().replace(b'"format": 2', b'"format": 1'))
    with pytest.raises(CorruptData, match="train the model again"):
        read_manifest(storage, "n", 1)


def test_a_version_is_found_by_the_job_that_made_it(storage: Storage, draft: VersionManifest) -> None:
    publish_one(storage, draft)
    second = publish_one(storage, draft.model_copy(update={"job": "second"}))
    assert published_by(storage, "n", "second") == second
    assert published_by(storage, "n", "third") is None
    assert published_by(storage, "unheard-of", "second") is None


def test_what_is_not_there(storage: Storage, draft: VersionManifest) -> None:
    publish_one(storage, draft)
    with pytest.raises(NotFound, match="no version 2"):
        read_manifest(storage, "n", 2)
    folder(storage, "models/n/1/tandem.json").write_text("{}")
    with pytest.raises(CorruptData, match="not a version's manifest"):
        read_manifest(storage, "n", 1)


def test_an_object_store_holds_versions(object_store: ObjectStore, draft: VersionManifest) -> None:
    remote = Storage(object_store.uri("versions"))
    manifest = publish_one(remote, draft)
    assert remote.exists("models/n/1/tandem.json")
    with checked_folder(remote, manifest) as found:
        assert (found / "saved_model.pb").read_bytes() == b"graph"
        assert (found / "variables/variables.index").read_bytes() == b"index"
    assert version_numbers(remote, "n") == [1]


def test_what_a_killed_training_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    for name in ("killed/.job1-2/variables", "other/.job2-1", "other/1"):
        (tmp_path / "models" / name).mkdir(parents=True)
    for _ in range(2):
        settle_version(storage, "killed", "job1", 2)
        settle_version(storage, "other", "job1", 2)
        settle_version(storage, "nosuch", "job1", 2)
    assert sorted(str(path.relative_to(tmp_path / "models")) for path in (tmp_path / "models").glob("*/*")) == [
        "other/.job2-1",
        "other/1",
    ]
    assert not (tmp_path / "models" / "killed").exists()


def test_a_version_keeps_what_its_training_split_held(trained: Trained, storage: Storage) -> None:
    manifest = read_manifest(trained.storage, "m", 1)
    found = read_statistics(trained.storage, manifest)
    assert found == trained.made.statistics.only("train")
    without = manifest.model_copy(update={"files": {"saved_model.pb": manifest.files["saved_model.pb"]}})
    assert read_statistics(trained.storage, without) is None
    begin = trained.storage.local_path("models/m/1")
    assert begin is not None
    shutil.copytree(begin, folder(storage, "models/m/1"))
    (folder(storage, "models/m/1") / "statistics.json").write_text("{}")
    with pytest.raises(CorruptData, match=r"statistics\.json does not have its published checksum"):
        read_statistics(storage, manifest)


def test_what_was_taken_away_from_an_attempt_is_not_published(
    storage: Storage, draft: VersionManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow disk: everything is staged, and the rename waits while the next attempt settles this one."""
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        if target.name == "1":
            assert settle_version(storage, "n", draft.job, 1) is None
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(Superseded):
        publish_one(storage, draft)
    assert version_numbers(storage, "n") == []
    assert not storage.exists("models/n")


@pytest.mark.parametrize("content", [None, b"g"])
def test_no_staged_file_may_be_missing_or_cut(storage: Storage, draft: VersionManifest, content: bytes | None) -> None:
    with staging(storage, "n", "job", 1) as staged:
        graph = staged / "saved_model.pb"
        graph.write_bytes(b"graph")
        described = draft.model_copy(update={"files": describe_files(staged)})
        graph.unlink()
        if content is not None:
            graph.write_bytes(content)
        with pytest.raises(CorruptData, match=r"saved_model\.pb is not as it was written"):
            publish(storage, staged, described)
    assert version_numbers(storage, "n") == []
