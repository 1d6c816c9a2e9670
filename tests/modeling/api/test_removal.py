"""Models and versions are removed over HTTP, while others answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.apps import serving
from tests.modeling.trained import Trained, copy_versions
from tests.processes import wait_until

from contracts.messages.gates import Gate
from contracts.storage import Storage
from modeling.main import make_app
from modeling.repository.versions import read_manifest
from modeling.settings import ModelingSettings

ROW: dict[str, Any] = {"instances": [{}]}


@pytest.fixture(scope="module")
def served(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Storage]]:
    root = tmp_path_factory.mktemp("removal")
    storage = Storage(str(root / "storage"))
    for model, numbers in (("a", range(1, 5)), ("b", range(1, 3)), ("c", range(1, 2))):
        copy_versions(trained, storage, model, numbers)
    app = make_app(ModelingSettings(storage=storage.uri, state=str(root / "state"), jobs_at_once=0))
    with serving(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        wait_until(lambda: client.get("/health/ready").status_code == 200)
        yield client, storage


def predict(client: httpx.Client, path: str) -> int:
    return client.post(f"/v1/models/{path}:predict", json=ROW).status_code


def test_a_version_is_removed_when_nobody_needs_it(served: tuple[httpx.Client, Storage]) -> None:
    client, storage = served
    assert client.put("/v1/models/a/labels/champion", json={"version": 2}).status_code == 201
    for version, reason in ((2, "has the label champion"), (4, "is the default")):
        refused = client.delete(f"/v1/models/a/versions/{version}")
        assert refused.status_code == 409, refused.text
        assert f"version {version} {reason}" in refused.json()["detail"]
        assert "force=true" in refused.json()["detail"]
    planned = client.delete("/v1/models/a/versions/2", params={"dry_run": True})
    assert planned.status_code == 200
    assert planned.json()["dry_run"] is True
    assert planned.json()["versions"][0] | {"bytes": 0} == {
        "version": 2, "bytes": 0, "labels": ["champion"], "default": False, "dataset": "made",
    }  # fmt: skip
    assert predict(client, "a/versions/1") == 200
    removed = client.delete("/v1/models/a/versions/1")
    assert (removed.status_code, removed.json()["dry_run"]) == (200, False)
    assert predict(client, "a/versions/1") == 404
    assert client.delete("/v1/models/a/versions/1").status_code == 404
    assert [predict(client, path) for path in ("a", "a/versions/3", "a/labels/champion")] == [200] * 3
    assert [one["version"] for one in client.get("/v1/models/a/versions").json()["versions"]] == [4, 3, 2]
    assert storage.sizes("models/a/1") == {}


def test_force_takes_labels_and_the_default_away_and_the_next_version_answers(
    served: tuple[httpx.Client, Storage],
) -> None:
    client, _ = served
    assert client.put("/v1/models/b/labels/new", json={"version": 2}).status_code == 201
    assert client.delete("/v1/models/b/versions/2", params={"force": True}).status_code == 200
    assert client.get("/v1/models/b/metadata").json()["model_spec"]["version"] == "1"
    assert client.get("/v1/models/b/labels").json()["labels"] == {}
    assert predict(client, "b") == 200
    assert predict(client, "b/labels/new") == 404


def test_a_removal_by_someone_who_saw_another_state_is_refused(served: tuple[httpx.Client, Storage]) -> None:
    client, _ = served
    seen = client.get("/v1/models/a/versions").headers["etag"]
    assert client.put("/v1/models/a/labels/other", json={"version": 4}).status_code == 201
    late = client.delete("/v1/models/a/versions/3", headers={"If-Match": seen})
    assert (late.status_code, late.headers["content-type"]) == (412, "application/problem+json")
    fresh = client.get("/v1/models/a/versions").headers["etag"]
    assert client.delete("/v1/models/a/versions/3", headers={"If-Match": fresh}).status_code == 200


def test_a_model_is_removed_whole_and_is_not_known_then(served: tuple[httpx.Client, Storage]) -> None:
    client, storage = served
    refused = client.delete("/v1/models/c")
    assert (refused.status_code, "is the default" in refused.text) == (409, True)
    assert [one["version"] for one in client.delete("/v1/models/c?dry_run=1").json()["versions"]] == [1]
    assert predict(client, "c") == 200
    assert client.delete("/v1/models/c", params={"force": True}).status_code == 200
    assert predict(client, "c") == 404
    assert client.get("/v1/models/c/versions").status_code == 404
    assert client.delete("/v1/models/c").status_code == 404
    assert "c" not in [model["name"] for model in client.get("/v1/models").json()["models"]]
    assert not (Path(storage.uri) / "models/c").exists()


def test_a_version_that_was_asked_for_by_its_number_alone_answers_no_more(
    trained: Trained, served: tuple[httpx.Client, Storage]
) -> None:
    client, storage = served
    copy_versions(trained, storage, "gated", range(1, 2))
    manifest = read_manifest(storage, "gated", 1)
    gate = Gate(passed=False, missed=[], compared=None)
    missed = manifest.model_copy(update={"result": manifest.result.model_copy(update={"gate": gate})})
    storage.write("models/gated/1/tandem.json", missed.to_json())
    assert predict(client, "gated/versions/1") == 200
    assert client.delete("/v1/models/gated").status_code == 200, "it is neither labelled nor the default"
    assert predict(client, "gated/versions/1") == 404


def test_requests_that_cannot_be_understood(served: tuple[httpx.Client, Storage]) -> None:
    client, _ = served
    for path, status in (
        ("nothing", 404), ("nothing/versions/1", 404), ("a/versions/99", 404), ("a/versions/x", 422), ("a/versions/0", 422),
        ("a?force=perhaps", 422), ("a?keep=2", 400), ("a b", 404),
    ):  # fmt: skip
        assert client.delete(f"/v1/models/{path}").status_code == status, path
