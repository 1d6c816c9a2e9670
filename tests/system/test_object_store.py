"""Both services on a real server of objects: sources, datasets, training, labels, batch predictions and the prediction log."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import fs, parquet
from tests.object_store import BUCKET, KEY, SECRET, ObjectStore
from tests.system.servers import Server

from tandem.client import Tandem

ROOT = "data"
Pair = tuple[Server, Server]


def settings(object_store: ObjectStore) -> dict[str, str]:
    """The storage by a URI with its endpoint and keys, the sources by the environment."""
    return {
        "TANDEM_STORAGE": object_store.uri("storage"),
        "TANDEM_SOURCE_ROOTS": f"s3://{BUCKET}/{ROOT}",
        "AWS_ENDPOINT_URL": f"http://{object_store.address}",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


@pytest.fixture(scope="module")
def pair(object_store: ObjectStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("objects")
    servers = Server("preprocessing", root), Server("modeling", root)
    try:
        for server in servers:
            server.start(**settings(object_store), TANDEM_PREDICTION_LOG="1", TANDEM_PREDICTION_LOG_SECONDS="1")
        yield servers
    finally:
        for server in servers:
            server.stop()


@pytest.fixture(scope="module")
def tandem(pair: Pair) -> Iterator[Tandem]:
    with Tandem(pair[0].url, pair[1].url) as client:
        yield client


@pytest.fixture(scope="module")
def bucket(object_store: ObjectStore) -> fs.S3FileSystem:
    return fs.S3FileSystem(
        access_key=KEY, secret_key=SECRET, endpoint_override=object_store.address, scheme="http", region="us-east-1"
    )


@pytest.fixture(scope="module")
def trips(bucket: fs.S3FileSystem) -> str:
    rng = random.Random(4)
    rows: list[dict[str, Any]] = []
    for number in range(4000):
        distance, carrier = rng.randint(50, 3000), rng.choice("ABCD")
        late = distance / 60 + 40 * (carrier == "C") + rng.gauss(0, 12) > 40
        rows.append({"distance": distance, "carrier": carrier, "late": int(late), "id": number})
    table = pa.Table.from_pylist(rows)
    for part in range(3):
        path = f"{BUCKET}/{ROOT}/trips/part-{part}.parquet"
        parquet.write_table(table.slice(part * 1400, 1400), path, filesystem=bucket)
    return "trips"


@pytest.mark.parametrize(
    ("records", "share"),
    [
        ("none", 0.0),
        ("raw", 0.0),
        ("transformed", 0.05),
        pytest.param("none", 0.05, marks=pytest.mark.long),
        pytest.param("raw", 0.05, marks=pytest.mark.long),
        pytest.param("transformed", 0.0, marks=pytest.mark.long),
    ],
)
def test_the_whole_way(object_store: ObjectStore, tandem: Tandem, trips: str, records: str, share: float) -> None:
    name = f"trips-{records}-{int(100 * share)}"
    request: dict[str, Any] = {
        "name": name,
        "source": {"format": "parquet", "uris": [trips]},
        "label": {"column": "late"},
        "features": {"distance": {"kind": "numeric"}, "carrier": {"kind": "categorical"}},
        "exclude": ["id"],
        "records": records,
    }
    object_store.ask(fail=share)
    try:
        made = tandem.wait(tandem.create_dataset(request))
        assert made.response is not None
        assert sum(made.response["rows"].values()) == 4000
        trained = tandem.wait(tandem.train({"model": name, "dataset": name, "epochs": 3, "seed": 1}))
    finally:
        object_store.ask(fail=0.0)
    assert trained.response is not None
    assert trained.response["evaluation"]["test"]["auc"] > 0.9
    answers: Any = tandem.predict(name, [{"distance": 2900, "carrier": "C"}, {"distance": 100}])
    assert answers[0] > 0.5 > answers[1]


def test_labels_of_two_replicas_are_all_kept(object_store: ObjectStore, pair: Pair) -> None:
    other = Server("modeling", pair[1].root)
    other.start(**settings(object_store), TANDEM_STATE=str(pair[1].root / "other"))
    try:
        urls = [pair[1].url, other.url]

        def put(number: int) -> int:
            url = f"{urls[number % 2]}/v1/models/trips-none-0/labels/label-{number}"
            return httpx.put(url, json={"version": 1}, timeout=60).status_code

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(put, range(40))) <= {200, 201}
        for url in urls:
            kept = httpx.get(f"{url}/v1/models/trips-none-0/labels").json()
            assert len(kept["labels"]) == 40, url
    finally:
        other.stop()


def test_batch_predictions_and_deletion(pair: Pair, tandem: Tandem, trips: str, bucket: fs.S3FileSystem) -> None:
    done = tandem.wait(
        tandem.predict_files(
            {"name": "all", "model": "trips-none-0", "source": {"format": "parquet", "uris": [trips]}, "keys": ["id"]}
        )
    )
    assert done.response is not None
    assert done.response["rows"] == 4000
    assert httpx.delete(f"{pair[0].url}/v1/datasets/trips-raw-0").status_code in {200, 204}
    left = bucket.get_file_info(
        fs.FileSelector(f"{BUCKET}/storage/datasets/trips-raw-0", allow_not_found=True, recursive=True)
    )
    assert [info.path for info in left if info.type == fs.FileType.File] == []
    assert httpx.get(f"{pair[0].url}/v1/datasets/trips-raw-0").status_code == 404


def test_predictions_are_logged(tandem: Tandem, bucket: fs.S3FileSystem) -> None:
    tandem.predict("trips-none-0", [{"distance": 2900}] * 10)
    selector = fs.FileSelector(f"{BUCKET}/storage", recursive=True)
    for _ in range(30):
        paths = [
            info.path for info in bucket.get_file_info(selector) if "trips-none-0" in info.path and "log" in info.path
        ]
        if any(path.endswith(".parquet") for path in paths):
            return
        time.sleep(1)
    pytest.fail("no file of logged predictions")


def test_nothing_that_is_shown_or_kept_has_the_keys(
    object_store: ObjectStore, pair: Pair, bucket: fs.S3FileSystem
) -> None:
    """Replies of every route, also while the store fails; logs; state folders; and every object."""
    name = "trips-none-0"
    filled = {
        "{name}": name,
        "{model}": name,
        "{dataset}": name,
        "{version}": "1",
        "{feature}": "carrier",
        "{label}": "label-1",
    }
    texts: dict[str, bytes] = {}
    for server in pair:
        paths = [path for path, own in httpx.get(f"{server.url}/openapi.json").json()["paths"].items() if "get" in own]
        job = httpx.get(f"{server.url}/v1/jobs").json()["jobs"][0]["id"]
        for path in [*paths, "/", "/jobs", f"/jobs/{job}", "/openapi.json"]:
            url = path.replace("{job_id}", job)
            for parameter, value in filled.items():
                url = url.replace(parameter, value)
            if not url.endswith("/events"):
                texts[f"{server.url}{url}"] = httpx.get(f"{server.url}{url}", timeout=60).content
    object_store.ask(fail=1.0)
    try:
        for server in pair:
            for path in (
                "/health/ready",
                "/v1/datasets",
                "/v1/models",
                f"/v1/datasets/{name}",
                f"/v1/models/{name}/versions",
            ):
                texts[f"{server.url}{path} (failing)"] = httpx.get(f"{server.url}{path}", timeout=120).content
    finally:
        object_store.ask(fail=0.0)
    for server in pair:
        kept = [server.root / f"{server.service}.log", *(server.root / "state").rglob("*")]
        texts |= {str(path): path.read_bytes() for path in kept if path.is_file()}
    for info in bucket.get_file_info(fs.FileSelector(f"{BUCKET}/storage", recursive=True)):
        if info.type == fs.FileType.File:
            with bucket.open_input_file(info.path) as stream:
                texts[info.path] = stream.read()
    assert len(texts) > 100
    assert [place for place, text in texts.items() if SECRET.encode() in text or f"{KEY}:".encode() in text] == []
