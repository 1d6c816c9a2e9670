"""The routes of datasets over HTTP: list, look at, page through, delete, and what is refused before a job begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import apps
from tests.artifacts import write_artifact
from tests.disks import away
from tests.preprocessing.described import manifest_of, publish, statistics_of

from chassis.jobs.database import JobDatabase
from chassis.jobs.worker_store import JobWorkerStore
from contracts.dataset.data_folder import DATASETS
from contracts.dataset.manifest import Manifest
from contracts.dataset.published import Dataset
from contracts.dataset.rejected_rows import RejectedRow, to_lines
from contracts.dataset.vocabulary import Vocabulary
from contracts.schema import Categorical, Numeric
from contracts.storage import Storage
from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings

FEATURES: dict[str, Any] = {"x": Numeric(dtype="float64"), "a/b": Categorical(oov_buckets=4)}
REJECTED = [RejectedRow.of("d.csv", line, "expected 2 fields, found 1", b"caf\xe9") for line in range(5)]
BODY: dict[str, Any] = {"name": "new", "source": {"format": "csv", "uris": ["d.csv"]}, "label": {"column": "y"}}


@pytest.fixture
def settings(tmp_path: Path) -> PreprocessingSettings:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "d.csv").write_text("y,x\n0,1\n1,2\n")
    found = PreprocessingSettings(
        storage=str(tmp_path / "storage"), state=str(tmp_path / "state"), source_roots=[str(tmp_path / "sources")]
    )
    database = JobDatabase("preprocessing", found.jobs_database("preprocessing"))
    database.create()
    database.close()
    return found


@pytest.fixture
def http(settings: PreprocessingSettings) -> Iterator[httpx.Client]:
    """A client of the service, which runs no job: its engine is not started."""
    with apps.serving(make_app(settings), lifespan="off") as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def dataset(settings: PreprocessingSettings) -> Dataset:
    split: Any = {"x": [1.0, None], "a/b": ["u", "v"], "label": [0.0, 1.0]}
    statistics = statistics_of({"train": split}, FEATURES)
    made = publish(Storage(settings.storage), manifest_of("made", statistics, FEATURES), statistics)
    vocabulary = Vocabulary.of([b"u", b"v", b"\xff"], [5, 2, 2])
    changed = made.manifest.model_copy(
        update={
            "vocabularies": {"a/b": write_artifact(made.folder, "words.arrow", vocabulary.to_bytes())},
            "rejected": write_artifact(made.folder, "rejected.jsonl", b"".join(to_lines(REJECTED))),
        }
    )
    made.storage.write("datasets/made/manifest.json", changed.to_json())
    return Dataset(made.storage, changed)


def problem(reply: httpx.Response) -> tuple[int, str | None]:
    assert reply.headers["content-type"] == "application/problem+json"
    return reply.status_code, next((error.get("pointer") for error in reply.json().get("errors", [])), None)


def test_published_datasets_are_listed_and_damaged_ones_are_not(
    http: httpx.Client, dataset: Dataset, settings: PreprocessingSettings
) -> None:
    Storage(settings.storage).write("datasets/broken/manifest.json", b"{")
    (found,) = http.get("/v1/datasets").json()["datasets"]
    assert (found["name"], found["rows"], found["records"]) == ("made", {"train": 2}, "none")
    assert found["fingerprint"] == dataset.manifest.fingerprint


def test_the_manifest_comes_back_as_it_was_published(http: httpx.Client, dataset: Dataset) -> None:
    reply = http.get("/v1/datasets/made")
    assert Manifest.from_json(reply.content, "reply") == dataset.manifest
    assert problem(http.get("/v1/datasets/nothing"))[0] == 404


@pytest.mark.usefixtures("dataset")
def test_tokens_are_paged_in_the_order_of_their_ids(http: httpx.Client) -> None:
    page = http.get("/v1/datasets/made/vocabularies/a/b").json()
    assert (page["feature"], page["size"], page["first_id"]) == ("a/b", 3, 5)
    assert [(token["text"], token["token"], token["count"]) for token in page["tokens"]] == [
        ("u", "dQ==", 5),
        ("v", "dg==", 2),
        ("\ufffd", "/w==", 2),
    ]
    second = http.get("/v1/datasets/made/vocabularies/a/b?offset=1&limit=1").json()
    assert (second["first_id"], [token["text"] for token in second["tokens"]]) == (6, ["v"])
    assert http.get("/v1/datasets/made/vocabularies/a/b?offset=3").json()["tokens"] == []
    assert problem(http.get("/v1/datasets/made/vocabularies/x"))[0] == 404
    for query in ("offset=-1", "limit=0", "limit=10001"):
        assert problem(http.get(f"/v1/datasets/made/vocabularies/a/b?{query}"))[0] == 422


@pytest.mark.usefixtures("dataset")
def test_rejected_rows_are_paged_with_their_bytes(http: httpx.Client) -> None:
    page = http.get("/v1/datasets/made/rejected-rows?offset=3&limit=7").json()
    assert (page["count"], page["offset"], [row["line"] for row in page["rows"]]) == (5, 3, [3, 4])
    assert (page["rows"][0]["raw"], page["rows"][0]["text"]) == ("Y2Fm6Q==", "caf\ufffd")


def test_a_dry_run_names_the_versions_that_were_trained_from_it(
    http: httpx.Client, dataset: Dataset, settings: PreprocessingSettings
) -> None:
    manifest = {"dataset": {"name": "made", "fingerprint": dataset.manifest.fingerprint}}
    Storage(settings.storage).write("models/churn/3/tandem.json", json.dumps(manifest).encode())
    planned = http.delete("/v1/datasets/made?dry_run=1")
    assert planned.status_code == 200
    assert planned.json()["trained"] == [{"model": "churn", "version": 3}]
    assert planned.json()["bytes"] > sum(shard.bytes for shard in dataset.manifest.shards)
    assert http.get("/v1/datasets/made").status_code == 200


def test_a_dataset_is_deleted_whole_and_once(http: httpx.Client, dataset: Dataset, tmp_path: Path) -> None:
    assert http.delete("/v1/datasets/made").status_code == 204
    assert not (tmp_path / "storage" / "datasets" / dataset.manifest.name).exists()
    assert problem(http.delete("/v1/datasets/made"))[0] == 404
    assert http.get("/v1/datasets").json() == {"datasets": []}


def test_an_accepted_request_is_a_job_at_its_location(http: httpx.Client) -> None:
    reply = http.post("/v1/datasets", json=BODY, headers={"Idempotency-Key": "k"})
    assert reply.status_code == 202, reply.text
    job = http.get(reply.headers["location"]).json()
    assert (job["kind"], job["state"], job["request"]) == ("dataset", "PENDING", BODY)
    again = http.post("/v1/datasets", json=BODY, headers={"Idempotency-Key": "k"})
    assert again.headers["location"] == reply.headers["location"]
    assert problem(http.post("/v1/datasets", json=BODY))[0] == 409, "the name is taken by a job that is not done"


@pytest.mark.usefixtures("dataset")
@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"name": "made"}, 409, "/name"),
        ({"source": {"format": "csv", "uris": ["gone.csv"]}}, 404, "/source/uris/0"),
        ({"source": {"format": "csv", "uris": ["../d.csv"]}}, 403, "/source/uris/0"),
        ({"source": {"format": "spark", "table": "secret.users"}}, 403, "/source/table"),
        ({"derive": {"m": "x + 1"}}, 422, "/derive/m"),
        ({"split_key": ["m"], "derive": {"m": "x"}, "weight": "m"}, 422, "/split_key/0"),
    ],
)
def test_what_no_job_could_do_is_refused_at_once(
    http: httpx.Client, change: dict[str, Any], status: int, pointer: str
) -> None:
    assert problem(http.post("/v1/datasets", json={**BODY, **change})) == (status, pointer)
    assert http.get("/v1/jobs").json()["jobs"] == []


def published_but_not_recorded(http: httpx.Client, settings: PreprocessingSettings) -> str:
    """A job that waits again: its first attempt has published, and crashed before that was recorded."""
    job = http.post("/v1/datasets", json=BODY).json()["id"]
    database = JobDatabase("preprocessing", settings.jobs_database("preprocessing"))
    leases = JobWorkerStore(database)
    leases.claim("nobody", 60)
    leases.fence(job, 1, 60)
    statistics = statistics_of({"train": {"x": [1.0], "a/b": ["u"], "label": [0.0]}}, FEATURES)
    manifest = manifest_of("new", statistics, FEATURES, folder=f"{job}-1")
    publish(Storage(settings.storage), manifest, statistics)
    leases.recover(lambda _: True, 3, {})
    database.close()
    assert http.get(f"/v1/jobs/{job}").json()["state"] == "PENDING"
    return job


def test_a_deletion_before_the_success_was_recorded_is_not_undone(
    http: httpx.Client, settings: PreprocessingSettings
) -> None:
    job = published_but_not_recorded(http, settings)
    assert http.delete("/v1/datasets/new").status_code == 204
    recorded = http.get(f"/v1/jobs/{job}").json()
    assert (recorded["state"], recorded["response"]["dataset"]) == ("SUCCEEDED", "new")
    assert http.get("/v1/datasets/new").status_code == 404
    assert not Storage(settings.storage).exists("datasets/new")


def test_a_cancel_before_the_success_was_recorded_records_it(
    http: httpx.Client, settings: PreprocessingSettings
) -> None:
    job = published_but_not_recorded(http, settings)
    cancelled = http.post(f"/v1/jobs/{job}:cancel").json()
    assert (cancelled["state"], cancelled["response"]["rows"]) == ("SUCCEEDED", {"train": 1})
    assert http.get("/v1/datasets/new").status_code == 200


def test_a_dataset_whose_storage_is_away_is_not_missing(http: httpx.Client, dataset: Dataset, tmp_path: Path) -> None:
    """Neither is its name free, and readiness tells."""
    assert http.get("/v1/datasets/made").status_code == 200
    (tmp_path / "storage").rename(tmp_path / "away")
    asked = (
        http.get("/v1/datasets/made"),
        http.get("/v1/datasets"),
        http.post("/v1/datasets", json={**BODY, "name": "made"}),
        http.delete("/v1/datasets/made"),
    )
    for reply in asked:
        assert reply.status_code == 503
        assert "the storage is gone" in reply.json()["detail"]
    ready = http.get("/health/ready").json()
    assert "the storage is gone" in ready["checks"]["storage"]
    (tmp_path / "away").rename(tmp_path / "storage")
    assert http.get("/v1/datasets/made").status_code == 200
    assert http.get("/health/ready").json()["checks"]["storage"] == "ok"


def test_no_job_is_accepted_while_the_storage_is_away(
    http: httpx.Client, dataset: Dataset, settings: PreprocessingSettings
) -> None:
    assert http.get(f"/v1/datasets/{dataset.manifest.name}").is_success
    with away(Path(settings.storage), DATASETS, "folder empty"):
        refused = http.post("/v1/datasets", json=BODY)
        assert refused.status_code == 503
        assert "the storage is away" in refused.json()["detail"]
        assert http.get("/v1/jobs").json()["jobs"] == []
    assert http.post("/v1/datasets", json=BODY).status_code == 202
