"""Storage that is away for a moment: what is in memory goes on answering, and nothing is forgotten."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from tests.disks import AWAY
from tests.modeling.api.asking import QUICK
from tests.modeling.live import running
from tests.modeling.repository.test_listings import away
from tests.modeling.served import registry as registry_of
from tests.modeling.serving.test_registry import copy_version, label
from tests.modeling.serving.test_removed_versions import both, copy_model  # noqa: F401  # pyright: ignore[reportUnusedImport]  # a fixture
from tests.modeling.trained import Trained
from tests.processes import wait_until

from contracts.errors import NotFound, StorageUnavailable
from contracts.storage import Storage
from modeling.repository.listings import MARKER
from modeling.repository.versions import VersionManifest
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.registry import ModelRegistry


@pytest.fixture
def many(trained: Trained, both: Storage) -> Storage:  # noqa: F811
    """Model `m`, of versions 1 to 3, `champion` of which is 1, and model `other`."""
    copy_version(trained.storage, both, 1, to=3)
    copy_model(both, "other", "another")
    label(both, champion=1)
    return both


@pytest.fixture
def registry(many: Storage) -> Iterator[ModelRegistry]:
    with registry_of(many) as registry:
        yield registry


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("how", AWAY)
def test_what_is_in_memory_answers_and_nothing_is_loaded_again(
    many: Storage, registry: ModelRegistry, how: str, *, marked: bool
) -> None:
    if marked:
        many.write(MARKER, b"")
        registry.refresh()
    default, champion, other = registry.get("m"), registry.get("m", label="champion"), registry.get("other")
    with away(many, how):
        for _ in range(2):
            registry.refresh()
            registry.refresh_model("m")
            assert registry.get("m") is registry.get("m", 3) is default
            assert registry.get("m", label="champion") is registry.get("m", 1) is champion
            assert registry.get("other") is other
        assert registry.storage_away is not None
        assert registry.repository.versions("m") == [1, 2, 3]
        assert registry.repository.manifest("m", 3) == default.manifest
        for asked in (("m", 2), ("unknown", None), ("unknown", 1)):
            with pytest.raises(StorageUnavailable, match="storage is away"):
                registry.get(*asked)
        assert registry.state("m", 2) == ("START", ""), "no fault of the version"
    assert registry.get("m", 2).manifest.job == "second"
    registry.refresh()
    assert registry.storage_away is None
    assert (registry.get("m"), registry.get("m", label="champion"), registry.get("other")) == (default, champion, other)
    with pytest.raises(NotFound):
        registry.get("unknown")


def test_what_was_removed_and_published_meanwhile_shows_at_the_next_look(
    trained: Trained, many: Storage, registry: ModelRegistry
) -> None:
    many.write(MARKER, b"")
    registry.refresh()
    with away(many, "folder empty"):
        registry.refresh()
        moved = Path(many.uri) / "moved-models"
        shutil.rmtree(moved / "m/3")
        shutil.rmtree(moved / "other")
        assert registry.get("m").manifest.version == 3
    copy_version(trained.storage, many, 2, to=4)
    registry.refresh()
    assert registry.get("m").manifest.version == 4
    assert registry.peek("other") is None
    for asked in (("m", 3), ("other", None)):
        with pytest.raises(NotFound):
            registry.get(*asked)


def test_a_load_that_the_storage_left_half_way_is_no_fault_of_the_version(many: Storage) -> None:
    with ExitStack() as absence:

        def load_while_it_goes(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
            if manifest.version == 2 and manifest.job not in asked:
                asked.append(manifest.job)
                absence.enter_context(away(storage, "folder empty"))
            return load(storage, manifest)

        asked: list[str] = []
        many.write(MARKER, b"")
        with registry_of(many, make_load=lambda: load_while_it_goes) as registry:
            with pytest.raises(StorageUnavailable, match="storage is away"):
                registry.get("m", 2)
            assert registry.get("m").manifest.version == 3
            absence.close()
            assert registry.get("m", 2).manifest.version == 2


def test_models_are_loaded_side_by_side(many: Storage) -> None:
    both_begun = threading.Barrier(2, timeout=60)

    def load_with_another(storage: Storage, manifest: VersionManifest) -> LoadedVersion:
        if manifest.version != 1 or manifest.model != "m":  # its label is loaded after its default version
            both_begun.wait()
        return load(storage, manifest)

    with registry_of(many, make_load=lambda: load_with_another) as registry:
        assert registry.loaded() == [("m", 1), ("m", 3), ("other", 1)]


def test_a_service_whose_models_are_away_answers_on_and_says_so(many: Storage, tmp_path: Path) -> None:
    ask: dict[str, Any] = {"instances": [{"class": 3}]}
    paths = ["/v1/models/m:predict", "/v1/models/m/versions/3:predict", "/v1/models/m/labels/champion:predict"]
    reads = ["/v1/models", "/v1/models/m", "/v1/models/m/labels", "/v1/models/m/labels/champion", "/v2/models/m"]

    def predictions(client: httpx.Client) -> list[Any]:
        replies = [client.post(path, json=ask) for path in paths]
        return [(reply.status_code, reply.headers["x-model-version"], reply.json()) for reply in replies]

    def readiness(client: httpx.Client) -> tuple[int, str, str]:
        reply = client.get("/health/ready")
        return reply.status_code, reply.json()["status"], reply.json()["checks"]["storage"]

    def waits(client: httpx.Client) -> bool:
        outcome = client.get("/health/ready").json()["checks"]["prediction_log"]
        return outcome.endswith(f"rows wait in memory, 0 found no room there: its file {MARKER} is missing")

    log = {"TANDEM_PREDICTION_LOG": "1", "TANDEM_PREDICTION_LOG_SECONDS": "0.05"}
    with running(many, tmp_path / "service", TANDEM_POLL_SECONDS="0.05", **log) as client:
        before = predictions(client), [client.get(path).json() for path in reads]
        assert readiness(client) == (200, "ready", "ok")
        assert client.get("/v2/health/ready").json() == {"live": True, "ready": True}
        with away(many, "folder empty"):
            wait_until(lambda: readiness(client)[1] == "degraded")
            assert readiness(client) == (200, "degraded", f"away: its file {MARKER} is missing")
            assert client.get("/v2/health/ready").json()["storage"] == f"away: its file {MARKER} is missing"
            assert client.get("/v2/models/m/ready").json() == {"name": "m", "ready": True}
            assert (predictions(client), [client.get(path).json() for path in reads]) == before
            for refused in (
                client.get("/v1/models/unknown"),
                client.post("/v1/models/m/versions/2:predict", json=ask),
                client.put("/v1/models/m/labels/canary", json={"version": 3}),
                client.delete("/v1/models/m/labels/champion", headers={"If-Match": "*"}),
                client.post("/v1/trainings", json={"model": "m", **QUICK}),
                client.get("/v1/models/m/versions/3/evaluation"),
                client.get("/v1/batch-predictions"),
                client.get("/v1/batch-predictions/nightly"),
                client.delete("/v1/batch-predictions/nightly"),
            ):
                assert refused.status_code == 503, refused.text
                assert "the storage is away" in refused.text
            wait_until(lambda: waits(client))
        wait_until(lambda: readiness(client)[1] == "ready")
        assert (predictions(client), [client.get(path).json() for path in reads]) == before
    rows = [pq.read_metadata(path).num_rows for path in Path(many.uri).glob("prediction-log/m/*/*.parquet")]
    assert sum(rows) == 9, "those of the time without storage, too"
