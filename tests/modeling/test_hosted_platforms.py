"""The service as SageMaker and Vertex AI start it, in a process of its own, from every layout that a model folder may have."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.modeling.live import running
from tests.modeling.trained import Trained

from contracts.errors import CorruptData, NotFound
from contracts.storage import Storage
from modeling.hosted_platforms import as_storage
from modeling.repository.folders import version_numbers
from modeling.repository.versions import checked_folder, read_manifest


def layout(trained: Trained, folder: Path, name: str) -> Path:
    """The two versions of model `m` as someone may have packed them."""
    models = Path(trained.storage.uri) / "models"
    source, target = {
        "storage": (models, folder / "models"),
        "models": (models, folder),
        "model": (models / "m", folder),
        "version": (models / "m" / "2", folder),
        "deep": (models, folder / "a" / "b"),
    }[name]
    shutil.copytree(source, target)
    return folder


@dataclass(frozen=True)
class Remote(Storage):
    """A store that this machine has no files of."""

    def local_path(self, path: str = "") -> None:
        """None, always."""


@pytest.mark.parametrize("kind", [Storage, Remote])
@pytest.mark.parametrize(
    ("name", "versions"),
    [("storage", [1, 2]), ("models", [1, 2]), ("model", [1, 2]), ("version", [2]), ("deep", [1, 2])],
)
def test_every_layout_gives_the_versions(
    trained: Trained, tmp_path: Path, name: str, versions: list[int], kind: type[Storage]
) -> None:
    given = kind(str(layout(trained, tmp_path / "given", name)))
    storage = as_storage(given, tmp_path / "scratch")
    assert version_numbers(storage, "m") == versions
    for version in versions:
        with checked_folder(storage, read_manifest(storage, "m", version)) as folder:
            assert (folder / "saved_model.pb").exists()


def test_a_folder_without_a_model_or_with_one_twice_is_refused(trained: Trained, tmp_path: Path) -> None:
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(NotFound, match=r"there is no model in .*models/NAME/VERSION"):
            as_storage(Storage(str(folder)), tmp_path / "scratch")
    layout(trained, tmp_path / "twice" / "a", "version")
    layout(trained, tmp_path / "twice" / "b", "version")
    with pytest.raises(CorruptData, match="version 2 of model 'm' twice"):
        as_storage(Storage(str(tmp_path / "twice")), tmp_path / "scratch")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "tandem.json").write_text("{}")
    with pytest.raises(CorruptData, match="not a version's manifest"):
        as_storage(Storage(str(tmp_path / "broken")), tmp_path / "scratch")


def test_sagemaker_runs_it_with_serve(trained: Trained, tmp_path: Path) -> None:
    folder = layout(trained, tmp_path / "opt-ml-model", "version")
    environment = {"SM_MODEL_DIR": str(folder), "SAGEMAKER_BIND_TO_PORT": "0"}
    with running(trained.storage, tmp_path / "state", arguments=["serve"], **environment) as client:
        assert client.get("/ping").status_code == 200
        reply = client.post("/invocations", json={"instances": [{}]})
        assert reply.status_code == 200, reply.text
        assert reply.headers["X-Model-Version"] == "2"
        assert client.get("/health/ready").json()["checks"].keys().isdisjoint({"engine"})
        source = {"format": "csv", "uris": ["rows.csv"]}
        reply = client.post("/v1/batch-predictions", json={"name": "p", "model": "m", "source": source})
        assert (reply.status_code, reply.json()["title"]) == (403, "Not allowed")
    log = (tmp_path / "state" / "log").read_text()
    assert "http://0.0.0.0:" in log
    assert "engine is warm" not in log


def test_vertex_ai_says_where_the_model_is_and_what_it_asks(trained: Trained, tmp_path: Path) -> None:
    environment = {
        "AIP_STORAGE_URI": str(layout(trained, tmp_path / "artifacts", "model")),
        "AIP_HTTP_PORT": "0",
        "AIP_HEALTH_ROUTE": "/v1/endpoints/7/deployedModels/8",
        "AIP_PREDICT_ROUTE": "/v1/endpoints/7/deployedModels/8:predict",
    }
    with running(trained.storage, tmp_path / "state", **environment) as client:
        assert client.get(environment["AIP_HEALTH_ROUTE"]).status_code == 200
        reply = client.post(environment["AIP_PREDICT_ROUTE"], json={"instances": [{}, {}]})
        assert reply.status_code == 200, reply.text
        assert len(reply.json()["predictions"]) == 2


def test_without_a_model_it_says_so_and_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modeling.main", "serve"],
        env={"SM_MODEL_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("there is no model in ")
    assert "Traceback" not in done.stderr
