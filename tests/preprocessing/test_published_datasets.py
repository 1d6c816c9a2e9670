"""What is published is listed without reading each manifest again, and a storage that is away has lost nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import pytest
from tests import apps
from tests.disks import AWAY, away
from tests.preprocessing.made_datasets import published
from tests.processes import wait_until

from contracts.dataset.data_folder import DATASETS
from contracts.dataset.manifest import Manifest
from contracts.dataset.published import delete_dataset
from contracts.errors import NotFound, StorageUnavailable
from contracts.storage import Storage
from preprocessing.main import make_app
from preprocessing.published_datasets import PublishedDatasets
from preprocessing.settings import PreprocessingSettings

MARKER = f"{DATASETS}/.tandem-storage"


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Datasets `a` and `b`."""
    storage = Storage(str(tmp_path / "storage"))
    for name in ("b", "a"):
        published(storage, name)
    return storage


def path_of(storage: Storage, name: str) -> Path:
    return Path(storage.uri) / f"{DATASETS}/{name}/manifest.json"


def age(storage: Storage, *names: str, seconds: int = 60) -> None:
    for name in names:
        moment = time.time() - seconds
        os.utime(path_of(storage, name), (moment, moment))


def names(datasets: PublishedDatasets) -> list[str]:
    return [dataset.name for dataset in datasets.listed()]


def test_a_manifest_is_read_once(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    parse = Manifest.from_json

    def counted(data: bytes, what: str) -> Manifest:
        reads.append(what.split("/")[1])
        return parse(data, what)

    monkeypatch.setattr(Manifest, "from_json", counted)
    datasets = PublishedDatasets(storage, writes=True)
    age(storage, "a")
    before = datasets.listed()
    assert [dataset.name for dataset in before] == reads == ["a", "b"]
    assert datasets.listed() == before
    assert reads == ["a", "b", "b"], "one that is so new may be replaced within its clock's tick"
    published(storage, "c")
    age(storage, "b", "c", seconds=30)
    assert names(datasets) == ["a", "b", "c"]
    reads.clear()
    assert names(datasets) == ["a", "b", "c"]
    assert reads == []
    delete_dataset(storage, "a")
    published(storage, "a", fingerprint="another")
    assert [dataset.fingerprint == "another" for dataset in datasets.listed()] == [True, False, False]


def test_what_is_damaged_is_skipped_until_it_is_whole(storage: Storage) -> None:
    datasets = PublishedDatasets(storage, writes=True)
    whole = path_of(storage, "a").read_bytes()
    path_of(storage, "a").write_bytes(whole[:100])
    assert names(datasets) == ["b"]
    path_of(storage, "a").write_bytes(whole)
    assert names(datasets) == ["a", "b"]


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("how", AWAY)
def test_nothing_is_missing_while_the_storage_is_away(storage: Storage, how: str, *, marked: bool) -> None:
    datasets = PublishedDatasets(storage, writes=marked)
    assert datasets.away() is None
    with away(Path(storage.uri), DATASETS, how):
        for ask in (datasets.listed, lambda: datasets.open("a"), lambda: datasets.open("unknown"), datasets.require):
            with pytest.raises(StorageUnavailable, match=r"the storage is away: .*datasets.* is"):
                ask()
        assert datasets.away() is not None
    assert datasets.away() is None
    assert names(datasets) == ["a", "b"]
    assert datasets.open("a").manifest.name == "a"
    with pytest.raises(NotFound):
        datasets.open("unknown")


def test_a_service_that_has_seen_nothing_but_one_dataset_knows_an_empty_folder(storage: Storage) -> None:
    opened, looked = PublishedDatasets(storage, writes=False), PublishedDatasets(storage, writes=False)
    opened.open("a")
    looked.away()
    with away(Path(storage.uri), DATASETS, "folder empty"):
        assert opened.away() == looked.away() == "its folder datasets is empty or missing"


@pytest.mark.parametrize("marked", [True, False])
def test_a_storage_whose_last_dataset_was_deleted_is_there(storage: Storage, *, marked: bool) -> None:
    datasets = PublishedDatasets(storage, writes=marked)
    for name in names(datasets):
        delete_dataset(storage, name)
        datasets.forget(name)
    assert names(datasets) == []
    assert datasets.away() is None


def test_a_storage_that_was_never_used_is_there(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "new"))
    datasets = PublishedDatasets(storage, writes=True)
    assert (datasets.away(), names(datasets)) == (None, [])
    assert not Path(storage.uri).exists()
    published(storage)
    assert datasets.away() is None
    assert storage.exists(MARKER)


@pytest.fixture
def client(storage: Storage, tmp_path: Path) -> Iterator[httpx.Client]:
    settings = PreprocessingSettings(storage=storage.uri, state=str(tmp_path / "state"), jobs_at_once=0)
    with apps.serving(make_app(settings), lifespan="on") as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_over_http_a_storage_that_is_away_is_503_and_readiness_tells(client: httpx.Client, storage: Storage) -> None:
    paths = ["", "/a", "/a/report", "/a/statistics", "/a/vocabularies/shop", "/a/rejected-rows"]
    page = {"Accept": "text/html"}
    assert client.get("/v1/datasets").json()["datasets"][0]["name"] == "a"
    assert client.get("/health/ready").json()["checks"]["storage"] == "ok"
    with away(Path(storage.uri), DATASETS, "folder empty"):
        replies = [client.get(f"/v1/datasets{path}") for path in paths]
        replies += [
            client.delete("/v1/datasets/a"),
            client.post("/v1/datasets/a:compare", json={"with": "b"}),
        ]
        for reply in replies:
            assert reply.status_code == 503, reply.text
            assert "the storage is away: its folder datasets is empty or missing" in reply.json()["detail"]
            assert "retry-after" in reply.headers
        ready = client.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert ready.json()["checks"]["storage"] == "away: its folder datasets is empty or missing"
        assert "The storage is away: its folder datasets" in client.get("/", headers=page).text
    assert client.get("/health/ready").json()["checks"]["storage"] == "ok"
    assert 'href="/v1/datasets/a/report"' in client.get("/", headers=page).text


def test_a_storage_that_does_not_answer_keeps_no_readiness_waiting(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.storage_marker._SILENT_SECONDS", 0.05)
    answers = tmp_path / "answers"
    exists = Storage.exists

    def hang(self: Storage, path: str) -> bool:
        while not answers.exists():
            time.sleep(0.01)
        return exists(self, path)

    datasets = PublishedDatasets(storage, writes=True)
    datasets.listed()
    monkeypatch.setattr(Storage, "exists", hang)
    waiting = Thread(target=datasets.away)
    waiting.start()
    wait_until(lambda: datasets._marker.silent)
    told = datasets.away()
    assert told is not None
    assert told.startswith("it has not answered for")
    answers.touch()
    waiting.join()
    assert datasets.away() is None
